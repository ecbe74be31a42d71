#!/bin/sh
# May a deployment of revision NEW replace the one of revision RECORDED?
#
#   check-revision.sh NEW RECORDED
#
# Exit status: 0 yes; 2 this clone cannot tell; 3 no, RECORDED is newer.
# ALLOW_OLDER=1 always answers yes: it is how a person asks for a rollback.
set -eu

new=${1:?revision to deploy} recorded=${2:?revision recorded earlier}
remote=${REMOTE:-origin}

cannot_tell() {
  echo "check-revision: $1" >&2
  echo "  Fetch the whole history first (actions/checkout: fetch-depth 0; elsewhere: git fetch --unshallow)." >&2
  echo "  If that commit is gone for good (rewritten history), repeat with ALLOW_OLDER=1." >&2
  exit 2
}

if [ "${new}" = "${recorded}" ] || [ "${ALLOW_OLDER:-}" = 1 ]; then
  exit 0
fi

for revision in "${new}" "${recorded}"; do
  # A newer deployment can be of a commit that was pushed after this clone was made. Failing to fetch it is no error:
  # the next line has the answer.
  git cat-file -e "${revision}^{commit}" 2>/dev/null ||
    GIT_TERMINAL_PROMPT=0 git fetch --quiet --no-tags "${remote}" "${revision}" 2>/dev/null ||
    true
  git cat-file -e "${revision}^{commit}" 2>/dev/null ||
    cannot_tell "commit ${revision} is not in this clone, so its age is unknown."
done

if git merge-base --is-ancestor "${new}" "${recorded}"; then
  exit 3
fi
if git merge-base --is-ancestor "${recorded}" "${new}"; then
  exit 0
fi
# Two lines of history that do not meet, such as a hotfix branch: neither is older. In a shallow clone the place where they
# meet may only be cut off.
shallow=$(git rev-parse --is-shallow-repository)
if [ "${shallow}" = true ]; then
  cannot_tell "this clone is shallow, so the order of ${new} and ${recorded} is unknown."
fi
