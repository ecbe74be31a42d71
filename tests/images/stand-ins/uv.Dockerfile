FROM localhost/stand-in/trixie:latest AS wheel
COPY uv/ /tmp/wheel/
RUN for name in uv uvx; do install -m 755 "$(find /tmp/wheel -path "*/scripts/$name" -type f)" "/$name"; done && /uv --version
FROM scratch
COPY --from=wheel /uv /uvx /
