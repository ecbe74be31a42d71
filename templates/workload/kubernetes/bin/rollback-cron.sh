#!/bin/sh
# Rolls a cron job of an environment back (push mode): its next run uses the image that was deployed before the present one.
# Called again, it goes one image further back.
#
#   APP NAMESPACE OVERLAY IMAGE TOOLS    as for deploy.sh
#   TO_REVISION                          optional: the revision to go back to, or how it begins
#
# The CronJob remembers its last ten images. The rest of the manifests is that of the checkout. Needs the history of the branch
# (actions/checkout: fetch-depth 0).
set -eu

fail() {
  echo "rollback: $1" >&2
  exit 1
}

bin=$(dirname -- "$0")
app=${APP:?name of the CronJob} namespace=${NAMESPACE:?} image=${IMAGE:?}
PATH=${TOOLS:-${HOME:-}/.gitopsgen/bin}:${PATH}
export PATH

said=$(kubectl -n "${namespace}" get cronjob "${app}" --output \
  'jsonpath={.metadata.annotations.gitopsgen\.dev/revision}|{.metadata.annotations.gitopsgen\.dev/images}') ||
  fail "cannot look at cronjob ${app} in ${namespace}"
present=${said%%|*}
[ -n "${present}" ] || fail "cronjob ${app} does not say which revision it runs: nothing was deployed by deploy.sh yet"
remembered=$(printf '%s\n' "${said#*|}" | tr ' ' '\n')
found=$(PRESENT=${present} REMEMBERED=${remembered} sh "${bin}/earlier-image.sh")
[ -n "${found}" ] ||
  fail "cronjob ${app} remembers no other image${TO_REVISION:+ of revision ${TO_REVISION}}; revert the commit instead"

ALLOW_OLDER=1 REVISION=${found%%|*} DIGEST=${found#*@} TAG=${found#*"|${image}:"}
TAG=${TAG%@*}
export ALLOW_OLDER DIGEST IMAGE REVISION TAG
exec sh "${bin}/deploy.sh"
