#!/bin/sh
# Deploys one image for a cron job with kubectl (push mode). There is no rollout to wait for: its next run uses the image.
#
#   APP                          name of the CronJob, and its label app.kubernetes.io/instance
#   NAMESPACE OVERLAY            where to, and the folder of the environment's overlay
#   IMAGE DIGEST REVISION        the image, and the full id of the commit it was built from
#   TAG                          optional, default sha-REVISION
#   ALLOW_OLDER=1                optional: replace a newer revision, which is how a person rolls back
#   TOOLS                        optional: a folder of programs that the log-in has installed, default ~/.gitopsgen/bin
#   PRUNE_KINDS                  optional: see prune.sh
#
# Needs rights in the namespace only, and the history of the branch (actions/checkout: fetch-depth 0).
# Exit status: 0 it is deployed, or something newer is; 1 failed; 2 wrong input, or the age of what is deployed is unknown.
set -eu

bin=$(dirname -- "$0")
app=${APP:?name of the CronJob} namespace=${NAMESPACE:?} overlay=${OVERLAY:?folder of the overlay}
revision=${REVISION:?full id of the commit} TAG=${TAG:-sha-${REVISION}}
image=${IMAGE:?}:${TAG}@${DIGEST:?}
PATH=${TOOLS:-${HOME:-}/.gitopsgen/bin}:${PATH}
export PATH TAG

say() {
  echo "deploy: $1" >&2
}

fail() {
  say "$1"
  exit 1
}

live() {
  kubectl -n "${namespace}" get cronjob "${app}" --ignore-not-found --output "$1" ||
    fail "cannot look at cronjob ${app} in namespace ${namespace}. Is there such a namespace, and has this identity
rights in it? An administrator sets both up once: kubectl apply -f ${overlay}/namespace.yaml, and a role binding"
}

deployed=$(live 'jsonpath={.metadata.annotations.gitopsgen\.dev/revision}')
if [ -n "${deployed}" ]; then
  status=0
  sh "${bin}/check-revision.sh" "${revision}" "${deployed}" || status=$?
  if [ "${status}" -eq 3 ]; then
    say "nothing to do: ${deployed} is deployed, which is newer than ${revision} (ALLOW_OLDER=1 deploys it all the same)"
    exit 0
  fi
  [ "${status}" -eq 0 ] || exit "${status}"
fi
# The cluster was asked just now; what the file in this checkout records does not matter.
ALLOW_OLDER=1 sh "${bin}/set-image.sh" "${overlay}"
status=0
kubectl -n "${namespace}" diff -k "${overlay}" || status=$?
# 1 says that there are differences.
[ "${status}" -le 1 ] || fail "the cluster does not accept ${overlay}; nothing was changed"
kubectl -n "${namespace}" apply -k "${overlay}"
images=$(live 'jsonpath={.spec.jobTemplate.spec.template.spec.containers[*].image}')
case " ${images} " in
  *" ${image} "*) ;;
  *) fail "applied, but the next run would use ${images} and not ${image}: is app-image the CronJob's image?" ;;
esac
# The last ten that were deployed, for rollback.sh: no cluster remembers the images of a CronJob.
remembered=$(live 'jsonpath={.metadata.annotations.gitopsgen\.dev/images}')
images=$(
  {
    printf '%s\n' "${remembered}" | tr ' ' '\n' | grep -v -e "^${revision}|" -e '^$' || true
    printf '%s\n' "${revision}|${image}"
  } | tail -n 10 | paste -s -d ' ' -
)
kubectl -n "${namespace}" annotate "cronjob/${app}" --overwrite \
  "gitopsgen.dev/revision=${revision}" "gitopsgen.dev/images=${images}"
sh "${bin}/prune.sh"
say "the next run uses ${image}"
