#!/bin/sh
# Installs what builds and mounts images and fetches what stand-ins are made of, from Debian, as root; nothing when it is there.
set -eu
missing=""
for pair in buildah:buildah mmdebstrap:mmdebstrap mvn:maven unshare:util-linux; do
    command -v "${pair%%:*}" >/dev/null || missing="${missing} ${pair##*:}"
done
registry=$(cd -- "$(dirname -- "$0")/../.." && pwd)/.tools/images/registry
if command -v docker-registry >/dev/null || [ -x "${registry}/usr/bin/docker-registry" ]; then registry=; fi
[ -n "${missing}${registry}" ] || exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet --quiet
# shellcheck disable=SC2086 # a list of names
[ -z "${missing}" ] || apt-get install --quiet --quiet --yes --no-install-recommends ${missing}
[ -n "${registry}" ] || exit 0
# The program alone: its package would start a service.
mkdir -p "${registry}"
cd -- "${registry}"
apt-get download --quiet --quiet docker-registry
dpkg-deb --extract docker-registry_*.deb .
