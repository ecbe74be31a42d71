FROM localhost/stand-in/trixie:latest AS debian
RUN apt-get install --yes --no-install-recommends tzdata \
    && mkdir -p /out/etc/ssl /out/usr/share /out/home/nonroot /out/tmp /out/root && cp -aL /etc/ssl/certs /out/etc/ssl/ && cp -a /usr/share/zoneinfo /out/usr/share/ \
    && printf 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' > /out/etc/passwd \
    && printf 'root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n' > /out/etc/group && chown 65532:65532 /out/home/nonroot && chmod 1777 /out/tmp
FROM scratch
COPY --from=debian /out/ /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532
WORKDIR /home/nonroot
