#!/bin/sh
# Rolls an environment back (push mode): deploys the image that ran before the present one, as the cluster remembers it.
# Called again, it goes one image further back.
#
#   APP NAMESPACE OVERLAY IMAGE TIMEOUT TOOLS    as for deploy.sh
#   TO_REVISION                                  optional: the revision to go back to, or how it begins
#
# The cluster remembers as many images as the Deployment's revisionHistoryLimit. The rest of the manifests is that of the
# checkout. Needs the history of the branch (actions/checkout: fetch-depth 0).
set -eu

fail() {
  echo "rollback: $1" >&2
  exit 1
}

bin=$(dirname -- "$0")
app=${APP:?name of the Deployment} namespace=${NAMESPACE:?} image=${IMAGE:?}
PATH=${TOOLS:-${HOME:-}/.gitopsgen/bin}:${PATH}
export PATH

present=$(kubectl -n "${namespace}" get deployment "${app}" --output \
  'jsonpath={.metadata.annotations.gitopsgen\.dev/revision}') || fail "cannot look at deployment ${app} in ${namespace}"
[ -n "${present}" ] || fail "deployment ${app} does not say which revision it runs: nothing was deployed by deploy.sh yet"
# A replica set whose own image is the one in its annotation was deployed well. One that failed has the annotation of the
# image before it.
remembered=$(kubectl -n "${namespace}" get replicasets --selector "app.kubernetes.io/instance=${app}" --output \
  'jsonpath={range .items[*]}{.metadata.annotations.gitopsgen\.dev/revision}|{.metadata.annotations.gitopsgen\.dev/image}|{range .spec.template.spec.containers[*]}{.image} {end}{"\n"}{end}')
good=
while IFS='|' read -r revision one images; do
  case " ${images}" in
    *" ${one:-none} "*) good="${good}${revision}|${one}
" ;;
    *) ;;
  esac
done <<EOF
${remembered}
EOF
found=$(PRESENT=${present} REMEMBERED=${good} sh "${bin}/earlier-image.sh")
[ -n "${found}" ] ||
  fail "the cluster remembers no other image of ${app}${TO_REVISION:+ of revision ${TO_REVISION}}; revert the commit instead"

ALLOW_OLDER=1 REVISION=${found%%|*} DIGEST=${found#*@} TAG=${found#*"|${image}:"}
TAG=${TAG%@*}
export ALLOW_OLDER DIGEST IMAGE REVISION TAG
exec sh "${bin}/deploy.sh"
