#!/bin/sh
# cruft, as its documents say: a cookiecutter template in git, a clean project in git, no questions in a script.
# shellcheck source-path=SCRIPTDIR source=story.sh
. "$(dirname -- "$0")/story.sh"

cruft=$peers/python/bin/cruft

tool_first() {
  mkdir -p "$template/{{cookiecutter.name}}"
  echo '{"name": "storefront"}' >"$template/cookiecutter.json"
  git -C "$template" init --quiet
  tool_publish
  rmdir "$project"
  set -- create --no-input --output-dir "$work"
  [ "$declared" = no ] || set -- "$@" --skip "$IMAGE"
  "$cruft" "$@" "$template"
}

tool_publish() {
  find "$template/{{cookiecutter.name}}" -mindepth 1 -delete
  cp -R "$tree/." "$template/{{cookiecutter.name}}/"
  git -C "$template" add --all
  git -C "$template" commit --quiet --message "next"
}

tool_again() {
  "$cruft" update --skip-apply-ask
}

tool_check() {
  "$cruft" check >&2 && echo "check exits 0" || echo "check exits $?"
  "$cruft" diff --exit-code >&2 && echo "diff exits 0" || echo "diff exits $?"
}

tool_kill_env() {
  echo "export PYTHONPATH='$here/kill'"
}

tool_settle() {
  :
}

story "$@"
