#!/bin/sh
# Records a freshly built image in git, for the operator in the cluster to sync (pull mode). Does nothing when it is recorded
# already, or when a newer one is.
#
#   ENVIRONMENT APP                what the commit message names
#   OVERLAY                        folder of the environment's overlay, seen from the working directory
#   IMAGE DIGEST REVISION          the image, and the full id of the commit it was built from
#   TAG                            optional, default sha-REVISION
#   BRANCH                         the branch that the operator watches
#   REMOTE                         optional, default origin
#   CONFIG_URL CONFIG_FOLDER       optional: another repository that records the images, and the app's folder in it
#   GIT_TOKEN GIT_USER             optional: see git-remote.sh
#   GIT_AUTHOR_NAME and so on      optional: git's own variables
#   ALLOW_OLDER=1                  optional: replace a newer revision
#
# Needs the history of BRANCH (actions/checkout: fetch-depth 0).
set -eu

bin=$(dirname -- "$0")
# [skip ci] is one of the guards against a loop of builds that record images that start builds.
TAG=${TAG:-sha-${REVISION:?}}
SUBJECT="deploy(${ENVIRONMENT:?}): ${APP:?} ${TAG} [skip ci]"
# What propose.sh is for.
unset PROPOSAL
export SUBJECT IMAGE DIGEST REVISION TAG
exec sh "${bin}/push-image.sh"
