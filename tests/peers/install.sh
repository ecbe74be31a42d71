#!/bin/sh
# Installs the pinned peers into .tools/peers: copier and cruft by pip, projen by npm. What is there already stays.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
peers=$(CDPATH='' cd -- "$here/../.." && pwd)/.tools/peers
pins=$(cat "$here/requirements.txt" "$here/package-lock.json" | cksum)

if [ "$(cat "$peers/stamp" 2>/dev/null)" = "$pins" ]; then
  exit 0
fi
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
  echo "install.sh: projen is told with Node 20 or later" >&2
  exit 1
fi
rm -rf "$peers"
mkdir -p "$peers/node"
"${PYTHON:-python3}" -m venv "$peers/python"
"$peers/python/bin/pip" install --quiet --requirement "$here/requirements.txt"
cp "$here/package.json" "$here/package-lock.json" "$peers/node/"
cd "$peers/node"
npm ci --omit-lockfile-registry-resolved --no-audit --no-fund --silent
# Last, so that an installation that was cut short is done again.
printf '%s\n' "$pins" >"$peers/stamp"
