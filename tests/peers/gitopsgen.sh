#!/bin/sh
# gitopsgen, as its documents say: the template is the repository's own packs and overrides in .gitopsgen/templates.
# shellcheck source-path=SCRIPTDIR source=story.sh
. "$(dirname -- "$0")/story.sh"

gitopsgen=${GITOPSGEN:-$here/../../.venv/bin/gitopsgen}

tool_first() {
  git -C "$project" init --quiet
  cat >"$project/gitopsgen.yaml" <<'TEXT'
apiVersion: gitopsgen/v1
name: storefront
mode: pull
image: docker.io/acme/storefront
repository: https://github.com/acme/storefront.git
runtime: story
port: 3000
TEXT
  tool_publish
  cd "$project"
  tool_again
}

tool_publish() {
  rm -rf "$template"
  runtime=$template/runtime/story
  mkdir -p "$runtime" "$template/ci/github-actions" "$template/workload/kubernetes/base" "$template/workload/kubernetes/overlay"
  cp "$tree/$WORKFLOW" "$template/ci/github-actions/workflow.yaml"
  cp "$tree/$DEPLOYMENT" "$template/workload/kubernetes/base/deployment.yaml"
  cp "$tree/$IMAGE" "$template/workload/kubernetes/overlay/image.yaml"
  cp "$tree/$DOCKERFILE" "$runtime/Dockerfile"
  cat >"$runtime/pack.yaml" <<'TEXT'
kind: runtime
name: story
title: Story
summary: the runtime of the story
defaults:
  test: {value: npm test, because: the story says so}
files:
  - {path: Dockerfile, template: Dockerfile, language: dockerfile}
TEXT
  for file in "$COMPOSE" "$HADOLINT"; do
    [ -f "$tree/$file" ] || continue
    cp "$tree/$file" "$runtime/${file#.}"
    echo "  - {path: $file, template: ${file#.}, language: yaml}" >>"$runtime/pack.yaml"
  done
}

# The new version arrives as a change of files of the repository, then it is generated.
tool_again() {
  if ! diff -r -q "$template" .gitopsgen/templates >/dev/null 2>&1; then
    rm -rf .gitopsgen/templates
    mkdir -p .gitopsgen
    cp -R "$template" .gitopsgen/templates
  fi
  "$gitopsgen" generate
}

tool_check() {
  "$gitopsgen" check --full >&2 && echo "check --full exits 0" || echo "check --full exits $?"
}

tool_kill_env() {
  echo "export PYTHONPATH='$here/kill'"
}

tool_settle() {
  case $1 in
    edited | same-line | guard) set -- adopt "$DEPLOYMENT" ;;
    recorded-same-line) set -- adopt --refresh "$DEPLOYMENT" ;;
    deleted*) set -- eject "$COMPOSE" ;;
    orphan-edited) set -- eject "$COMPOSE" ;;
    foreign) set -- eject "$HADOLINT" ;;
  esac
  case $2 in
    --*) echo "\`$1 $2\`" ;;
    *) echo "\`$1\`" ;;
  esac
  "$gitopsgen" "$@" >&2
  [ "$1" = generate ] || "$gitopsgen" generate >&2
}

story "$@"
