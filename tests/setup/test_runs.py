"""The commands of the steps, run by a shell as they are printed, with stand-ins for the tools that ask a network."""

import re
import subprocess
from pathlib import Path

import pytest

from .plans import plans

# What a stand-in prints is what it was asked for, so that a value shows where it comes from. One that is handed a value
# keeps it: gh and glab that set something, curl that sends what it reads.
STAND_INS = """\
LOG=$1
for tool in az aws gcloud gh glab kubectl argocd flux git gitopsgen curl openssl ssh-keygen age-keygen sops kubeseal; do
  printf '#!/bin/sh\\ntool=%s\\n' "$tool" >"$2/$tool"
  cat >>"$2/$tool" <<'END'
case "$*" in
  *' --kubeconfig '*) printf '%s\\n' "$tool $*" >>"$3" ;;
  '--output '*) printf '%s' "$tool $*" >"${*##*--output }" ;;
  *' -N '*) printf '%s' "$tool $*" >"${*##* -f }"; printf '%s' "$tool $*" >"${*##* -f }.pub" ;;
  *' keys create '*) printf '%s' "$tool $*" >"$5" ;;
  *' set '*) IFS= read -r value || true; printf '%s\\t%s\\n' "$tool $*" "$value" >>"$LOG" ;;
  *@-*) printf '%s\\t%s\\n' "$tool $*" "$(cat)" >>"$LOG" ;;
  *) printf '%s\\t\\n' "$tool $*" >>"$LOG"; printf '%s\\n' "$tool $*" ;;
esac
END
  chmod +x "$2/$tool"
done
jq() { case "$*" in *--raw-output\\ .*) cat ;; *) cat; printf ' by %s' "$*" ;; esac; }
stty() { :; }
base64() { cat; }
PATH="$2:$PATH"
export LOG PATH
set -eu
"""


@pytest.mark.parametrize(
    "name",
    [
        "github-actions push aks acr",
        "gitlab-ci push gke gar",
        "circleci push eks ecr",
        "buildkite push kubeconfig docker-hub",
        "jenkins push aks acr",
        "jenkins push gke gar",
        "github-actions push kubeconfig ghcr, previews",
        "gitlab-ci pull flux gitlab",
        "flux records, is called and tells",
        "argocd by ssh, in other clusters, tells",
        "circleci pull, a key",
        "flux, secrets in git",
        "flux, secrets in a repository of manifests",
        "gitlab-ci push, sealed",
    ],
)
def test_a_shell_does_all_the_steps_and_each_credential_gets_its_value(tmp_path: Path, name: str) -> None:
    ((_, plan, steps),) = plans(name)
    script, log, tools = tmp_path / "steps.sh", tmp_path / "log", tmp_path / "tools"
    tools.mkdir()
    commands = [command for step in steps for command in step.commands]
    script.write_text(STAND_INS + "\n".join(commands) + "\n", encoding="utf-8")
    typed = "".join(f"typed-{number}\n" for number in range(200))
    words = ["sh", str(script), str(log), str(tools)]
    # The repository, and beside it the one of its manifests, which the stand-in of git does not fetch.
    for folder in ("app", "config"):
        (tmp_path / folder).mkdir()
    done = subprocess.run(words, cwd=tmp_path / "app", input=typed, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    handed = [line.split("\t") for line in log.read_text(encoding="utf-8").splitlines() if "\t" in line]
    for credential in plan.credentials:
        key = re.compile(rf"\b{credential.key}\b")
        values = [value for command, value in handed if value and key.search(f"{command} {value}")]
        assert values, credential
        comes_from = ("az ", "aws ", "gcloud ", "kubectl ", "ci-") if credential.given else ("typed-",)
        assert all(value.startswith(comes_from) for value in values), (credential, values)
