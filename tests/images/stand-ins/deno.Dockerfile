FROM localhost/stand-in/trixie:latest
COPY deno/ /tmp/wheel/
RUN install -m 755 "$(find /tmp/wheel -name deno -type f | head -n 1)" /usr/local/bin/deno && rm -rf /tmp/wheel && ln -s ../local/bin/deno /usr/bin/deno \
    && groupadd --gid 1000 deno && useradd --uid 1000 --gid 1000 --create-home deno && deno --version
ENV DENO_DIR=/deno-dir/ DENO_TLS_CA_STORE=system
CMD ["deno"]
