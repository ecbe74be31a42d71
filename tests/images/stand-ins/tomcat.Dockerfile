FROM localhost/stand-in/trixie:latest
# At the places of the image, with the conf that Debian changes little.
RUN mkdir -p /usr/share/man/man1 && apt-get install --yes --no-install-recommends openjdk-25-jre-headless tomcat11 && mkdir -p /opt/java /usr/local/tomcat && ln -s /usr/lib/jvm/java-25-openjdk-* /opt/java/openjdk \
    && cd /usr/local/tomcat && cp -aL /usr/share/tomcat11/bin /usr/share/tomcat11/lib . && cp -aL /etc/tomcat11 conf && rm -rf conf/Catalina conf/policy.d && chmod -R a+rX conf && mkdir logs temp webapps webapps.dist work && grep -q 'port="8080"' conf/server.xml
ENV CATALINA_HOME=/usr/local/tomcat JAVA_HOME=/opt/java/openjdk PATH=/usr/local/tomcat/bin:/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /usr/local/tomcat
