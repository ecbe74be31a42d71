#!/bin/sh
# Proposes an image for an environment by a pull request (pull mode): it is recorded when a person merges it. A later image
# takes the place of an earlier one in the same pull request.
#
#   ENVIRONMENT APP OVERLAY IMAGE DIGEST REVISION TAG BRANCH REMOTE CONFIG_URL CONFIG_FOLDER    as for bump.sh
#   PROPOSAL                   the branch of the pull request
#   FORGE                      what the host of the repository is: github, gitlab, or empty: then a person opens it
#   API REPOSITORY             for github: URL of its API, and owner/name of the repository that is pushed to
#   GIT_TOKEN GIT_USER         see git-remote.sh; for github the token may open pull requests too, and curl is needed
#
# Needs the history of BRANCH (actions/checkout: fetch-depth 0).
set -eu

fail() {
  echo "propose: $1" >&2
  exit 1
}

bin=$(dirname -- "$0")
TAG=${TAG:-sha-${REVISION:?}}
# No [skip ci]: the checks of the pull request must run.
SUBJECT="deploy(${ENVIRONMENT:?}): ${APP:?} ${TAG}"
PUSH_OPTIONS=
case ${FORGE:-} in
  github) : "${API:?}" "${REPOSITORY:?}" "${GIT_TOKEN:?}" ;;
  gitlab) PUSH_OPTIONS="merge_request.create merge_request.target=${BRANCH:?} merge_request.remove_source_branch" ;;
  *) ;;
esac
export SUBJECT PUSH_OPTIONS IMAGE DIGEST REVISION TAG PROPOSAL="${PROPOSAL:?branch of the pull request}"
sh "${bin}/push-image.sh"

where=$(sh "${bin}/target.sh")
remote=${where%%:*}
REMOTE="${remote}" sh "${bin}/git-remote.sh" fetch --quiet --no-tags "${remote}" "refs/heads/${BRANCH}"
base=$(git rev-parse FETCH_HEAD)
REMOTE="${remote}" sh "${bin}/git-remote.sh" fetch --quiet --no-tags "${remote}" "refs/heads/${PROPOSAL}" 2>/dev/null || exit 0
if git merge-base --is-ancestor FETCH_HEAD "${base}"; then
  exit 0 # merged: nothing is left to be opened
fi

case ${FORGE:-} in
  github) ;;
  gitlab) exit 0 ;;
  *)
    echo "Open a pull request from ${PROPOSAL} to ${BRANCH}: this job does not know how on this host."
    exit 0
    ;;
esac

answer=$(mktemp)
trap 'rm -f "${answer}"' EXIT
# Names and branches are plain words, which the generator has checked. The token comes by a pipe, not as an argument.
status=$(printf 'header = "Authorization: Bearer %s"\n' "${GIT_TOKEN}" |
  curl --config - --silent --show-error --output "${answer}" --write-out '%{http_code}' \
    --header 'Accept: application/vnd.github+json' \
    --data "{\"title\":\"Deploy ${APP} to ${ENVIRONMENT}\",\"head\":\"${PROPOSAL}\",\"base\":\"${BRANCH}\"}" \
    "${API}/repos/${REPOSITORY}/pulls")
case ${status} in
  201) echo "Opened a pull request from ${PROPOSAL} to ${BRANCH}." ;;
  422)
    grep -q 'already exists' "${answer}" || {
      cat "${answer}" >&2
      fail "the host refused the pull request"
    }
    echo "The pull request from ${PROPOSAL} to ${BRANCH} has the new image."
    ;;
  *)
    cat "${answer}" >&2
    fail "the host answered ${status}. May the token open pull requests? (GitHub: Settings, Actions, General, Workflow
permissions: allow GitHub Actions to create and approve pull requests)"
    ;;
esac
