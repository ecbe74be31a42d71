#!/bin/sh
# Runs the migration of an overlay, if it has one, and waits for its end, before anything of the new version starts (push
# mode). Called by deploy.sh. What the migration needs is applied first: the account, the settings, the secrets.
#
#   APP NAMESPACE OVERLAY    as for deploy.sh; the Job is called APP-migrate
#   MIGRATION_TIMEOUT        optional, seconds, default 86400: the Job has a limit of its own
#
# Exit status: 0 it succeeded; 1 it failed, and the earlier version still runs.
set -eu

app=${APP:?} namespace=${NAMESPACE:?} overlay=${OVERLAY:?} limit=${MIGRATION_TIMEOUT:-86400}
job=job/${app}-migrate

say() {
  echo "migrate: $1" >&2
}

# The label marks a Job of the overlay that comes before the rollout.
objects=$(kubectl kustomize "${overlay}")
case ${objects} in
  *'gitopsgen.dev/phase: migration'*) ;;
  *) exit 0 ;;
esac
# A Job cannot be changed: the one of the last deployment makes room.
kubectl -n "${namespace}" delete "${job}" --ignore-not-found --wait=true
# Client-side apply sends objects one by one in the order that they need each other; those of the rollout wait.
kubectl -n "${namespace}" apply -k "${overlay}" --selector 'gitopsgen.dev/phase!=rollout'
say "waiting for ${job}"
waited=0
while :; do
  # The types of the conditions that hold, such as Complete or Failed.
  conditions=$(kubectl -n "${namespace}" get "${job}" --output 'jsonpath={.status.conditions[?(@.status=="True")].type}')
  case " ${conditions} " in
    *' Complete '*) break ;;
    *' Failed '*) failed=1 ;;
    *) failed=0 ;;
  esac
  if [ "${failed}" -eq 1 ] || [ "${waited}" -ge "${limit}" ]; then
    say "${job} did not succeed; its last lines:"
    kubectl -n "${namespace}" logs "${job}" --tail=40 >&2 || true
    say 'nothing of the new version was started'
    exit 1
  fi
  sleep 3
  waited=$((waited + 3))
done
say "${job} succeeded"
