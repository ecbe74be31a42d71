FROM localhost/stand-in/trixie:latest
RUN mkdir -p /usr/share/man/man1 && apt-get install --yes --no-install-recommends openjdk-25-jre-headless && mkdir -p /opt/java && ln -s /usr/lib/jvm/java-25-openjdk-* /opt/java/openjdk && java -version
ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["jshell"]
