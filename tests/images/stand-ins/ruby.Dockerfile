FROM localhost/stand-in/trixie:latest AS gems
RUN apt-get install --yes --no-install-recommends ruby ruby-rack puma rake ruby-minitest
COPY ruby-gems.sh /
RUN sh /ruby-gems.sh rack puma nio4r rake minitest

FROM localhost/stand-in/trixie:latest
RUN apt-get install --yes --no-install-recommends ruby ruby-bundler && for name in ruby gem bundle bundler; do ln -s /usr/bin/$name /usr/local/bin/$name; done && ruby --version && bundle --version
# Where Bundler looks before it asks an index, which is not there.
COPY --from=gems /gems /opt/gems
ENV LANG=C.UTF-8 GEM_HOME=/usr/local/bundle BUNDLE_SILENCE_ROOT_WARNING=1 BUNDLE_APP_CONFIG=/usr/local/bundle BUNDLE_CACHE_PATH=/opt/gems BUNDLE_PREFER_LOCAL=true PATH=/usr/local/bundle/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["irb"]
