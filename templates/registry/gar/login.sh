#!/bin/sh
# Logs docker in to a Google artifact registry, for an hour with OIDC_TOKEN.
#
#   REGISTRY_HOST                    LOCATION-docker.pkg.dev
#   OIDC_TOKEN                       the token of the CI system, and
#   GCP_WORKLOAD_IDENTITY_PROVIDER     what in Google Cloud trusts it
#   GCP_SERVICE_ACCOUNT              the service account that pushes
#   GCP_SERVICE_ACCOUNT_KEY          without OIDC_TOKEN: a stored key of it, as JSON
#   DOCKER_CONFIG                    optional: docker's own variable, the folder where it keeps the login
#
# Needs docker, and curl for OIDC, which it adds where it is root of an Alpine Linux.
set -eu
: "${REGISTRY_HOST:?}"

# By pipes: an argument would be in the list of processes.
if [ -z "${OIDC_TOKEN:-}" ]; then
  : "${GCP_SERVICE_ACCOUNT_KEY:?neither OIDC_TOKEN nor GCP_SERVICE_ACCOUNT_KEY is set}"
  printf '%s' "${GCP_SERVICE_ACCOUNT_KEY}" |
    docker login --username _json_key --password-stdin "${REGISTRY_HOST}"
  exit
fi
if ! command -v curl >/dev/null; then
  apk add --quiet --no-cache curl
fi

# field NAME: prints the text under this name in the JSON on the input.
field() {
  sed -n 's/.*"'"$1"'" *: *"\([^"]*\)".*/\1/p'
}

account=${GCP_SERVICE_ACCOUNT:?}
provider=${GCP_WORKLOAD_IDENTITY_PROVIDER:?}
answer=$(printf '{"grantType":"%s","requestedTokenType":"%s","subjectTokenType":"%s","audience":"%s","scope":"%s","subjectToken":"%s"}' \
  urn:ietf:params:oauth:grant-type:token-exchange urn:ietf:params:oauth:token-type:access_token \
  urn:ietf:params:oauth:token-type:jwt "//iam.googleapis.com/${provider}" \
  https://www.googleapis.com/auth/cloud-platform "${OIDC_TOKEN}" |
  curl --fail --silent --show-error --retry 3 --header 'Content-Type: application/json' --data @- \
    https://sts.googleapis.com/v1/token)
token=$(printf '%s\n' "${answer}" | field access_token)
: "${token:?Google gave no token}"
answer=$(printf 'Authorization: Bearer %s\n' "${token}" |
  curl --fail --silent --show-error --retry 3 --header @- --header 'Content-Type: application/json' \
    --data '{"scope":["https://www.googleapis.com/auth/cloud-platform"]}' \
    "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}:generateAccessToken")
token=$(printf '%s\n' "${answer}" | field accessToken)
: "${token:?Google gave no token for the service account}"
printf '%s' "${token}" |
  docker login --username oauth2accesstoken --password-stdin "${REGISTRY_HOST}"
