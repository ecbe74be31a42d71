FROM localhost/stand-in/debian:latest
RUN apt-get install --yes --no-install-recommends composer unzip && composer --version
