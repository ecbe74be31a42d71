#!/bin/sh
# Deploys one image with kubectl and waits until it runs; brings the earlier version back when it does not (push mode).
#
#   APP                          name of the Deployment, and its label app.kubernetes.io/instance
#   NAMESPACE OVERLAY            where to, and the folder of the environment's overlay
#   IMAGE DIGEST REVISION        the image, and the full id of the commit it was built from
#   TAG                          optional, default sha-REVISION
#   TIMEOUT                      optional; without it a minute more than progressDeadlineSeconds, so that a failure has its reason
#   ALLOW_OLDER=1                optional: replace a newer revision, which is how a person rolls back
#   TOOLS                        optional: a folder of programs that the log-in has installed, default ~/.gitopsgen/bin
#   PRUNE_KINDS                  optional: see prune.sh
#
# Needs rights in the namespace only, and the history of the branch (actions/checkout: fetch-depth 0).
# Exit status: 0 it runs, or something newer does; 1 failed; 2 wrong input, or the age of what runs is unknown.
set -eu

bin=$(dirname -- "$0")
app=${APP:?name of the Deployment} namespace=${NAMESPACE:?} overlay=${OVERLAY:?folder of the overlay}
revision=${REVISION:?full id of the commit} TAG=${TAG:-sha-${REVISION}}
image=${IMAGE:?}:${TAG}@${DIGEST:?}
timeout=${TIMEOUT:-}
PATH=${TOOLS:-${HOME:-}/.gitopsgen/bin}:${PATH}
export PATH TAG

say() {
  echo "deploy: $1" >&2
}

fail() {
  say "$1"
  exit 1
}

# Prints the live Deployment, or nothing when there is none. Every other failure to look is an error, it must not pass for a
# first deployment.
live() {
  kubectl -n "${namespace}" get deployment "${app}" --ignore-not-found --output "$1" ||
    fail "cannot look at deployment ${app} in namespace ${namespace}. Is there such a namespace, and has this identity
rights in it? An administrator sets both up once: kubectl apply -f ${overlay}/namespace.yaml, and a role binding"
}

live_images() {
  live 'jsonpath={.spec.template.spec.containers[*].image}'
}

# The server counts the changes of an object.
live_generation() {
  live 'jsonpath={.metadata.generation}'
}

check_namespace() {
  # Rights in the namespace need not cover the namespace itself. When looking is forbidden, the next look-up decides.
  found=$(kubectl get namespace "${namespace}" --ignore-not-found --output name 2>/dev/null || echo unknown)
  [ -n "${found}" ] || fail "there is no namespace ${namespace}. An administrator creates it once, this identity needs no
right to: kubectl apply -f ${overlay}/namespace.yaml"
}

# Ends the script when something newer runs.
check_order() {
  deployed=$(live 'jsonpath={.metadata.annotations.gitopsgen\.dev/revision}')
  [ -n "${deployed}" ] || return 0
  status=0
  sh "${bin}/check-revision.sh" "${revision}" "${deployed}" || status=$?
  if [ "${status}" -eq 3 ]; then
    say "nothing to do: ${deployed} runs, which is newer than ${revision} (ALLOW_OLDER=1 deploys it all the same)"
    exit 0
  fi
  [ "${status}" -eq 0 ] || exit "${status}"
}

# A dry run by the server: what it refuses, it refuses before anything has changed.
show_changes() {
  status=0
  # A migration is a Job, which cannot be changed: migrate.sh makes it anew.
  kubectl -n "${namespace}" diff -k "${overlay}" --selector 'gitopsgen.dev/phase!=migration' || status=$?
  # 1 says that there are differences.
  [ "${status}" -le 1 ] || fail "the cluster does not accept ${overlay}; nothing was changed"
}

# Puts the Deployment back as it was before this run; ends the script. Not by kubectl rollout undo: that forgets what kubectl
# apply needs to know, so a field that the failed version had dropped would come back for good. The resource version goes, as
# the object has changed since.
roll_back() {
  [ -n "${before}" ] || fail "this was the first deployment: there is no earlier version to roll back to"
  after=$(live_generation)
  [ "${after}" != "${before}" ] ||
    fail "not rolled back: this run changed nothing, so an earlier version is not the cure"
  images=$(live_images)
  case " ${images} " in
    *" ${image} "*) ;;
    *) fail "not rolled back: someone else has deployed ${images} meanwhile" ;;
  esac
  say "rolling back"
  sed '/^ *"resourceVersion": "[0-9]*",$/d' "${saved}" | kubectl -n "${namespace}" replace -f -
  kubectl -n "${namespace}" rollout status "deployment/${app}" --timeout="${timeout}" ||
    fail "failed, and the earlier version does not become ready either"
  images=$(live_images)
  fail "failed and rolled back: ${images} runs again"
}

check_image() {
  images=$(live_images)
  case " ${images} " in
    *" ${image} "*) ;;
    *) fail "the rollout ended well, but ${images} runs and not ${image}: is app-image the Deployment's image?" ;;
  esac
}

check_namespace
check_order
# The cluster was asked just now; what the file in this checkout records does not matter.
ALLOW_OLDER=1 sh "${bin}/set-image.sh" "${overlay}"
show_changes
saved=$(mktemp)
trap 'rm -f "${saved}"' EXIT
live json >"${saved}"
before=$(live_generation)
sh "${bin}/migrate.sh" || fail "the migration failed; the earlier version still runs"
kubectl -n "${namespace}" apply -k "${overlay}" --selector 'gitopsgen.dev/phase!=migration'
if [ -z "${timeout}" ]; then
  deadline=$(live 'jsonpath={.spec.progressDeadlineSeconds}')
  timeout=$((deadline + 60))s
fi
if ! kubectl -n "${namespace}" rollout status "deployment/${app}" --timeout="${timeout}"; then
  say "deployment ${app} did not become ready"
  # An explanation that fails must not keep the earlier version from coming back.
  sh "${bin}/explain-pods.sh" >&2 || true
  roll_back
fi
check_image
# Its replica set gets the annotations too, so that the cluster remembers which images have run: see rollback.sh.
kubectl -n "${namespace}" annotate "deployment/${app}" --overwrite \
  "gitopsgen.dev/revision=${revision}" "gitopsgen.dev/image=${image}"
sh "${bin}/prune.sh"
say "${image} runs"
