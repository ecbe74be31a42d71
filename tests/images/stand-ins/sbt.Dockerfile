FROM localhost/stand-in/trixie:latest
COPY artifacts/ /usr/share/sbt/
RUN mkdir -p /usr/share/man/man1 && apt-get install --yes --no-install-recommends openjdk-25-jdk-headless && mkdir -p /opt/java && ln -s /usr/lib/jvm/java-25-openjdk-* /opt/java/openjdk \
    && printf '#!/bin/sh\n# What of its own start script matters here: -batch closes the input.\n[ "$1" != -batch ] || shift\nexec java -jar /usr/share/sbt/sbt-launch-*.jar "$@" < /dev/null\n' > /usr/local/bin/sbt && chmod 755 /usr/local/bin/sbt && java -version
ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /root
