#!/bin/sh
# Runs a command that finds secrets in files, as the build of the image has them. The files last as long as the command.
#
#   with-secrets.sh VARIABLE=PATH... COMMAND
#
# Each file holds the value of its variable, and only this user may read it. A file that is there already stays as it is, and is
# used; a variable without a value (pull requests of forks get no secrets) makes no file. COMMAND is one text for sh.
set -eu

if [ "$#" -eq 1 ]; then
  exec sh -ec "$1"
fi
variable=${1%%=*} path=${1#*=}
shift
eval "value=\${${variable}:-}"
if [ -n "${value}" ] && ! [ -e "${path}" ]; then
  mkdir -p "${path%/*}"
  trap 'rm -f "${path}"' EXIT
  trap 'exit 143' INT TERM
  (umask 077 && printf '%s\n' "${value}" >"${path}")
fi
# One file at a time: the rest is for the next call.
sh "$0" "$@"
