#!/bin/sh
# Says which repository records the images, as REMOTE:FOLDER: the name of its remote, and the folder of the app in it, with a
# slash at its end, empty for the root.
#
#   CONFIG_URL CONFIG_FOLDER    optional: the repository and the folder, when it is not the one of the working directory
#   REMOTE                      optional, default origin: the remote of the working directory's own
#
# The commits of both are in one store of objects here, so the history of the app tells which image is newer while the commit
# goes to the other repository.
set -eu

if [ -n "${CONFIG_URL:-}" ]; then
  git config remote.gitopsgen-config.url "${CONFIG_URL}"
  printf 'gitopsgen-config:%s\n' "${CONFIG_FOLDER:+${CONFIG_FOLDER%/}/}"
else
  prefix=$(git rev-parse --show-prefix)
  printf '%s:%s\n' "${REMOTE:-origin}" "${prefix}"
fi
