#!/bin/sh
# Takes the image that one environment has on the branch to the environment that follows it (pull mode). Does nothing as long
# as there is none.
#
#   FROM_OVERLAY    folder of the overlay of the environment before
#   THEN            bump.sh or propose.sh, whose variables are needed but for IMAGE, TAG, DIGEST and REVISION
#
# Needs the history of BRANCH (actions/checkout: fetch-depth 0).
set -eu

fail() {
  echo "promote: $1" >&2
  exit 1
}

field() {
  printf '%s\n' "${recorded}" | sed -n "s/^[ -]*$1: *\"\{0,1\}\([^\" ]*\)\"\{0,1\} *\(#.*\)\{0,1\}\$/\1/p"
}

bin=$(dirname -- "$0")
where=$(sh "${bin}/target.sh")
remote=${where%%:*} prefix=${where#*:}
from=${FROM_OVERLAY:?folder of the overlay before}
file=${prefix}${from%/}/image/kustomization.yaml
case ${THEN:?} in
  bump.sh | propose.sh) ;;
  *) fail "THEN must be bump.sh or propose.sh: '${THEN}'" ;;
esac

REMOTE="${remote}" sh "${bin}/git-remote.sh" fetch --quiet --no-tags "${remote}" "refs/heads/${BRANCH:?}"
recorded=$(git cat-file blob "FETCH_HEAD:${file}") || fail "branch ${BRANCH} has no ${file}"
# An operator that records images changes nothing but the values: then the revision is in the tag.
REVISION=$(printf '%s\n' "${recorded}" |
  sed -n -e '/^# revision: */{s///p;q;}' -e 's/^[ -]*newTag: *"\{0,1\}sha-\([0-9a-f]\{40\}\)-[0-9]*.*/\1/p')
if [ -z "${REVISION}" ]; then
  echo "${file} on ${BRANCH} records no image yet: there is nothing to promote."
  exit 0
fi
IMAGE=$(field newName)
TAG=$(field newTag)
DIGEST=$(field digest)
export IMAGE TAG DIGEST REVISION
exec sh "${bin}/${THEN}"
