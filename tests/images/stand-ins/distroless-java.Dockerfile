FROM localhost/stand-in/trixie:latest AS debian
RUN mkdir -p /usr/share/man/man1 && apt-get install --yes --no-install-recommends openjdk-25-jre-headless tzdata \
    && mkdir -p /out/etc /out/usr /out/home/nonroot /out/tmp /out/root && cp -a /etc/ssl /etc/java-25-openjdk /out/etc/ && cp -a /usr/lib /out/usr/ && mkdir -p /out/usr/share \
    && cp -a /usr/share/zoneinfo /usr/share/ca-certificates /out/usr/share/ && rm -rf /out/usr/lib/apt /out/usr/lib/dpkg && ln -s usr/lib /out/lib && mkdir -p /out/usr/lib64 && cp -a /lib64/. /out/usr/lib64/ && ln -s usr/lib64 /out/lib64 \
    && mkdir -p /out/usr/bin && ln -s "$(realpath /usr/bin/java)" /out/usr/bin/java \
    && printf 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' > /out/etc/passwd \
    && printf 'root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n' > /out/etc/group && chown 65532:65532 /out/home/nonroot && chmod 1777 /out/tmp
FROM scratch
COPY --from=debian /out/ /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt LANG=C.UTF-8
USER 65532
WORKDIR /home/nonroot
ENTRYPOINT ["/usr/bin/java", "-jar"]
