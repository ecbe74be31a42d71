#!/bin/sh
# Logs docker in to a registry by user and password, for the rest of the job.
#
#   REGISTRY_HOST                    the host in front of the image's name
#   REGISTRY_USER REGISTRY_PASSWORD  who pushes; the password is best a token that may do nothing else
#   DOCKER_CONFIG                    optional: docker's own variable, the folder where it keeps the login
set -eu

: "${REGISTRY_HOST:?}" "${REGISTRY_USER:?}" "${REGISTRY_PASSWORD:?}"
# By a pipe: an argument would be in the list of processes.
printf '%s' "${REGISTRY_PASSWORD}" | docker login --username "${REGISTRY_USER}" --password-stdin "${REGISTRY_HOST}"
