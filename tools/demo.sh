#!/bin/sh
# Delivers the sample app in both modes into a temporary folder, and shows what regenerating is like.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT

say() {
  printf '\n\033[1m# %s\033[0m\n' "$1"
}

run() {
  printf '$ %s\n' "$*"
  "$@"
}

cd "${folder}"
say "Pull mode: an Express app, its image recorded in git by CI, synced by Argo CD"
run gitopsgen init pull --example express --yes --mode pull --image docker.io/acme/storefront \
  --set name=storefront --set repository=https://github.com/acme/storefront.git

say "Push mode: the same app, deployed to AKS by CI"
run gitopsgen init push --example express --yes --mode push --image docker.io/acme/storefront \
  --cluster aks --set cluster.resourceGroup=rg --set cluster.name=prod \
  --set name=storefront --set repository=https://github.com/acme/storefront.git

say "Nothing has changed since"
run gitopsgen -C pull check
run gitopsgen -C push check

say "A change of the spec: three replicas"
printf 'replicas: 3\n' >>pull/gitopsgen.yaml
run gitopsgen -C pull diff || [ $? -eq 1 ]
run gitopsgen -C pull generate
run gitopsgen -C pull check

say "An edit by hand is never overwritten"
sed -i.bak 's/USER 10001:10001/USER 0/' pull/Dockerfile && rm pull/Dockerfile.bak
run gitopsgen -C pull check || [ $? -eq 4 ]

say "A mistake is shown where it is"
printf 'replica: 3\n' >>push/gitopsgen.yaml
run gitopsgen -C push check || [ $? -eq 3 ]
say "That was all; the folder is removed again"
