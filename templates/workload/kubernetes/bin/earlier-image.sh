#!/bin/sh
# Says which of the images that a cluster remembers is the one to go back to.
#
#   IMAGE          the image without a tag; others do not count
#   PRESENT        the revision that runs
#   REMEMBERED     the images that were deployed well: REVISION|IMAGE:TAG@DIGEST, one a line
#   TO_REVISION    optional: the revision to go back to, or how it begins; without it, the newest that is older than PRESENT
#
# Prints its line, nothing when there is none. Needs the history of the branch.
set -eu

chosen='' line=''
while IFS='|' read -r revision one; do
  case ${one} in
    "${IMAGE:?}:"*@sha256:*) ;;
    *) continue ;;
  esac
  if [ "${revision}" = "${PRESENT:?}" ]; then
    continue
  fi
  if [ -n "${TO_REVISION:-}" ]; then
    case ${revision} in
      "${TO_REVISION}"*) ;;
      *) continue ;;
    esac
  # What this clone does not know was not made from this branch, and is not older.
  elif ! git merge-base --is-ancestor "${revision}" "${PRESENT}" 2>/dev/null; then
    continue
  fi
  # The newest of the older ones is the one before.
  if [ -z "${chosen}" ] || git merge-base --is-ancestor "${chosen}" "${revision}" 2>/dev/null; then
    chosen=${revision} line="${revision}|${one}"
  fi
done <<EOF
${REMEMBERED:-}
EOF
[ -z "${line}" ] || printf '%s\n' "${line}"
