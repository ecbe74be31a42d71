#!/bin/sh
# Says whether there is nothing to deliver: since the recorded image only files have changed that need no new one (pull mode).
# For CI systems that start on every push, whatever it changes; others do not start at all.
#
#   OVERLAY        folder of the first environment's overlay, which records the image
#   QUIET_PATHS    globs of files that need no new image, one a line
#
# Needs the history of the branch. Exit status: 0 nothing to deliver; 1 something, or nobody knows.
set -eu

file=${OVERLAY:?folder of the overlay}/image/kustomization.yaml
# An operator that records images changes nothing but the values: then the revision is in the tag.
revision=$(sed -n -e '/^# revision: */{s///p;q;}' -e 's/^[ -]*newTag: *"\{0,1\}sha-\([0-9a-f]\{40\}\)-[0-9]*.*/\1/p' \
  "${file}" 2>/dev/null || true)
[ -n "${revision}" ] || exit 1
git merge-base --is-ancestor "${revision}" HEAD 2>/dev/null || exit 1

set -- ':/'
while read -r path; do
  [ -z "${path}" ] || set -- "$@" ":(exclude,glob)${path}"
done <<END
${QUIET_PATHS:?}
END
git diff --quiet "${revision}" HEAD -- "$@" || exit 1
echo "Nothing to deliver: the image of ${revision} is recorded, and no file of it has changed since."
