#!/bin/sh
# Marks a pull request with a label, for the operator to make a preview of it: only now, when its image is there (pull mode).
#
#   PULL_REQUEST LABEL    the number, and the label
#   FORGE API REPOSITORY  as for propose.sh: github or gitlab
#   GIT_TOKEN             a token that may label pull requests
#
# Needs curl.
set -eu

fail() {
  echo "label: $1" >&2
  exit 1
}

case ${PULL_REQUEST:-} in
  '' | *[!0-9]*) fail "PULL_REQUEST must be a number: '${PULL_REQUEST:-}'" ;;
  *) ;;
esac
answer=$(mktemp)
trap 'rm -f "${answer}"' EXIT
# The token comes by a pipe, not as an argument. The label is a plain word, which the generator has checked.
case ${FORGE:-} in
  github)
    header="Authorization: Bearer ${GIT_TOKEN:?}"
    set -- --request POST --data "{\"labels\":[\"${LABEL:?}\"]}" "${API:?}/repos/${REPOSITORY:?}/issues/${PULL_REQUEST}/labels"
    ;;
  gitlab)
    header="PRIVATE-TOKEN: ${GIT_TOKEN:?}"
    project=$(printf '%s' "${REPOSITORY:?}" | sed 's|/|%2F|g')
    set -- --request PUT --data "add_labels=${LABEL:?}" "${API:?}/projects/${project}/merge_requests/${PULL_REQUEST}"
    ;;
  *)
    echo "Put the label ${LABEL:?} on pull request ${PULL_REQUEST}: this job does not know how on this host."
    exit 0
    ;;
esac
status=$(printf 'header = "%s"\n' "${header}" |
  curl --config - --silent --show-error --output "${answer}" --write-out '%{http_code}' "$@")
case ${status} in
  200 | 201) echo "Pull request ${PULL_REQUEST} has the label ${LABEL}." ;;
  *)
    cat "${answer}" >&2
    fail "the host answered ${status}. May the token label pull requests?"
    ;;
esac
