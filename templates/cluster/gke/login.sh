#!/bin/sh
# Connects kubectl to a GKE cluster, for the rest of the job.
#
#   PROJECT LOCATION CLUSTER             the cluster
#   GCP_SERVICE_ACCOUNT                  the service account that the job works as
#   OIDC_TOKEN                           the token of the CI system, and
#   GCP_WORKLOAD_IDENTITY_PROVIDER         what in Google Cloud trusts it
#   GCP_SERVICE_ACCOUNT_KEY              without OIDC_TOKEN: a stored key of the service account, as JSON
#   CLOUDSDK_CONFIG KUBECONFIG           optional: where gcloud and kubectl keep what they know
#   TOOLS                                optional: folder of tools that come first on the path
#
# Needs gcloud with its components kubectl and gke-gcloud-auth-plugin, and installs those that are missing.
# Secrets are in files that only the user of the job can read, never on a command line.
set -eu
umask 077

PATH=${TOOLS:-${HOME}/.gitopsgen/bin}:${PATH}
export PATH
folder=${CLOUDSDK_CONFIG:-${HOME}/.config/gcloud}
mkdir -p "${folder}"

if [ -n "${OIDC_TOKEN:-}" ]; then
  # Both files stay for the rest of the job: kubectl asks gcloud for a new token when one has ended.
  rm -f "${folder}/ci-token" "${folder}/ci-login.json"
  printf '%s' "${OIDC_TOKEN}" >"${folder}/ci-token"
  gcloud iam workload-identity-pools create-cred-config "${GCP_WORKLOAD_IDENTITY_PROVIDER:?}" \
    --service-account="${GCP_SERVICE_ACCOUNT:?}" --credential-source-file="${folder}/ci-token" \
    --output-file="${folder}/ci-login.json" --quiet
  gcloud auth login --cred-file="${folder}/ci-login.json" --quiet
else
  key=$(mktemp)
  trap 'rm -f "${key}"' EXIT
  printf '%s' "${GCP_SERVICE_ACCOUNT_KEY:?neither OIDC_TOKEN nor GCP_SERVICE_ACCOUNT_KEY is set}" >"${key}"
  gcloud auth activate-service-account "${GCP_SERVICE_ACCOUNT:?}" --key-file="${key}" --quiet
fi
for component in kubectl gke-gcloud-auth-plugin; do
  if ! command -v "${component}" >/dev/null; then
    gcloud components install "${component}" --quiet
  fi
done
gcloud container clusters get-credentials "${CLUSTER:?}" --location="${LOCATION:?}" --project="${PROJECT:?}" --quiet
