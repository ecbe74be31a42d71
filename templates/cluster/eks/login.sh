#!/bin/sh
# Connects kubectl to an EKS cluster, for the rest of the job.
#
#   CLUSTER AWS_REGION                          the cluster
#   OIDC_TOKEN AWS_ROLE_ARN                     the token of the CI system, and the role that it is exchanged for
#   AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY     without OIDC_TOKEN: a stored access key
#   KUBECTL_VERSION                             optional: release to install when the job's image has none
#   TOOLS                                       optional: folder for it, default ~/.gitopsgen/bin
#   AWS_CONFIG_FILE KUBECONFIG                  optional: where the AWS CLI and kubectl keep what they know
#
# Needs the AWS CLI. Secrets are written to files that only the user of the job can read, never on a command line.
set -eu
umask 077

tools=${TOOLS:-${HOME}/.gitopsgen/bin}
PATH=${tools}:${PATH}
config=${AWS_CONFIG_FILE:-${HOME}/.aws/config}
mark='# Written by login-eks.sh.'
if [ -s "${config}" ] && ! grep -qxF "${mark}" "${config}"; then
  echo "login-eks.sh: ${config} is somebody's own; set AWS_CONFIG_FILE to a file of the job's" >&2
  exit 1
fi
mkdir -p "$(dirname "${config}")" "${tools}"
AWS_CONFIG_FILE=${config}
export PATH AWS_CONFIG_FILE
: "${CLUSTER:?}" "${AWS_REGION:?}"

if [ -n "${OIDC_TOKEN:-}" ]; then
  token=$(mktemp)
  trap 'rm -f "${token}"' EXIT
  printf '%s' "${OIDC_TOKEN}" >"${token}"
  # Once and for all: the token of the CI system ends sooner than a deployment may.
  # shellcheck disable=SC2016 # JMESPath, no variables
  session=$(aws sts assume-role-with-web-identity --region "${AWS_REGION}" --role-arn "${AWS_ROLE_ARN:?}" \
    --role-session-name gitopsgen --web-identity-token "file://${token}" --output text \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
  : "${session:?AWS gave no session}"
  tab=$(printf '\t')
  AWS_ACCESS_KEY_ID=${session%%"${tab}"*}
  session=${session#*"${tab}"}
  AWS_SECRET_ACCESS_KEY=${session%%"${tab}"*}
  AWS_SESSION_TOKEN=${session#*"${tab}"}
fi
: "${AWS_ACCESS_KEY_ID:?neither OIDC_TOKEN nor AWS_ACCESS_KEY_ID is set}" "${AWS_SECRET_ACCESS_KEY:?}"
rm -f "${config}"
{
  printf '%s\n[profile gitopsgen]\nregion = %s\n' "${mark}" "${AWS_REGION}"
  printf 'aws_access_key_id = %s\n' "${AWS_ACCESS_KEY_ID}"
  printf 'aws_secret_access_key = %s\n' "${AWS_SECRET_ACCESS_KEY}"
  if [ -n "${AWS_SESSION_TOKEN:-}" ]; then
    printf 'aws_session_token = %s\n' "${AWS_SESSION_TOKEN}"
  fi
} >"${config}"

if ! command -v kubectl >/dev/null; then
  case $(uname -m) in
    aarch64 | arm64) machine=arm64 ;;
    *) machine=amd64 ;;
  esac
  from=https://dl.k8s.io/release/${KUBECTL_VERSION:?}/bin/linux/${machine}/kubectl
  curl --fail --silent --show-error --location --retry 3 --output "${tools}/kubectl" "${from}"
  sum=$(curl --fail --silent --show-error --location --retry 3 "${from}.sha256")
  echo "${sum}  ${tools}/kubectl" | sha256sum -c - >/dev/null
  chmod 755 "${tools}/kubectl"
fi
# kubectl asks the AWS CLI for a token by this profile, whatever the environment of a later step holds.
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ROLE_ARN
aws eks update-kubeconfig --name "${CLUSTER}" --region "${AWS_REGION}" --profile gitopsgen >/dev/null
