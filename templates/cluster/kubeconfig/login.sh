#!/bin/sh
# Connects kubectl to a cluster by a kubeconfig, for the rest of the job.
#
#   KUBECONFIG_BASE64   the kubeconfig, in base64
#   KUBE_CONTEXT        optional: the context to use, instead of its current one
#   KUBECTL_VERSION     optional: release to install when the job's image has none
#   TOOLS               optional: folder for it, default ~/.gitopsgen/bin
#   KUBECONFIG          optional: kubectl's own variable, the file that is written; default ~/.kube/config
set -eu
umask 077
: "${KUBECONFIG_BASE64:?}"

tools=${TOOLS:-${HOME}/.gitopsgen/bin}
PATH=${tools}:${PATH}
export PATH
file=${KUBECONFIG:-${HOME}/.kube/config}
mkdir -p "$(dirname "${file}")" "${tools}"
# A new file, so that it has our rights and not those of one that was there.
rm -f "${file}"
printf '%s' "${KUBECONFIG_BASE64}" | base64 -d >"${file}"

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
if [ -n "${KUBE_CONTEXT:-}" ]; then
  kubectl config use-context "${KUBE_CONTEXT}" >/dev/null
fi
