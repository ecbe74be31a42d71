FROM localhost/stand-in/trixie:latest
# Composer's own libraries are in it, because Debian's Composer is no single file.
RUN apt-get install --yes --no-install-recommends apache2 libapache2-mod-php8.4 php8.4-cli php8.4-mbstring composer unzip git \
    && ln -s /usr/bin/php /usr/local/bin/php && ln -s /usr/share/php /usr/local/share/php && a2dismod --force mpm_event && a2enmod mpm_prefork php8.4 \
    && mkdir -p /usr/local/etc/php/conf.d && cp /usr/lib/php/8.4/php.ini-production /usr/local/etc/php/php.ini-production \
    && for sapi in apache2 cli; do rm "/etc/php/8.4/$sapi/php.ini" && ln -s /usr/local/etc/php/php.ini "/etc/php/8.4/$sapi/php.ini" && ln -s /usr/local/etc/php/conf.d/app.ini "/etc/php/8.4/$sapi/conf.d/99-app.ini"; done \
    && sed -ri 's/^export ([^=]+)=(.*)$/: ${\1:=\2}\nexport \1/' /etc/apache2/envvars \
    && chmod 1777 /var/log/apache2 && chown www-data: /var/log/apache2 && ln -sfT /dev/stderr /var/log/apache2/error.log && ln -sfT /dev/stdout /var/log/apache2/access.log && ln -sfT /dev/stdout /var/log/apache2/other_vhosts_access.log && chown -h www-data: /var/log/apache2/* \
    && printf '#!/bin/bash\nset -e\n: "${APACHE_CONFDIR:=/etc/apache2}"\n: "${APACHE_ENVVARS:=$APACHE_CONFDIR/envvars}"\n. "$APACHE_ENVVARS"\n: "${APACHE_RUN_DIR:=/var/run/apache2}"\nfor dir in "$APACHE_LOCK_DIR" "$APACHE_RUN_DIR" "$APACHE_LOG_DIR"; do mkdir -p "$dir"; done\nrm -f "$APACHE_PID_FILE"\nexec apache2 -DFOREGROUND "$@"\n' > /usr/local/bin/apache2-foreground && chmod 755 /usr/local/bin/apache2-foreground && php --version
ENV PHP_INI_DIR=/usr/local/etc/php APACHE_CONFDIR=/etc/apache2 APACHE_ENVVARS=/etc/apache2/envvars
STOPSIGNAL SIGWINCH
WORKDIR /var/www/html
CMD ["apache2-foreground"]
