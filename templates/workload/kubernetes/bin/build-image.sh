#!/bin/sh
# Builds the image and pushes it, by docker buildx, with the registry as the cache between jobs.
#
#   IMAGE              the image without a tag
#   REVISION           the full id of the commit
#   TAG                optional, default sha-REVISION, or pr-PULL_REQUEST-REVISION for a preview
#   NUMBERED           optional: not empty for the default tag sha-REVISION-NUMBER, with how many commits led to it: an operator
#                      that looks at the tags alone can tell the newest by it, however often and late each was built
#   PULL_REQUEST       optional: the number of the pull request that is previewed
#   CONTEXT            optional: folder that is built, default .
#   DOCKERFILE         optional: path of the Dockerfile, default CONTEXT/Dockerfile
#   BUILD_ARGUMENTS    optional: NAME=value, one a line
#   BUILD_SECRETS      optional: id=VARIABLE, one a line; the build sees the value of that variable as the secret
#   DIGEST_FILE        optional: file that gets the digest of what was pushed
#
# Prints the digest as its last line. Needs docker with buildx, logged in.
set -eu

image=${IMAGE:?the image without a tag} revision=${REVISION:?full id of the commit}
context=${CONTEXT:-.}
if [ -n "${PULL_REQUEST:-}" ]; then kind=pr-${PULL_REQUEST}; else kind=sha; fi
tag=${TAG:-${kind}-${revision}}
if [ -z "${TAG:-}" ] && [ -n "${NUMBERED:-}" ]; then
  shallow=$(git rev-parse --is-shallow-repository)
  if [ "${shallow}" != false ]; then
    echo "build-image: this clone is shallow, and its commits cannot be counted: fetch the whole history first" >&2
    exit 1
  fi
  number=$(git rev-list --count "${revision}")
  tag=${tag}-${number}
fi
name=gitopsgen-$$
temporary=$(mktemp -d)

# A builder of its own can export the cache; that of the docker daemon often cannot.
docker buildx create --name "${name}" --driver docker-container >/dev/null
trap 'docker buildx rm --force "${name}" >/dev/null 2>&1 || true; rm -rf "${temporary}"' EXIT

set -- --builder "${name}" --file "${DOCKERFILE:-${context}/Dockerfile}"
while read -r argument; do
  [ -z "${argument}" ] || set -- "$@" --build-arg "${argument}"
done <<EOF
${BUILD_ARGUMENTS:-}
EOF
while IFS='=' read -r id variable; do
  [ -z "${id}" ] || set -- "$@" --secret "id=${id},env=${variable}"
done <<EOF
${BUILD_SECRETS:-}
EOF
# What pull requests leave in the cache, the images that are delivered are not made from.
cache=${image}:buildcache
set -- "$@" --cache-from "type=registry,ref=${cache}"
if [ -n "${PULL_REQUEST:-}" ]; then
  cache=${cache}-pr
  set -- "$@" --cache-from "type=registry,ref=${cache}"
fi
docker buildx build "$@" \
  --push \
  --tag "${image}:${tag}" \
  --label "org.opencontainers.image.revision=${revision}" \
  --cache-to "type=registry,ref=${cache},mode=max" \
  --provenance mode=max \
  --sbom true \
  --metadata-file "${temporary}/metadata.json" \
  "${context}" >&2

digest=$(sed -n 's/.*"containerimage.digest": *"\(sha256:[0-9a-f]*\)".*/\1/p' "${temporary}/metadata.json")
if [ -z "${digest}" ]; then
  echo "build-image: docker buildx said no digest of ${image}:${tag}" >&2
  exit 1
fi
[ -z "${DIGEST_FILE:-}" ] || printf '%s\n' "${digest}" >"${DIGEST_FILE}"
printf '%s\n' "${digest}"
