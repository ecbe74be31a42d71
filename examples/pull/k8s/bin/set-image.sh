#!/bin/sh
# Records the image that an environment runs, in OVERLAY/image/kustomization.yaml.
#
#   IMAGE=ghcr.io/acme/web TAG=sha-... DIGEST=sha256:... REVISION=<commit> set-image.sh OVERLAY
#
# Exit status: 0 recorded; 2 wrong input, or the age of the recorded revision is unknown; 3 a newer revision is recorded.
# ALLOW_OLDER=1 records an older revision all the same.
set -eu
# Byte order, so that the ranges of the patterns below hold in every locale.
LC_ALL=C
export LC_ALL

fail() {
  echo "set-image: $1" >&2
  exit 2
}

# Shell patterns see a value whole; grep would accept a value with one good line among bad ones. What passes here goes into
# YAML as it is.
check_image() {
  case ${IMAGE} in
    '' | *[!a-z0-9./:_-]* | [!a-z0-9]* | *[!a-z0-9] | *//*) fail "IMAGE is not an image name: '${IMAGE}'" ;;
    *) ;;
  esac
  # A colon in the first part is the registry's port.
  case ${IMAGE#*/} in
    *:*) fail "IMAGE must not hold a tag, give it in TAG: '${IMAGE}'" ;;
    *) ;;
  esac
}

check_tag() {
  case ${TAG} in
    '' | *[!A-Za-z0-9_.-]* | [.-]*) fail "TAG is not an image tag: '${TAG}'" ;;
    *) ;;
  esac
  [ "${#TAG}" -le 128 ] || fail "TAG is longer than 128 characters: '${TAG}'"
}

# check_hex VALUE LENGTH MESSAGE
check_hex() {
  case $1 in
    *[!0-9a-f]*) fail "$3" ;;
    *) ;;
  esac
  [ "${#1}" -eq "$2" ] || fail "$3"
}

check_digest() {
  case ${DIGEST} in
    sha256:*) ;;
    *) fail "DIGEST must be sha256: and 64 hexadecimal digits: '${DIGEST}'" ;;
  esac
  check_hex "${DIGEST#sha256:}" 64 "DIGEST must be sha256: and 64 hexadecimal digits: '${DIGEST}'"
}

# The file is written whole: no editor of YAML keeps its comments, and no pattern can miss. Name and tag are quoted
# because "1e10" and "true" are a tag and a name, but no YAML strings.
write() {
  printf '%s\n' \
    '---' \
    '# Owned by CI: every deployment rewrites this file (set-image.sh). An edit by hand is lost.' \
    "# revision: ${REVISION}" \
    'apiVersion: kustomize.config.k8s.io/v1alpha1' \
    'kind: Component' \
    'images:' \
    '  - name: app-image' \
    "    newName: \"${IMAGE}\"" \
    "    newTag: \"${TAG}\"" \
    "    digest: ${DIGEST}"
}

overlay=${1:-} IMAGE=${IMAGE:-} TAG=${TAG:-} DIGEST=${DIGEST:-} REVISION=${REVISION:-}
[ -d "${overlay}" ] || fail "give the overlay's folder as the argument; there is no folder '${overlay}'"
check_image
check_tag
check_digest
check_hex "${REVISION}" 40 "REVISION must be a full commit id, 40 hexadecimal digits: '${REVISION}'"

bin=$(dirname -- "$0")
file=${overlay}/image/kustomization.yaml
recorded=
if [ -f "${file}" ]; then
  recorded=$(sed -n 's/^# revision: *//p' "${file}")
fi
if [ -n "${recorded}" ]; then
  # Guessing here would switch the protection against older revisions off.
  check_hex "${recorded}" 40 "cannot read the line '# revision:' of ${file}: '${recorded}'"
  status=0
  sh "${bin}/check-revision.sh" "${REVISION}" "${recorded}" || status=$?
  if [ "${status}" -eq 3 ]; then
    echo "set-image: a newer revision is already recorded: ${recorded} (ALLOW_OLDER=1 records ${REVISION} all the same)" >&2
  fi
  [ "${status}" -eq 0 ] || exit "${status}"
fi

mkdir -p "${overlay}/image"
# A reader of the file sees the earlier image or this one, never a part.
temporary=${file}.$$
trap 'rm -f "${temporary}"' EXIT
write >"${temporary}"
mv -f "${temporary}" "${file}"
