# One story for every tool, read by copier.sh, cruft.sh, projen.sh and gitopsgen.sh.
#
# A tool's script says how it is set up and run:
#   tool_first       generate $project for the first time from the small tree in $tree (version 1 of the template)
#   tool_publish     make what $tree holds now the next version of the template
#   tool_again       bring $project to the newest version; its output goes to the terminal, its exit code is returned
#   tool_check       run the checks that the tool has for CI in $project, print what each exits with
#   tool_kill_env    print the environment that stops the tool at a write, see kill/
#   tool_settle CELL a cell's way out after a refusal, in the words of the tool's message; prints what it did
# and calls `story "$@"`. Without a cell all are told.
#
# A cell prints `cell: outcome`, then its evidence. The outcome is found out from the disk and the exit code alone.
set -eu

CELLS="edited same-line recorded recorded-same-line deleted deleted-changed orphan orphan-edited foreign tag tag-plain tag-moved
guard crash diverged stale rerun"
DOCKERFILE=Dockerfile
COMPOSE=compose.yaml
HADOLINT=.hadolint.yaml
WORKFLOW=.github/workflows/storefront.yaml
DEPLOYMENT=k8s/base/deployment.yaml
IMAGE=k8s/overlays/production/image/kustomization.yaml

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck disable=SC2034  # read by the script of each tool
peers=$here/../../.tools/peers
# In memory where that can be: a disk would be most of the time.
if [ -d /dev/shm ] && [ -w /dev/shm ]; then
  TMPDIR=/dev/shm
  export TMPDIR
fi
work=$(CDPATH='' cd -- "$(mktemp -d)" && pwd -P)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# What a killed tool leaves in its temporary folders goes with all the rest.
mkdir "$work/tmp"
TMPDIR=$work/tmp
export TMPDIR
tree=$work/tree
project=$work/storefront
template=$work/template
declared=yes
code=0

# Nobody's own settings take part: not of git, not of the tools.
HOME=$work/home
XDG_CONFIG_HOME=$HOME/.config
GIT_CONFIG_GLOBAL=$HOME/.gitconfig
GIT_CONFIG_NOSYSTEM=1
NO_COLOR=1
export HOME XDG_CONFIG_HOME GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM NO_COLOR
mkdir -p "$HOME"
git config --global user.name story
git config --global user.email story@example.com
git config --global init.defaultBranch main
git config --global commit.gpgsign false
git config --global advice.detachedHead false
git config --global gc.auto 0

small_tree() {
  mkdir -p "$tree/.github/workflows" "$tree/k8s/base" "$tree/k8s/overlays/production/image"
  cat >"$tree/$DOCKERFILE" <<'TEXT'
# syntax=docker/dockerfile:1
FROM node:26.7.0-trixie-slim
ENV NODE_ENV=production
WORKDIR /app
COPY . .
RUN npm ci --omit=dev
USER 10001:10001
EXPOSE 3000
CMD ["node", "app.js"]
TEXT
  cat >"$tree/$COMPOSE" <<'TEXT'
---
services:
  storefront:
    build: .
    ports:
      - "3000:3000"
    environment:
      LOG_LEVEL: info
TEXT
  cat >"$tree/$WORKFLOW" <<'TEXT'
---
name: storefront

"on":
  push:
    branches: [main]
    paths-ignore:
      - gitopsgen.yaml
      - gitopsgen.lock
      - ".gitopsgen/**"
      - "k8s/**"
      - "argocd/**"

permissions: {}

jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    steps:
      - name: Install dependencies
        run: npm ci
      - name: Test
        run: npm test
TEXT
  cat >"$tree/$DEPLOYMENT" <<'TEXT'
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: storefront
  namespace: storefront
spec:
  replicas: 2
  minReadySeconds: 5
  selector:
    matchLabels:
      app.kubernetes.io/name: storefront
      app.kubernetes.io/instance: storefront
  template:
    metadata:
      labels:
        app.kubernetes.io/name: storefront
        app.kubernetes.io/instance: storefront
    spec:
      serviceAccountName: storefront
      containers:
        - name: storefront
          image: app-image:none
          ports:
            - name: http
              containerPort: 3000
          resources:
            requests:
              cpu: 100m
              memory: 256Mi
            limits:
              memory: 256Mi
      terminationGracePeriodSeconds: 40
TEXT
  cat >"$tree/$IMAGE" <<'TEXT'
---
# The deployed image.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
images:
  - name: app-image
    newName: docker.io/acme/storefront
    newTag: "none"
TEXT
}

# change FILE FROM TO: replace one text in a file; a text that is not there is a mistake of the story.
change() {
  grep -qF -- "$2" "$1" || { echo "story: no '$2' in $1" >&2; exit 2; }
  chmod u+w "$1"
  sed "s|$2|$3|" "$1" >"$work/changed"
  cat "$work/changed" >"$1"
}

publish() {
  change "$tree/$DOCKERFILE" 'ENV NODE_ENV=production' 'ENV NODE_ENV=production NPM_CONFIG_UPDATE_NOTIFIER=false'
  tool_publish
}

# listed: lines into one line.
listed() {
  paste -s -d '|' - | sed 's/|/, /g'
}

commit() {
  git -C "$project" add --all
  git -C "$project" commit --quiet --allow-empty --message "$1"
}

again() {
  code=0
  (cd "$project" && tool_again) >"$work/log" 2>&1 || code=$?
}

has() {
  [ -f "$project/$1" ] && grep -qF -- "$2" "$project/$1"
}

# elsewhere TEXT: a file of the project that is not in the list of outputs and holds the text.
elsewhere() {
  (cd "$project" && find . -path ./.git -prune -o -type f -exec grep -lF -- "$1" {} + 2>/dev/null | sed -n '1s|^\./||p')
}

# text FILE MINE THEIRS: what became of a person's text and of the template's new one.
text() {
  if [ -f "$project/$1" ] && grep -q '^<<<<<<<' "$project/$1"; then
    echo "conflict markers in the file, exit $code"
  elif [ -e "$project/$1.rej" ]; then
    has "$1" "$2" && kept=kept || kept=lost
    echo "edit $kept, the change in a .rej file, exit $code"
  elif has "$1" "$2" && has "$1" "$3"; then
    echo "merged"
  elif has "$1" "$2" && [ "$code" -ne 0 ]; then
    echo "refused, exit $code, edit kept"
  elif has "$1" "$2"; then
    echo "edit kept, the change does not arrive, exit $code"
  elif [ -n "$(elsewhere "$2")" ]; then
    echo "edit kept aside in $(dirname "$(elsewhere "$2")" | cut -d / -f 1-2), exit $code"
  else
    echo "edit overwritten, exit $code"
  fi
}

# presence FILE KEPT GONE: which of two words fits what is there.
presence() {
  [ -e "$project/$1" ] && found=$2 || found=$3
  [ "$code" -eq 0 ] && echo "$found" || echo "refused, exit $code, $found"
}

# settled CELL JUDGE...: judge; after a refusal take the tool's way out and judge again.
settled() {
  cell=$1
  shift
  outcome=$("$@")
  cp "$work/log" "$work/log.first"
  case $outcome in
    refused*)
      code=0
      way=$(cd "$project" && tool_settle "$cell" 2>"$work/settle.log") || code=$?
      [ -z "$way" ] || outcome="$outcome; then $way: $("$@")"
      ;;
  esac
  tell "$cell" "$before$outcome" "$work/log.first"
}

tell() {
  printf '%s: %s\n' "$1" "$2"
  {
    echo "exit $code"
    head -n 8 "$3"
    if [ -s "$work/settle.log" ]; then
      echo "and then"
      head -n 4 "$work/settle.log"
    fi
    git -C "$project" status --short
  } | sed 's/^/    | /'
}

cell_edited() {
  change "$project/$DEPLOYMENT" 'replicas: 2' 'replicas: 7'
  commit "an edit by hand"
  change "$tree/$DEPLOYMENT" 'terminationGracePeriodSeconds: 40' 'terminationGracePeriodSeconds: 60'
  publish
  again
  settled edited text "$DEPLOYMENT" 'replicas: 7' 'terminationGracePeriodSeconds: 60'
}

cell_same_line() {
  change "$project/$DEPLOYMENT" 'replicas: 2' 'replicas: 7'
  commit "an edit by hand"
  change "$tree/$DEPLOYMENT" 'replicas: 2' 'replicas: 3'
  publish
  again
  settled same-line text "$DEPLOYMENT" 'replicas: 7' 'replicas: 3'
}

# The same, but the edit was made known in the way of the tool, as soon as it was there.
cell_recorded() {
  change "$project/$DEPLOYMENT" 'replicas: 2' 'replicas: 7'
  (cd "$project" && tool_settle guard) >"$work/log" 2>&1
  commit "an edit by hand"
  change "$tree/$DEPLOYMENT" 'terminationGracePeriodSeconds: 40' 'terminationGracePeriodSeconds: 60'
  publish
  again
  settled recorded text "$DEPLOYMENT" 'replicas: 7' 'terminationGracePeriodSeconds: 60'
}

cell_recorded_same_line() {
  change "$project/$DEPLOYMENT" 'replicas: 2' 'replicas: 7'
  (cd "$project" && tool_settle guard) >"$work/log" 2>&1
  commit "an edit by hand"
  change "$tree/$DEPLOYMENT" 'replicas: 2' 'replicas: 3'
  publish
  again
  settled recorded-same-line text "$DEPLOYMENT" 'replicas: 7' 'replicas: 3'
}

cell_deleted() {
  rm -f "$project/$COMPOSE"
  commit "not wanted here"
  publish
  again
  settled deleted presence "$COMPOSE" "written again" "stays deleted"
}

cell_deleted_changed() {
  rm -f "$project/$COMPOSE"
  commit "not wanted here"
  change "$tree/$COMPOSE" 'LOG_LEVEL: info' 'LOG_LEVEL: warn'
  publish
  again
  settled deleted-changed presence "$COMPOSE" "written again" "stays deleted"
}

cell_orphan() {
  rm "$tree/$COMPOSE"
  publish
  again
  settled orphan presence "$COMPOSE" "left behind" "removed"
}

edited_orphan() {
  if has "$COMPOSE" 'LOG_LEVEL: debug'; then
    presence "$COMPOSE" "kept" "-"
  elif [ -n "$(elsewhere 'LOG_LEVEL: debug')" ]; then
    presence "$COMPOSE" "-" "removed, edit put aside"
  else
    presence "$COMPOSE" "edit overwritten" "removed with the edit"
  fi
}

cell_orphan_edited() {
  change "$project/$COMPOSE" 'LOG_LEVEL: info' 'LOG_LEVEL: debug'
  commit "an edit by hand"
  rm "$tree/$COMPOSE"
  publish
  again
  settled orphan-edited edited_orphan
}

cell_foreign() {
  printf -- '---\n# ours\nignored: [DL3008]\n' >"$project/$HADOLINT"
  commit "a file of our own"
  printf -- '---\n# template\nfailure-threshold: warning\n' >"$tree/$HADOLINT"
  publish
  again
  settled foreign text "$HADOLINT" '# ours' '# template'
}

# tagged CELL FROM TO: CI has recorded an image; the next template changes another line of that file.
tagged() {
  change "$project/$IMAGE" 'newTag: "none"' 'newTag: "sha-4711"'
  commit "CI records an image"
  change "$tree/$IMAGE" "$2" "$3"
  publish
  again
  settled "$1" tag "$3"
}

tag() {
  text "$IMAGE" 'newTag: "sha-4711"' "$1" | sed 's/^edit kept/tag kept/; s/^edit overwritten/tag set back/'
}

cell_tag() {
  tagged tag '# The deployed image.' '# The deployed image, written by CI.'
}

cell_tag_plain() {
  tagged tag-plain '# The deployed image.' '# The deployed image, written by CI.'
}

cell_tag_moved() {
  tagged tag-moved 'docker.io/acme/storefront' 'ghcr.io/acme/storefront'
}

# Which version the three files that change are of: old, new or mixed.
version() {
  old=0 new=0
  for file in "$DOCKERFILE" "$WORKFLOW" "$DEPLOYMENT"; do
    if [ -f "$project/$file" ] && cmp -s "$project/$file" "$work/new/$file"; then
      new=$((new + 1))
    elif [ -f "$project/$file" ] && cmp -s "$project/$file" "$work/v1/storefront/$file"; then
      old=$((old + 1))
    fi
  done
  case $old-$new in
    3-0) echo old ;;
    0-3) echo new ;;
    *) echo mixed ;;
  esac
}

wide_change() {
  change "$tree/$WORKFLOW" 'timeout-minutes: 15' 'timeout-minutes: 20'
  change "$tree/$DEPLOYMENT" 'terminationGracePeriodSeconds: 40' 'terminationGracePeriodSeconds: 60'
  publish
}

keep_as_new() {
  rm -rf "$work/new"
  cp -pPR "$project" "$work/new"
}

project_back() {
  rm -rf "$project"
  cp -pPR "$work/v1/storefront" "$project"
}

killed_at() {
  code=0
  (
    cd "$project"
    export PEERS_KILL_BELOW="$project" PEERS_KILL_AT="$1" PEERS_KILL_COUNT="$work/count"
    eval "$(tool_kill_env)"
    tool_again
  ) >"$work/log.killed" 2>&1 || code=$?
}

cell_crash() {
  wide_change
  rm -f "$work/count"
  killed_at 0
  [ "$code" -eq 0 ] && [ -s "$work/count" ] || { cat "$work/log.killed" >&2; exit 2; }
  keep_as_new
  writes=$(cat "$work/count")
  : >"$work/points"
  last=0
  for part in 0 1 2 3 4 5; do
    point=$((1 + (writes - 1) * part / 5))
    [ "$point" -ne "$last" ] || continue
    last=$point
    project_back
    killed_at "$point"
    after=$(version)
    again
    end=$(version)
    if [ "$code" -ne 0 ]; then
      end="refused, exit $code, until git reset and clean"
      git -C "$project" reset --quiet --hard
      git -C "$project" clean --quiet --force -d
      again
      [ "$(version)" = new ] || end="$end, then $(version)"
    fi
    [ "$(version)" != new ] || diff -r -q -x .git "$project" "$work/new" >/dev/null || end="$end with leftovers"
    echo "killed before write $point of $writes: $after, run again: $end" >>"$work/points"
  done
  left=$(for state in old mixed new; do grep -o ": $state, run" "$work/points" | sort -u | grep -o '[a-z]*, ' | tr -d ', '; done)
  ends=$(sed 's/.*run again: //' "$work/points" | sort -u | paste -s -d / - | sed 's|/| or |g')
  tell crash "left $(echo "$left" | listed); run again: $ends" "$work/points"
}

cell_diverged() {
  git -C "$project" checkout --quiet -b one
  publish
  again
  commit "version 2"
  git -C "$project" checkout --quiet -b two main
  change "$tree/$DOCKERFILE" 'EXPOSE 3000' 'EXPOSE 8080'
  change "$tree/$WORKFLOW" 'timeout-minutes: 15' 'timeout-minutes: 20'
  tool_publish
  again
  commit "version 3"
  keep_as_new
  git -C "$project" merge --quiet one >"$work/merge" 2>&1 || true
  clash=$(git -C "$project" diff --name-only --diff-filter=U)
  # What git cannot merge is taken from the branch with the newer version, as people do.
  for file in $clash; do
    git -C "$project" checkout --quiet --ours -- "$file"
  done
  commit "merged"
  again
  if diff -r -q -x .git "$project" "$work/new" >/dev/null; then end="as version 3"; else end="differs"; fi
  how="merges"
  [ -z "$clash" ] || how="git conflict in $(echo "$clash" | listed)"
  [ "$code" -eq 0 ] || end="$end, exit $code"
  tell diverged "$how; run again: $end" "$work/log"
}

cell_stale() {
  wide_change
  again
  commit "version 2"
  keep_as_new
  git -C "$project" checkout --quiet HEAD~1 -- "$DEPLOYMENT"
  commit "a merge that took the old side of one file"
  check
  before="$checked, "
  again
  settled stale stale_file
}

stale_file() {
  if cmp -s "$project/$DEPLOYMENT" "$work/new/$DEPLOYMENT"; then found="brought up to date"; else found="stays old"; fi
  [ "$code" -eq 0 ] || found="refused, exit $code, $found"
  echo "$found"
}

check() {
  checked=$(cd "$project" && tool_check 2>"$work/log" | listed)
}

# What the tool's checks say of an edit by hand, before and after the tool's way to accept it.
cell_guard() {
  change "$project/$DEPLOYMENT" 'replicas: 2' 'replicas: 7'
  commit "an edit by hand"
  check
  outcome=$checked
  cp "$work/log" "$work/log.first"
  way=$(cd "$project" && tool_settle guard 2>"$work/settle.log") || way="$way, exit $?"
  if [ -n "$way" ]; then
    check
    outcome="$outcome; then $way: $checked"
  fi
  tell guard "$outcome" "$work/log.first"
}

cell_rerun() {
  sleep 1
  touch "$work/before"
  sleep 1
  again
  touched=$(cd "$project" && find . -path ./.git -prune -o -type f -newer "$work/before" -print | sed 's|^\./||' | sort)
  changed=$(git -C "$project" status --porcelain)
  outcome="nothing touched"
  [ -z "$touched" ] || outcome="same bytes, written anew: $(echo "$touched" | listed)"
  [ -z "$changed" ] || outcome="changed: $(echo "$changed" | listed)"
  [ "$code" -eq 0 ] || outcome="$outcome, exit $code"
  tell rerun "$outcome" "$work/log"
}

# begin: version 1 of everything; made once, then copied back for each cell.
begin() {
  if [ ! -d "$work/v1-$declared" ]; then
    rm -rf "$tree" "$project" "$template"
    small_tree
    mkdir -p "$project"
    tool_first >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 2; }
    [ -d "$project/.git" ] || git -C "$project" init --quiet
    commit "version 1"
    mkdir "$work/v1-$declared"
    for folder in tree storefront template; do
      [ ! -e "$work/$folder" ] || cp -pPR "$work/$folder" "$work/v1-$declared/"
    done
  fi
  rm -rf "$tree" "$project" "$template" "$work/v1"
  cp -pPR "$work/v1-$declared/." "$work/"
  ln -s "v1-$declared" "$work/v1"
}

story() {
  # shellcheck disable=SC2086  # a list of words
  [ $# -gt 0 ] || set -- $CELLS
  for cell in "$@"; do
    case $cell in
      tag-*) declared=no ;;
      *) declared=yes ;;
    esac
    code=0
    before=""
    rm -f "$work/settle.log"
    begin
    "cell_$(echo "$cell" | tr - _)"
  done
}
