#!/bin/sh
# Rolls an environment back (pull mode): records, by a new commit, the image that was recorded before the present one.
# Called again, it goes one image further back.
#
#   ENVIRONMENT APP OVERLAY BRANCH REMOTE CONFIG_URL CONFIG_FOLDER GIT_TOKEN GIT_USER    as for bump.sh
#   TO_REVISION    optional: the revision to go back to, or how it begins
#
# Needs the history of BRANCH (actions/checkout: fetch-depth 0).
set -eu

fail() {
  echo "revert: $1" >&2
  exit 1
}

# Prints the ids of the image files to choose from, the best first. With TO_REVISION these are all that ever were. Otherwise
# they are those on the way to the present one: an image that was recorded twice takes the way back to its first time, for
# what lies between the two has been reverted.
earlier_files() {
  git log --first-parent -m --format= --raw --no-abbrev "${base}" -- ":/${file}" >"${temporary}/log"
  awk -v every="${TO_REVISION:+yes}" '
    $4 !~ /^0+$/ { file[++count] = $4 }
    END {
      if (every) { for (i = 1; i <= count; i++) print file[i]; exit }
      for (i = count; i > 0; i--) {
        if (file[i] in depth) { while (top > depth[file[i]]) delete depth[way[top--]] }
        else { way[++top] = file[i]; depth[file[i]] = top }
      }
      while (--top > 0) print way[top]
    }' "${temporary}/log"
}

# Sets IMAGE, TAG, DIGEST and REVISION from an image file. REVISION stays empty for the file as it was generated, before
# there was any image.
read_file() {
  git cat-file blob "$1" >"${temporary}/image.yaml"
  REVISION=$(sed -n 's/^# revision: *//p' "${temporary}/image.yaml")
  IMAGE=$(field newName)
  TAG=$(field newTag)
  DIGEST=$(field digest)
}

field() {
  sed -n "s/^[ -]*$1: *\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" "${temporary}/image.yaml"
}

bin=$(dirname -- "$0")
where=$(sh "${bin}/target.sh")
remote=${where%%:*} prefix=${where#*:}
overlay=${OVERLAY:?the folder of the overlay}
file=${prefix}${overlay%/}/image/kustomization.yaml
temporary=$(mktemp -d)
trap 'rm -rf "${temporary}"' EXIT

shallow=$(git rev-parse --is-shallow-repository)
[ "${shallow}" = false ] || fail "this clone is shallow: fetch the whole history first (actions/checkout: fetch-depth 0)"
REMOTE="${remote}" sh "${bin}/git-remote.sh" fetch --quiet --no-tags "${remote}" "refs/heads/${BRANCH:?}"
base=$(git rev-parse FETCH_HEAD)
present=$(git rev-parse --quiet --verify "${base}:${file}") || fail "branch ${BRANCH} has no ${file}"

read_file "${present}"
present_image=${IMAGE}:${TAG}@${DIGEST}
candidates=$(earlier_files)
found=
for blob in ${candidates}; do
  read_file "${blob}"
  # Two files can differ in their comments only.
  [ "${IMAGE}:${TAG}@${DIGEST}" != "${present_image}" ] || continue
  case ${REVISION} in
    '') ;;
    "${TO_REVISION:-}"*)
      found=yes
      break
      ;;
    *) ;;
  esac
done
[ -n "${found}" ] ||
  fail "the history of ${file} on ${BRANCH} records no other image${TO_REVISION:+ of revision ${TO_REVISION}}"

SUBJECT="revert(${ENVIRONMENT:?}): ${APP:?} ${TAG} [skip ci]"
ALLOW_OLDER=1
EXPECTED_BLOB=${present}
unset PROPOSAL
export ALLOW_OLDER DIGEST EXPECTED_BLOB IMAGE REVISION SUBJECT TAG
sh "${bin}/push-image.sh"
