#!/bin/sh
# Installs what builds and mounts images and fetches what stand-ins are made of, from Debian, as root; nothing when it is there.
set -eu
missing=""
for pair in buildah:buildah mmdebstrap:mmdebstrap mvn:maven unshare:util-linux; do
    command -v "${pair%%:*}" >/dev/null || missing="${missing} ${pair##*:}"
done
[ -n "${missing}" ] || exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet --quiet
# shellcheck disable=SC2086 # a list of names
apt-get install --quiet --quiet --yes --no-install-recommends ${missing}
