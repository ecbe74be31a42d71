#!/bin/sh
# Deletes what an earlier run applied and the overlay no longer holds (push mode). Called when the new version runs and nothing
# needs the old objects any more. (The alpha option --prune of kubectl apply would do it before the pods are ready, or apply
# everything twice.)
#
#   APP NAMESPACE OVERLAY    as for deploy.sh
#   PRUNE_KINDS              optional, separated by commas: kinds to look for. Claims are never deleted: their data goes with them
set -eu

app=${APP:?} namespace=${NAMESPACE:?} overlay=${OVERLAY:?}
default_kinds=deployments.apps,services,serviceaccounts,configmaps
default_kinds=${default_kinds},poddisruptionbudgets.policy,networkpolicies.networking.k8s.io
# Kinds of some apps only: a role may leave them out, and a cluster may not know them.
optional_kinds="cronjobs.batch jobs.batch horizontalpodautoscalers.autoscaling ingresses.networking.k8s.io"
optional_kinds="${optional_kinds} httproutes.gateway.networking.k8s.io grpcroutes.gateway.networking.k8s.io"
optional_kinds="${optional_kinds} externalsecrets.external-secrets.io sealedsecrets.bitnami.com"
selector=app.kubernetes.io/instance=${app},app.kubernetes.io/managed-by=gitopsgen

written=$(kubectl -n "${namespace}" get -k "${overlay}" --output name --ignore-not-found)
ours=$(kubectl -n "${namespace}" get "${PRUNE_KINDS:-${default_kinds}}" --output name --selector "${selector}")
for kind in ${optional_kinds}; do
  # Unknown to this cluster, or none of this identity's business: then there is nothing of ours.
  more=$(kubectl -n "${namespace}" get "${kind}" --output name --selector "${selector}" 2>/dev/null) || more=
  ours="${ours} ${more}"
done
for object in ${ours}; do
  printf '%s\n' "${written}" | grep -Fqx -e "${object}" ||
    kubectl -n "${namespace}" delete "${object}" --ignore-not-found --wait=false
done
