FROM localhost/stand-in/trixie:latest AS debian
RUN apt-get install --yes --no-install-recommends tzdata libssl3 libstdc++6 libgcc-s1 zlib1g \
    && mkdir -p /out/etc/ssl /out/usr/share /out/usr/lib /out/home/nonroot /out/tmp /out/root && cp -aL /etc/ssl/certs /out/etc/ssl/ && cp -a /usr/share/zoneinfo /out/usr/share/ \
    && dpkg -L libc6 libssl3 libstdc++6 libgcc-s1 zlib1g | grep '^/\(usr/\)\?lib' | while read -r name; do if [ ! -d "$name" ]; then cp -a --parents "$(dirname "$(realpath -s "$name")")/$(basename "$name")" /out/; fi; done \
    && if [ -d /out/lib ] && [ -L /lib ]; then cp -a /out/lib/. /out/usr/lib/ && rm -r /out/lib && ln -s usr/lib /out/lib; fi \
    && mkdir -p /out/usr/lib64 && cp -a /lib64/. /out/usr/lib64/ && rm -rf /out/lib64 && ln -s usr/lib64 /out/lib64 \
    && printf 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' > /out/etc/passwd \
    && printf 'root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n' > /out/etc/group && chown 65532:65532 /out/home/nonroot && chmod 1777 /out/tmp
FROM scratch
COPY --from=debian /out/ /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532
WORKDIR /home/nonroot
