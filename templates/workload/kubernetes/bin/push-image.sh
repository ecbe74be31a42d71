#!/bin/sh
# Commits an image to a branch of the remote and pushes it, however many others push at the same time. Called by bump.sh,
# propose.sh and revert.sh, with the variables described there and
#
#   SUBJECT        first line of the commit message
#   PROPOSAL       optional: push to this branch instead, one commit ahead of BRANCH, in the place of an earlier proposal
#   PUSH_OPTIONS   optional: options of git push for a proposal, separated by blanks
#   EXPECTED_BLOB  optional: git's id of the image file to replace; when another one is recorded by now, give up
#
# Each attempt starts from what the remote has and makes the change anew, so there is never anything to merge. The commit is
# made beside the work tree: nothing in it is touched, and nothing in it but the image file can get into the commit.
set -eu
# Messages of git are read below.
LC_ALL=C
export LC_ALL

fail() {
  echo "push-image: $1" >&2
  exit 1
}

bin=$(dirname -- "$0")
subject=${SUBJECT:?first line of the commit message}
# set-image.sh refuses what is missing here.
image=${IMAGE:-}:${TAG:-}@${DIGEST:-}
where=$(sh "${bin}/target.sh")
remote=${where%%:*} prefix=${where#*:}
branch=${BRANCH:?the branch that the operator watches}
target=${PROPOSAL:-${branch}}
overlay=${OVERLAY:?the folder of the overlay}
overlay=${prefix}${overlay%/}
file=${overlay}/image/kustomization.yaml

export GIT_AUTHOR_NAME="${GIT_AUTHOR_NAME:-deploy-bot}" GIT_AUTHOR_EMAIL="${GIT_AUTHOR_EMAIL:-deploy-bot@noreply.invalid}"
export GIT_COMMITTER_NAME="${GIT_COMMITTER_NAME:-${GIT_AUTHOR_NAME}}"
export GIT_COMMITTER_EMAIL="${GIT_COMMITTER_EMAIL:-${GIT_AUTHOR_EMAIL}}"

temporary=$(mktemp -d)
trap 'rm -rf "${temporary}"' EXIT

# Sets base: the newest commit of the branch, and blob: its image file, empty if there is none.
fetch_branch() {
  REMOTE="${remote}" sh "${bin}/git-remote.sh" fetch --quiet --no-tags "${remote}" "refs/heads/${branch}"
  base=$(git rev-parse FETCH_HEAD)
  git cat-file -e "${base}:${overlay}/kustomization.yaml" 2>/dev/null ||
    fail "branch ${branch} has no ${overlay}/kustomization.yaml: push the generated files first"
  blob=$(git rev-parse --quiet --verify "${base}:${file}" || true)
}

# Sets before: the newest commit of the branch that is pushed to, empty if there is none yet, and proposed: the image file
# that it proposes.
fetch_target() {
  before=${base} proposed=
  [ -n "${PROPOSAL:-}" ] || return 0
  remote_head "${target}"
  before=${head}
  [ -n "${before}" ] || return 0
  REMOTE="${remote}" sh "${bin}/git-remote.sh" fetch --quiet --no-tags "${remote}" "refs/heads/${target}"
  before=$(git rev-parse FETCH_HEAD)
  proposed=$(git rev-parse --quiet --verify "${before}:${file}" || true)
}

# Sets head: the newest commit of a branch, empty if there is no such branch.
remote_head() {
  REMOTE="${remote}" sh "${bin}/git-remote.sh" ls-remote "${remote}" "refs/heads/$1" >"${temporary}/remote"
  read -r head _ <"${temporary}/remote" || head=
}

# make_change BLOB: sets new_blob: the image file in its place; ends the script when it is newer.
make_change() {
  rm -rf "${temporary}/image"
  mkdir "${temporary}/image"
  [ -z "$1" ] || git cat-file blob "$1" >"${temporary}/image/kustomization.yaml"
  status=0
  sh "${bin}/set-image.sh" "${temporary}" || status=$?
  case ${status} in
    0) ;;
    3) exit 0 ;; # someone deployed something newer meanwhile: our work is done
    *) exit "${status}" ;;
  esac
  new_blob=$(git hash-object -w "${temporary}/image/kustomization.yaml")
}

# Sets commit.
make_commit() {
  export GIT_INDEX_FILE="${temporary}/index"
  git read-tree "${base}"
  git update-index --add --cacheinfo "100644,${new_blob},${file}"
  # The other files are the remote's own: a partial clone need not have them.
  tree=$(git write-tree --missing-ok)
  unset GIT_INDEX_FILE
  # Unlike git commit, commit-tree signs only when told to.
  sign=$(git config --type=bool --get commit.gpgsign || true)
  if [ "${sign}" = true ]; then sign=-S; else sign=; fi
  commit=$(printf '%s\n\nImage: %s\nRevision: %s\n' "${subject}" "${image}" "${REVISION:-}" |
    git commit-tree ${sign:+"${sign}"} -p "${base}" "${tree}")
}

# Ends the script unless the push failed because others pushed: nothing else is cured by another attempt.
check_race() {
  remote_head "${target}"
  # While another push is being written, the branch has not moved yet, but is locked.
  if [ "${head}" != "${before}" ] || grep -q 'cannot lock ref\|failed to update ref' "${temporary}/push.log"; then
    return
  fi
  cat "${temporary}/push.log" >&2
  echo "push-image: the remote refused the push, although nobody else pushed to ${target} meanwhile." >&2
  echo "  If ${target} is protected, let the identity that pushes bypass the rule (a GitHub App or a deploy key can be" >&2
  echo "  on the bypass list), or record the image by a pull request. Otherwise check that it may write at all." >&2
  exit 1
}

attempts=${ATTEMPTS:-20}
attempt=1
while [ "${attempt}" -le "${attempts}" ]; do
  fetch_branch
  if [ -n "${EXPECTED_BLOB:-}" ] && [ "${blob}" != "${EXPECTED_BLOB}" ]; then
    fail "another image was recorded in ${file} meanwhile: look at it, and run this again if it is still right"
  fi
  fetch_target
  # A proposal may be newer than what is recorded.
  [ -z "${proposed}" ] || make_change "${proposed}"
  make_change "${blob}"
  if [ "${new_blob}" = "${blob}" ]; then
    echo "${file} on ${branch} records ${image} already."
    exit 0
  fi
  if [ "${new_blob}" = "${proposed}" ]; then
    echo "${image} is proposed already, on ${target}."
    exit 0
  fi
  make_commit
  set --
  if [ -n "${PROPOSAL:-}" ]; then
    # An earlier proposal is replaced, unless somebody has replaced it meanwhile.
    set -- "--force-with-lease=refs/heads/${target}:${before}"
    for option in ${PUSH_OPTIONS:-}; do
      set -- "$@" "--push-option=${option}"
    done
  fi
  if REMOTE="${remote}" sh "${bin}/git-remote.sh" push --quiet "$@" "${remote}" "${commit}:refs/heads/${target}" 2>"${temporary}/push.log"; then
    echo "Recorded ${image} in ${file} on ${target}: commit ${commit}."
    exit 0
  fi
  check_race
  # A random pause keeps those who lost together from meeting again.
  random=$(od -An -N1 -tu1 /dev/urandom)
  limit=$((attempt < 6 ? attempt : 6))
  sleep $((random % (limit + 1)))
  attempt=$((attempt + 1))
done
cat "${temporary}/push.log" >&2
fail "gave up after ${attempts} attempts: others push to ${target} all the time"
