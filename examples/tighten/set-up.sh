#!/bin/sh
# A web site with a mistake: somebody left a script there that does whatever it is asked. Run as root (Debian: package busybox-static).
set -eu
umask 022
mkdir -p /srv/lesson/bin /srv/lesson/www/cgi-bin
cp /bin/busybox /srv/lesson/bin/
echo 'It works.' >/srv/lesson/www/index.html
cat >/srv/lesson/www/cgi-bin/debug <<'script'
#!/bin/busybox sh
printf 'Content-Type: text/plain\r\n\r\n'
eval "$(/bin/busybox httpd -d "$QUERY_STRING")" 2>&1
script
chmod 755 /srv/lesson/www/cgi-bin/debug
