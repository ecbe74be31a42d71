FROM localhost/stand-in/trixie:latest
RUN apt-get install --yes --no-install-recommends composer unzip && composer --version
