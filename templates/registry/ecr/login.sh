#!/bin/sh
# Logs docker in to an Amazon container registry, for twelve hours.
#
#   REGISTRY_HOST                               ACCOUNT.dkr.ecr.REGION.amazonaws.com
#   OIDC_TOKEN AWS_ROLE_ARN                     the token of the CI system, and the role that it is exchanged for
#   AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY     without OIDC_TOKEN: a stored access key
#   DOCKER_CONFIG                               optional: docker's own variable, the folder where it keeps the login
#
# Needs docker and the AWS CLI, which it adds where it is root of an Alpine Linux.
set -eu
umask 077

region=${REGISTRY_HOST:?}
region=${region#*.dkr.ecr.}
region=${region%%.*}
if ! command -v aws >/dev/null; then
  apk add --quiet --no-cache aws-cli
fi
if [ -n "${OIDC_TOKEN:-}" ]; then
  token=$(mktemp)
  trap 'rm -f "${token}"' EXIT
  printf '%s' "${OIDC_TOKEN}" >"${token}"
  # The AWS CLI exchanges the token by itself. A key that is there would win.
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  AWS_WEB_IDENTITY_TOKEN_FILE=${token}
  AWS_ROLE_SESSION_NAME=gitopsgen
  : "${AWS_ROLE_ARN:?}"
  export AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_SESSION_NAME
else
  : "${AWS_ACCESS_KEY_ID:?neither OIDC_TOKEN nor AWS_ACCESS_KEY_ID is set}" "${AWS_SECRET_ACCESS_KEY:?}"
fi
password=$(aws ecr get-login-password --region "${region}")
# By a pipe: an argument would be in the list of processes.
printf '%s' "${password}" | docker login --username AWS --password-stdin "${REGISTRY_HOST}"
