"""Which services of a workspace a change concerns, as each CI system decides it.

What decides is run: git's own history, the real quiet.sh, and the texts that the CI system would give to a shell. What
the CI systems themselves decide by (`paths` of GitHub, `rules` of GitLab) is evaluated after their documentation.
"""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.live.scripts import environment, git, write

from .texts import Command, buildkite, circleci, circleci_text, github, jenkins
from .workspaces import SERVICES, lay_out

# What takes the steps of a service into a build of Buildkite.
TOOLS = {"buildkite-agent": "uploaded"}
IMAGE = "services/%s/k8s/overlays/staging/image/kustomization.yaml"


class World:
    """The repository as CI checks it out: a bare remote, and a clone with a change on top."""

    def __init__(self, path: Path, ci: str, mode: str, first: str = "auto") -> None:
        self.path, self.ci, self.clone = path, ci, path / "clone"
        git(path, "init", "-q", "--bare", "-b", "main", "remote.git")
        git(path, "clone", "-q", f"file://{path}/remote.git", "clone")
        lay_out(self.clone, ci, mode, first)
        self.base = self.push("main", "README.md")
        if mode == "pull":
            self.base = self.push("main", *(IMAGE % name for name in SERVICES), text=f"# revision: {self.base}\n")
        for name, word in TOOLS.items():
            write(path / "tools" / name, f'#!/bin/sh\necho "{word} $*" >>"{path}/told"\n')
            (path / "tools" / name).chmod(0o755)
        write(
            path / "tools/curl",
            f'#!/bin/sh\nfor name; do test -f "${{name#@}}" && cp "${{name#@}}" {path}/asked; done\nexit 0\n',
        )
        (path / "tools/curl").chmod(0o755)

    def push(self, branch: str, *files: str, text: str = "changed\n") -> str:
        """Commit a change of files on top of the clone, push it to a branch of the remote; return its id."""
        for name in files:
            path = self.clone / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text((path.read_text() if path.exists() else "") + text)
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", "change")
        git(self.clone, "push", "-q", "origin", f"HEAD:{branch}")
        git(self.clone, "fetch", "-q", "origin")
        return git(self.clone, "rev-parse", "HEAD")

    def told(self, command: Command, **variables: str) -> str:
        """Run one text; return what it told the CI system."""
        (self.path / "told").write_text("")
        given = {name: str(value) for name, value in command.variables.items()}
        known = environment(self.path, PATH=f"{self.path}/tools:{os.environ['PATH']}", **(given | variables))
        shell = ["bash", "-eo", "pipefail", "-c", command.text]
        done = subprocess.run(shell, cwd=self.clone, env=known, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return (self.path / "told").read_text()

    def changed(self) -> list[str]:
        return git(self.clone, "diff", "--name-only", self.base, "HEAD").splitlines()

    def starts(self, *, pull_request: bool) -> dict[str, bool]:
        """Return for each service whether its jobs do anything for what the clone has on top of `base`."""
        return {name: LOOKS[self.ci](self, name, pull_request) for name in SERVICES}


def _github(world: World, name: str, pull_request: bool) -> bool:
    workflow = world.clone / f".github/workflows/{name}.yaml"
    on = yaml.safe_load(workflow.read_text())["on"]
    if not pull_request:
        return any(_included(path, on["push"]["paths"]) for path in world.changed())
    # It starts for every one, so that its checks are there; the gate then says what is left out.
    assert "paths" not in on["pull_request"]
    values = {
        "github.event_name": "pull_request",
        "github.sha": "",
        "github.token": "",
        "needs.build.outputs.digest": "",
        "inputs.revision": "",
    }
    (gate,) = [found for found in github(workflow, values) if found.job == "changes"]
    output = world.path / "output"
    output.write_text("")
    world.told(gate, GITHUB_OUTPUT=str(output))
    return output.read_text() == "concerned=true\n"


def _included(path: str, globs: list[str]) -> bool:
    """Whether GitHub's `paths` has a file: the last pattern that fits decides."""
    fits = [not glob.startswith("!") for glob in globs if _glob(glob.removeprefix("!")).fullmatch(path)]
    return bool(fits) and fits[-1]


def _glob(glob: str) -> re.Pattern[str]:
    return re.compile(re.escape(glob).replace(r"\*\*", ".*").replace(r"\*", "[^/]*"))


def _gitlab(world: World, name: str, pull_request: bool) -> bool:
    jobs = yaml.safe_load((world.clone / f"services/{name}/.gitlab/{name}.yml").read_text())
    rules = jobs[f"{name}:test"]["rules"]
    (rule,) = [rule for rule in rules if ("merge_request_event" in rule["if"]) is pull_request]
    if not any(_fnmatch(glob, path) for glob in rule["changes"] for path in world.changed()):
        return False
    lines = jobs[f"{name}:build"]["script"]
    ends = [number for number, line in enumerate(lines) if "quiet.sh" in line]
    if pull_request or not ends:
        return True
    # A push of nothing but manifests, which `rules` cannot leave out, ends in the job.
    text = "\n".join([*(line for line in lines[: ends[0] + 1] if "git remote" not in line), "uploaded() { :; }"])
    done = Command("", "", {}, text + "\nbuildkite-agent goes on\n", "sh")
    return bool(world.told(done))


def _fnmatch(glob: str, path: str) -> bool:
    """Whether Ruby's File.fnmatch with FNM_PATHNAME fits, as GitLab uses it: a last `**` is no more than `*` there."""
    form = re.escape(glob).replace(r"\*\*/", "(.*/)?").replace(r"\*\*", "[^/]*").replace(r"\*", "[^/]*")
    return re.fullmatch(form, path) is not None


def _circleci(world: World, name: str, pull_request: bool) -> bool:
    """The jobs that are left when the pipeline goes on with what the first job has found out."""
    told = _continued(world)
    given = {f"concerns_{each}": "no" for each in SERVICES} | {"rollback": "none"} | told["parameters"]
    branch = "feature" if pull_request else "main"
    services = yaml.safe_load(told["configuration"])
    left = jobs_left(services, f"{name}-deliver", branch, given)
    if not pull_request:
        assert not left or len(left) == len(services["workflows"][f"{name}-deliver"]["jobs"])
        return bool(left)
    # The check reports in any case.
    assert left == {f"{name}-test"}
    first = services["jobs"][f"{name}-test"]["steps"][0]["when"]
    assert first["steps"] == [{"run": "circleci-agent step halt"}]
    word, value = first["condition"]["equal"]
    return bool(word != circleci_text(value, {f"pipeline.parameters.{key}": to for key, to in given.items()}))


def _continued(world: World) -> dict[str, Any]:
    """Run the job that looks for changes; return what it asks CircleCI to go on with."""
    values = {"pipeline.git.base_revision": world.base}
    *looks, goes_on = circleci(world.clone / ".circleci/config.yml", values)
    for found in [*looks, goes_on]:
        text = re.sub(r"/\w+/(concerned|continue)\b", rf"{world.path}/\1", found.text)
        world.told(found._replace(text=text), CIRCLE_CONTINUATION_KEY="key")
    (world.path / "concerned").unlink()
    asked: dict[str, Any] = json.loads((world.path / "asked").read_text())
    assert asked["continuation-key"] == "key"
    return asked


def jobs_left(config: Mapping[str, Any], workflow: str, branch: str, given: Mapping[str, str]) -> set[str]:
    """Return the jobs whose filters let them run on a branch with these parameters."""
    known = {"pipeline.git.branch": branch, **{f"pipeline.parameters.{key}": to for key, to in given.items()}}

    def holds(term: str) -> bool:
        name, sign, value = term.split()
        return (known[name] == value.strip('"')) is (sign == "==")

    jobs = [next(iter(job.items())) for job in config["workflows"][workflow]["jobs"]]
    forms = {name: body["filters"] for name, body in jobs}
    return {
        name for name, text in forms.items() if any(all(map(holds, part.split(" and "))) for part in text.split(" or "))
    }


def _buildkite(world: World, name: str, pull_request: bool) -> bool:
    steps = {found.job: found for found in buildkite(world.clone / ".buildkite/pipeline.yml")}
    told = world.told(steps[f"{name}-changes"], BUILDKITE_SOURCE="webhook")
    assert told in ("", f"uploaded pipeline upload services/{name}/.buildkite/{name}.yml\n")
    return bool(told)


def _jenkins(world: World, name: str, pull_request: bool) -> bool:
    file = world.clone / f"services/{name}/Jenkinsfile"
    gate = next(iter(jenkins(file)))
    world.told(gate, BASE=world.base)
    return not (world.clone / ".gitopsgen-quiet").exists()


LOOKS = {
    "github-actions": _github,
    "gitlab-ci": _gitlab,
    "circleci": _circleci,
    "buildkite": _buildkite,
    "jenkins": _jenkins,
}


def document(root: Path, name: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = yaml.safe_load((root / name).read_text())
    return document
