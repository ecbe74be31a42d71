#!/bin/sh
# Installs the pinned npm-groovy-lint into .tools/groovy, which needs Node and Java. What is there already stays.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
target=$(CDPATH='' cd -- "$here/../../.." && pwd)/.tools/groovy
pins=$(cksum <"$here/package-lock.json")

if [ "$(cat "$target/stamp" 2>/dev/null)" = "$pins" ]; then
  exit 0
fi
rm -rf "$target"
mkdir -p "$target"
cp "$here/package.json" "$here/package-lock.json" "$target/"
cd "$target"
npm ci --omit-lockfile-registry-resolved --no-audit --no-fund --silent
# Last, so that an installation that was cut short is done again.
printf '%s\n' "$pins" >"$target/stamp"
