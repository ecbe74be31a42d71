#!/bin/sh
# Deploys an image to a namespace of a pull request, or removes that namespace (push mode).
#
#   preview.sh up|down, or ACTION=up|down
#
#   APP PULL_REQUEST           the namespace is APP-pr-PULL_REQUEST
#   OVERLAY PREVIEW            for up: the overlay that a preview is like, and the one that says what it has other than that
#   IMAGE DIGEST REVISION      for up, as for deploy.sh; the tag is pr-PULL_REQUEST-REVISION
#   TIMEOUT TOOLS              optional, as for deploy.sh
#
# Needs the right to create and delete namespaces: best in a cluster where nothing else is.
set -eu

fail() {
  echo "preview: $1" >&2
  exit 2
}

bin=$(dirname -- "$0")
app=${APP:?name of the app}
case ${PULL_REQUEST:-} in
  '' | *[!0-9]*) fail "PULL_REQUEST must be a number: '${PULL_REQUEST:-}'" ;;
  *) ;;
esac
NAMESPACE=${app}-pr-${PULL_REQUEST}
PATH=${TOOLS:-${HOME:-}/.gitopsgen/bin}:${PATH}
export NAMESPACE PATH

case ${1:-${ACTION:-}} in
  down)
    # Only what this script has made.
    kubectl delete namespaces --selector "gitopsgen.dev/preview=${app}" \
      --field-selector "metadata.name=${NAMESPACE}" --ignore-not-found --wait=false
    exit 0
    ;;
  up) ;;
  *) fail "say up or down" ;;
esac

overlay=${OVERLAY:?the overlay that a preview is like}
preview=${PREVIEW:?the overlay of previews}
TAG=pr-${PULL_REQUEST}-${REVISION:?}
ALLOW_OLDER=1
export TAG ALLOW_OLDER
sh "${bin}/set-image.sh" "${overlay%/}"
# Nothing of the checkout is committed: the image above, and this overlay over that of previews.
OVERLAY=${preview%/}-${PULL_REQUEST}
export OVERLAY
mkdir -p "${OVERLAY}"
printf '%s\n' \
  'apiVersion: kustomize.config.k8s.io/v1beta1' \
  'kind: Kustomization' \
  "namespace: ${NAMESPACE}" \
  "resources: [../$(basename -- "${preview}")]" >"${OVERLAY}/kustomization.yaml"
printf '%s\n' \
  'apiVersion: v1' \
  'kind: Namespace' \
  'metadata:' \
  "  name: ${NAMESPACE}" \
  '  labels:' \
  "    gitopsgen.dev/preview: ${app}" \
  '    pod-security.kubernetes.io/enforce: restricted' | kubectl apply -f -
sh "${bin}/deploy.sh"
