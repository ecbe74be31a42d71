FROM localhost/stand-in/trixie:latest
RUN apt-get install --yes --no-install-recommends ruby ruby-bundler && for name in ruby gem bundle bundler; do ln -s /usr/bin/$name /usr/local/bin/$name; done && ruby --version && bundle --version
ENV LANG=C.UTF-8 GEM_HOME=/usr/local/bundle BUNDLE_SILENCE_ROOT_WARNING=1 BUNDLE_APP_CONFIG=/usr/local/bundle PATH=/usr/local/bundle/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["irb"]
