#!/bin/sh
# copier, as its documents say: a template with tags in git, a clean project in git, conflicts inline.
# shellcheck source-path=SCRIPTDIR source=story.sh
. "$(dirname -- "$0")/story.sh"

copier=$peers/python/bin/copier

tool_first() {
  mkdir -p "$template/template"
  {
    echo "_subdirectory: template"
    [ "$declared" = no ] || echo "_skip_if_exists: [$IMAGE]"
    echo "name: {type: str, default: storefront}"
  } >"$template/copier.yml"
  echo '{{ _copier_answers|to_nice_yaml }}' >"$template/template/{{_copier_conf.answers_file}}.jinja"
  git -C "$template" init --quiet
  tool_publish
  "$copier" copy --defaults "$template" "$project"
}

tool_publish() {
  find "$template/template" -mindepth 1 ! -name '*.jinja' -delete
  cp -R "$tree/." "$template/template/"
  git -C "$template" add --all
  git -C "$template" commit --quiet --message "next"
  git -C "$template" tag "$(git -C "$template" rev-list --count HEAD).0.0"
}

tool_again() {
  "$copier" update --defaults
}

tool_check() {
  "$copier" check-update >&2 && echo "check-update exits 0" || echo "check-update exits $?"
}

tool_kill_env() {
  echo "export PYTHONPATH='$here/kill'"
}

tool_settle() {
  :
}

story "$@"
