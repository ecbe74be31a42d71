FROM localhost/stand-in/trixie:latest
RUN apt-get install --yes --no-install-recommends swiftlang libc6-dev libstdc++-14-dev git ca-certificates && swift --version
