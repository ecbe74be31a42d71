#!/bin/sh
# Prints what a person needs to see why the pods of a Deployment do not run: conditions, pods, containers, events, logs.
#
#   APP NAMESPACE    as for deploy.sh
#
# There is no set -e: a look-up that fails, or is forbidden, must not hide what the others show.
set -u

app=${APP:?} namespace=${NAMESPACE:?}
selector=app.kubernetes.io/instance=${app}
nothing_waits='no container waits or has ended'

section() {
  printf '\n--- %s\n' "$1"
}

# Without pods the reason is here: a quota, or a security policy that forbids them.
section "conditions of deployment ${app}"
kubectl -n "${namespace}" get deployment "${app}" --output go-template='
{{- range .status.conditions}}{{.type}}={{.status}} {{.reason}}: {{.message}}{{"\n"}}{{end}}'

section 'pods'
kubectl -n "${namespace}" get pods --selector "${selector}" --output wide

section 'containers that wait or have ended'
states=$(kubectl -n "${namespace}" get pods --selector "${selector}" --output go-template='
{{- define "container"}}
{{- with .state.waiting}}  waiting: {{.reason}}: {{or .message "no message"}}{{"\n"}}{{end}}
{{- with .state.terminated}}  ended: {{.reason}}, exit code {{.exitCode}}{{"\n"}}{{end}}
{{- with .lastState.terminated}}  ended before that: {{.reason}}, exit code {{.exitCode}}{{"\n"}}{{end}}
{{- end}}
{{- range .items}}{{.metadata.name}}{{"\n"}}
{{- range .status.initContainerStatuses}}{{if not .ready}}{{template "container" .}}{{end}}{{end}}
{{- range .status.containerStatuses}}{{template "container" .}}{{end}}{{end}}')
printf '%s\n' "${states:-${nothing_waits}}"

section 'latest events'
events=$(kubectl -n "${namespace}" get events --sort-by=.lastTimestamp)
printf '%s\n' "${events}" | tail -n 20

# One line for each container that is not ready: pod, container, restarts.
failing=$(kubectl -n "${namespace}" get pods --selector "${selector}" --output jsonpath='
{range .items[*]}{"pod "}{.metadata.name}{"\n"}
{range .status.initContainerStatuses[?(@.ready==false)]}{"container "}{.name}{" "}{.restartCount}{"\n"}{end}
{range .status.containerStatuses[?(@.ready==false)]}{"container "}{.name}{" "}{.restartCount}{"\n"}{end}{end}')
# All replicas fail alike: three logs tell as much as thirty.
shown=0
while read -r what name restarts && [ "${shown}" -lt 3 ]; do
  case ${what} in
    pod) pod=${name} ;;
    container)
      # A container that was restarted says in its last life why it ended.
      if [ "${restarts}" -gt 0 ]; then previous=true; else previous=false; fi
      section "last lines of container ${name} of ${pod:-}"
      kubectl -n "${namespace}" logs "${pod:-}" --container "${name}" --tail=40 --previous="${previous}"
      shown=$((shown + 1))
      ;;
    *) ;;
  esac
done <<EOF
${failing}
EOF
