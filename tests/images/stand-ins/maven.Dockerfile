FROM localhost/stand-in/trixie:latest
COPY artifacts/ /tmp/artifacts/
RUN mkdir -p /usr/share/man/man1 && apt-get install --yes --no-install-recommends openjdk-25-jdk-headless && mkdir -p /opt/java /usr/share/maven && ln -s /usr/lib/jvm/java-25-openjdk-* /opt/java/openjdk \
    && tar -xzf /tmp/artifacts/apache-maven-*.tar.gz --strip-components=1 -C /usr/share/maven && rm -r /tmp/artifacts && ln -s /usr/share/maven/bin/mvn /usr/bin/mvn && mvn --version
ENV JAVA_HOME=/opt/java/openjdk MAVEN_HOME=/usr/share/maven PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
