FROM localhost/stand-in/trixie:latest
COPY artifacts/ /usr/local/lib/clojure/
COPY tools-deps-clojure.sh /usr/local/bin/clojure
RUN mkdir -p /usr/share/man/man1 && apt-get install --yes --no-install-recommends openjdk-25-jdk-headless git && mkdir -p /opt/java && ln -s /usr/lib/jvm/java-25-openjdk-* /opt/java/openjdk && chmod 755 /usr/local/bin/clojure && java -version
ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /tmp
