#!/bin/sh
# Says whether there is nothing to do for the app, because no file of it has changed.
# For CI systems that start on every push, whatever it changes; others do not start at all.
#
#   QUIET_PATHS      globs of files that need no new image, one a line
#   CONCERNED_PATHS  globs of the files that concern the app, one a line; without it all do
#   BRANCH           the branch that is delivered; what is not on it is compared with it
#   OVERLAY          folder of the overlay that records the image (pull mode), which a delivery is compared with
#   BASE             without it: the commit that was delivered before this push, empty when there was none;
#                    unset where the CI never knows it, which is taken for HEAD^
#
# Needs the history. Exit status: 0 nothing to do; 1 something, or nobody knows.
set -eu

# An operator that records images changes nothing but the values: then the revision is in the tag.
recorded_in() {
  sed -n -e '/^# revision: */{s///p;q;}' -e 's/^[ -]*newTag: *"\{0,1\}sha-\([0-9a-f]\{40\}\)-[0-9]*.*/\1/p' \
    "$1/image/kustomization.yaml" 2>/dev/null || true
}

since=
if [ -n "${BRANCH:-}" ]; then
  tip=refs/remotes/${REMOTE:-origin}/${BRANCH}
  git rev-parse --verify --quiet "${tip}^{commit}" >/dev/null 2>&1 || tip=FETCH_HEAD
  [ "${tip}" != FETCH_HEAD ] || git fetch --quiet --no-tags "${REMOTE:-origin}" "${BRANCH}" 2>/dev/null || exit 1
  if ! git merge-base --is-ancestor HEAD "${tip}" 2>/dev/null; then
    since=$(git merge-base "${tip}" HEAD 2>/dev/null) || exit 1
  fi
fi
if [ -z "${since}" ]; then
  if [ -n "${OVERLAY:-}" ]; then
    since=$(recorded_in "${OVERLAY}")
  else
    since=$(git rev-parse --verify --quiet "${BASE-HEAD^}^{commit}" 2>/dev/null || true)
  fi
fi
[ -n "${since}" ] || exit 1
git merge-base --is-ancestor "${since}" HEAD 2>/dev/null || exit 1

set --
while read -r path; do
  [ -z "${path}" ] || set -- "$@" ":(top,glob)${path}"
done <<END
${CONCERNED_PATHS:-**}
END
while read -r path; do
  [ -z "${path}" ] || set -- "$@" ":(top,exclude,glob)${path}"
done <<END
${QUIET_PATHS:-}
END
git diff --quiet "${since}" HEAD -- "$@" || exit 1
echo "Nothing to do: since ${since} no file of the app has changed that needs it."
