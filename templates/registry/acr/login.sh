#!/bin/sh
# Logs docker in to an Azure container registry, for the rest of the job.
#
#   REGISTRY_HOST                          NAME.azurecr.io
#   AZURE_CLIENT_ID                        the application that the job signs in as
#   OIDC_TOKEN AZURE_TENANT_ID             the token of the CI system, and the tenant of the application
#   AZURE_CLIENT_SECRET                    without OIDC_TOKEN: a stored secret
#   DOCKER_CONFIG                          optional: docker's own variable, the folder where it keeps the login
#
# Needs docker, and curl for OIDC, which it adds where it is root of an Alpine Linux.
set -eu
: "${REGISTRY_HOST:?}" "${AZURE_CLIENT_ID:?}"

# By pipes: an argument would be in the list of processes.
if [ -z "${OIDC_TOKEN:-}" ]; then
  : "${AZURE_CLIENT_SECRET:?neither OIDC_TOKEN nor AZURE_CLIENT_SECRET is set}"
  printf '%s' "${AZURE_CLIENT_SECRET}" |
    docker login --username "${AZURE_CLIENT_ID}" --password-stdin "${REGISTRY_HOST}"
  exit
fi
if ! command -v curl >/dev/null; then
  apk add --quiet --no-cache curl
fi

# ask URL: posts what is on the input, and prints the answer.
ask() {
  curl --fail --silent --show-error --retry 3 --data @- "$1"
}

# field NAME: prints the text under this name in the JSON on the input.
field() {
  sed -n 's/.*"'"$1"'" *: *"\([^"]*\)".*/\1/p'
}

kind=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer
scope=https%3A%2F%2Fcontainerregistry.azure.net%2F.default
answer=$(printf 'grant_type=client_credentials&client_id=%s&scope=%s&client_assertion_type=%s&client_assertion=%s' \
  "${AZURE_CLIENT_ID}" "${scope}" "${kind}" "${OIDC_TOKEN}" |
  ask "https://login.microsoftonline.com/${AZURE_TENANT_ID:?}/oauth2/v2.0/token")
token=$(printf '%s\n' "${answer}" | field access_token)
: "${token:?Azure gave no token}"
answer=$(printf 'grant_type=access_token&service=%s&tenant=%s&access_token=%s' \
  "${REGISTRY_HOST}" "${AZURE_TENANT_ID}" "${token}" |
  ask "https://${REGISTRY_HOST}/oauth2/exchange")
token=$(printf '%s\n' "${answer}" | field refresh_token)
: "${token:?the registry gave no token}"
# The name that the registry knows a token by.
printf '%s' "${token}" |
  docker login --username 00000000-0000-0000-0000-000000000000 --password-stdin "${REGISTRY_HOST}"
