#!/bin/sh
# projen, as its documents say: the template is a package with a project type, its files are managed and read-only, and
# what others write is a SampleFile. `projen` writes everything.
# shellcheck source-path=SCRIPTDIR source=story.sh
. "$(dirname -- "$0")/story.sh"

projen=$peers/node/node_modules/.bin/projen
as_person=$([ "$(id -u)" -ne 0 ] || echo "--require=$here/nobody.cjs")
NODE_OPTIONS=$as_person
export NODE_OPTIONS

tool_first() {
  git -C "$project" init --quiet
  cat >"$project/.projenrc.js" <<'TEXT'
const { Delivery } = require("delivery");
new Delivery({ name: "storefront" }).synth();
TEXT
  printf 'node_modules/\n' >"$project/.git/info/exclude"
  mkdir -p "$project/node_modules" "$template"
  ln -s "$peers/node/node_modules/projen" "$project/node_modules/projen"
  ln -s "$template" "$project/node_modules/delivery"
  ln -s "$peers/node/node_modules" "$work/node_modules"
  cp "$here/projen.cjs" "$template/index.js"
  [ "$declared" = no ] || echo "$IMAGE" >"$template/samples"
  tool_publish
  cd "$project"
  node .projenrc.js
}

tool_publish() {
  rm -rf "$template/files"
  cp -R "$tree" "$template/files"
}

tool_again() {
  "$projen"
}

# The check that projen's own workflows make: nothing may differ after a synth.
tool_check() {
  rm -rf "$work/checked"
  cp -pPR "$project" "$work/checked"
  cd "$work/checked"
  "$projen" >&2
  git diff --exit-code >&2 && echo "projen and git diff exit 0" || echo "projen and git diff exit $?"
}

tool_kill_env() {
  echo "export NODE_OPTIONS='$as_person --require=$here/kill/kill.cjs'"
}

tool_settle() {
  :
}

story "$@"
