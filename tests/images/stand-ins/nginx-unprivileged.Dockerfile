FROM localhost/stand-in/trixie:latest
RUN apt-get install --yes --no-install-recommends nginx-light busybox && ln -s busybox /bin/wget && rm -rf /etc/nginx/sites-enabled /etc/nginx/sites-available && mkdir -p /etc/nginx/conf.d /usr/share/nginx/html \
    && printf 'worker_processes 1;\nerror_log /dev/stderr notice;\npid /tmp/nginx.pid;\nevents { worker_connections 1024; }\nhttp {\n  proxy_temp_path /tmp/proxy_temp;\n  client_body_temp_path /tmp/client_temp;\n  fastcgi_temp_path /tmp/fastcgi_temp;\n  uwsgi_temp_path /tmp/uwsgi_temp;\n  scgi_temp_path /tmp/scgi_temp;\n  include /etc/nginx/mime.types;\n  default_type application/octet-stream;\n  access_log /dev/stdout;\n  sendfile on;\n  include /etc/nginx/conf.d/*.conf;\n}\n' > /etc/nginx/nginx.conf \
    && printf 'server {\n  listen 8080;\n  location / { root /usr/share/nginx/html; index index.html; }\n}\n' > /etc/nginx/conf.d/default.conf
EXPOSE 8080
STOPSIGNAL SIGQUIT
USER 101
CMD ["nginx", "-g", "daemon off;"]
