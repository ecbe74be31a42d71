#!/bin/sh
# Runs git for a command that talks to the remote, with the token in GIT_TOKEN when there is one.
#
#   git-remote.sh fetch|push|ls-remote ARGUMENT...
#
# GIT_TOKEN  optional; GIT_USER (default x-access-token) goes with it
# REMOTE     optional, default origin
#
# The token reaches git by a credential helper that reads the environment, so it is in no argument, URL, file or log. Needs
# git 2.31 for GIT_CONFIG_COUNT.
set -eu

# A question for a password would hang the job.
GIT_TERMINAL_PROMPT=0
export GIT_TERMINAL_PROMPT

if [ -z "${GIT_TOKEN:-}" ]; then
  exec git "$@"
fi

url=$(git remote get-url "${REMOTE:-origin}")
case ${url} in
  https://* | http://*) ;;
  *)
    echo "git-remote: GIT_TOKEN is set, but the remote '${REMOTE:-origin}' has no https URL to use it for" >&2
    exit 2
    ;;
esac
authority=${url#*://}
authority=${authority%%/*}
server=${url%%://*}://${authority##*@}

# add_config KEY VALUE: like git -c, after what the caller has set in the same way.
count=${GIT_CONFIG_COUNT:-0}
add_config() {
  export "GIT_CONFIG_KEY_${count}=$1" "GIT_CONFIG_VALUE_${count}=$2"
  count=$((count + 1))
}

GIT_USER=${GIT_USER:-x-access-token}
export GIT_TOKEN GIT_USER
# The empty values drop other helpers, which might store the token, and the header in which a checkout step may have left
# another token. Only this server is given ours.
add_config "credential.${server}.helper" ''
# shellcheck disable=SC2016 # git runs the helper in a shell of its own: that one reads the variables
add_config "credential.${server}.helper" \
  '!f() { [ "$1" != get ] || printf "username=%s\npassword=%s\n" "${GIT_USER}" "${GIT_TOKEN}"; }; f'
add_config "http.${server}/.extraheader" ''
GIT_CONFIG_COUNT=${count}
export GIT_CONFIG_COUNT

exec git "$@"
