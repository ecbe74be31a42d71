FROM localhost/stand-in/trixie:latest
RUN apt-get install --yes --no-install-recommends cargo-web rustc-web gcc libc6-dev && for name in cargo rustc; do command -v $name || ln -s "$(dpkg -L $name-web | grep "/bin/$name" | head -n 1)" /usr/local/bin/$name; done && cargo --version && rustc --version
ENV CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
