FROM localhost/stand-in/debian:latest
RUN apt-get install --yes --no-install-recommends php8.2-cli php8.2-mbstring php8.2-xml && ln -s /usr/bin/php /usr/local/bin/php && php --version
CMD ["php", "-a"]
