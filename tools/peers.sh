#!/bin/sh
# Installs the pinned peers and tells every one of them, and gitopsgen, the story of docs/regeneration-peers.md.
# Usage: sh tools/peers.sh [CELL...]
set -eu

scripts=$(CDPATH='' cd -- "$(dirname -- "$0")/../tests/peers" && pwd)
sh "$scripts/install.sh"
for tool in copier cruft projen gitopsgen; do
  printf '# %s\n' "$tool"
  sh "$scripts/$tool.sh" "$@"
done
