#!/bin/sh
# Connects kubectl to an AKS cluster, for the rest of the job.
#
#   RESOURCE_GROUP CLUSTER                                    the cluster
#   AZURE_CLIENT_ID AZURE_TENANT_ID AZURE_SUBSCRIPTION_ID     the application that the job signs in as
#   OIDC_TOKEN, or AZURE_CLIENT_SECRET                        what proves it: the token of the CI system, or a stored secret
#   KUBECTL_VERSION KUBELOGIN_VERSION                         optional: releases to install when the job's image has none
#   TOOLS                                                     optional: folder for them, default ~/.gitopsgen/bin
#   KUBECONFIG                                                optional: kubectl's own variable
#
# Needs the Azure CLI. The proof is in the list of processes for a moment, which no one else reads on a machine of the job's own.
set -eu

tools=${TOOLS:-${HOME}/.gitopsgen/bin}
PATH=${tools}:${PATH}
export PATH

if [ -n "${OIDC_TOKEN:-}" ]; then
  az login --service-principal --username "${AZURE_CLIENT_ID:?}" --tenant "${AZURE_TENANT_ID:?}" \
    --federated-token "${OIDC_TOKEN}" --output none
else
  az login --service-principal --username "${AZURE_CLIENT_ID:?}" --tenant "${AZURE_TENANT_ID:?}" \
    --password "${AZURE_CLIENT_SECRET:?neither OIDC_TOKEN nor AZURE_CLIENT_SECRET is set}" --output none
fi
az account set --subscription "${AZURE_SUBSCRIPTION_ID:?}"

if ! command -v kubectl >/dev/null || ! command -v kubelogin >/dev/null; then
  mkdir -p "${tools}"
  az aks install-cli --client-version "${KUBECTL_VERSION:-latest}" --install-location "${tools}/kubectl" \
    --kubelogin-version "${KUBELOGIN_VERSION:-latest}" --kubelogin-install-location "${tools}/kubelogin" --only-show-errors
fi
az aks get-credentials --resource-group "${RESOURCE_GROUP:?}" --name "${CLUSTER:?}" --overwrite-existing --only-show-errors
# Without this kubectl would ask a person to sign in by a browser.
kubelogin convert-kubeconfig --login azurecli
