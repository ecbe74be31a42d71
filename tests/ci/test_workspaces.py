"""Many services of one repository: each CI system does what a change concerns, says so for the rest, and never hangs.

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

import pytest
import yaml

from tests.live.scripts import environment, git, write
from tests.trees import OVERRIDES, run

from .texts import Command, buildkite, circleci, circleci_text, github, jenkins
from .workspaces import CLUSTER, EKS, SERVICES, SYSTEMS, lay_out

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
# What takes the steps of a service into a build of Buildkite.
TOOLS = {"buildkite-agent": "uploaded"}
APP = "services/%s/app.js"
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
CASES = [(ci, mode) for ci in SYSTEMS for mode in ("push", "pull")]


@pytest.mark.parametrize(("ci", "mode"), CASES)
def test_what_a_change_concerns_is_done_and_nothing_else(tmp_path: Path, ci: str, mode: str) -> None:
    world = World(tmp_path, ci, mode)
    git(world.clone, "checkout", "-q", "-b", "feature")
    world.push("feature", APP % "shop")
    assert world.starts(pull_request=True) == {"shop": True, "api": False}
    git(world.clone, "checkout", "-q", "-b", "docs", world.base)
    world.push("docs", "docs/index.md")
    assert world.starts(pull_request=True) == {"shop": False, "api": False}
    git(world.clone, "checkout", "-q", "--detach", world.base)
    delivered = world.push("main", APP % "shop")
    assert world.starts(pull_request=False) == {"shop": True, "api": False}
    if mode == "pull":
        # What CI itself commits: the image of the change.
        world.base = delivered
        image = world.clone / (IMAGE % "shop")
        image.write_text(image.read_text().replace("# revision: ", "# before: "))
        world.push("main", IMAGE % "shop", text=f"# revision: {delivered}\n")
        assert world.starts(pull_request=False) == {"shop": False, "api": False}


@pytest.mark.parametrize(
    ("ci", "file", "concerned"),
    [
        ("github-actions", ".github/workflows/shop.yaml", {"shop": True, "api": False}),
        ("github-actions", ".github/workflows/shop-two.yaml", {"shop": False, "api": False}),
        ("circleci", ".circleci/config.yml", {"shop": True, "api": True}),
        ("circleci", ".circleci/services.yml", {"shop": True, "api": True}),
        ("gitlab-ci", ".gitlab-ci.yml", {"shop": True, "api": True}),
        ("gitlab-ci", ".gitlab/workspace.yml", {"shop": True, "api": True}),
        ("buildkite", ".buildkite/pipeline.yml", {"shop": True, "api": True}),
    ],
)
def test_a_pipeline_at_the_root_concerns_the_services_that_it_is_of(
    tmp_path: Path, ci: str, file: str, concerned: dict[str, bool]
) -> None:
    world = World(tmp_path, ci, "pull")
    git(world.clone, "checkout", "-q", "-b", "feature")
    world.push("feature", file, text="# changed\n")
    assert world.starts(pull_request=True) == concerned
    git(world.clone, "checkout", "-q", "--detach", world.base)
    world.push("main", file, text="# changed\n")
    assert world.starts(pull_request=False) == concerned


def names(root: Path, ci: str) -> list[str]:
    """Return the name of every job of a workspace, as its CI system tells one from the other."""
    if ci == "github-actions":
        files = [f".github/workflows/{name}.yaml" for name in SERVICES]
        return [job["name"] for file in files for job in _document(root, file)["jobs"].values()]
    if ci == "gitlab-ci":
        included = yaml.safe_load((root / ".gitlab-ci.yml").read_text())["include"]
        return [name for entry in included for name in _document(root, entry["local"])]
    if ci == "circleci":
        workflows = _document(root, ".circleci/services.yml")["workflows"]
        jobs = [job for workflow in workflows.values() for job in workflow["jobs"]]
        return [*workflows, *(job if isinstance(job, str) else next(iter(job)) for job in jobs)]
    if ci == "buildkite":
        files = [str(path.relative_to(root)) for path in sorted(root.rglob(".buildkite/*.yml"))]
        return [step["key"] for file in files for step in _document(root, file)["steps"]]
    return [f"{file} {found.job}" for file in sorted(root.rglob("Jenkinsfile")) for found in jenkins(file)]


@pytest.mark.parametrize(("ci", "mode"), CASES)
def test_no_two_jobs_have_one_name(tmp_path: Path, ci: str, mode: str) -> None:
    lay_out(tmp_path, ci, mode, "auto" if mode == "push" else "pull-request")
    found = names(tmp_path, ci)
    assert len(found) > 2 * 3
    assert len(set(found)) == len(found)


def _document(root: Path, name: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = yaml.safe_load((root / name).read_text())
    return document


def test_checks_of_what_a_pull_request_does_not_concern_report(tmp_path: Path) -> None:
    """Each in the way of its CI system; of CircleCI's the test above has seen it."""
    for ci in SYSTEMS:
        lay_out(tmp_path / ci, ci, "push")
    job = _document(tmp_path / "github-actions", ".github/workflows/shop.yaml")["jobs"]["test"]
    # Left out, and so passed, only when the gate has said so; when the gate failed, it runs.
    assert job["needs"] == ["changes"]
    assert job["if"] == "!cancelled() && needs.changes.outputs.concerned != 'false'"
    always = _document(tmp_path / "gitlab-ci", ".gitlab/workspace.yml")["workspace:every-merge-request"]
    assert all("changes" not in rule and "merge_request_event" in rule["if"] for rule in always["rules"])
    steps = _document(tmp_path / "buildkite", ".buildkite/pipeline.yml")["steps"]
    assert all("if" not in step for step in steps)
    stages = (tmp_path / "jenkins/services/shop/Jenkinsfile").read_text().split("stage(")[1:]
    assert "CONCERNED" not in stages[0].partition("steps")[0]
    assert "env.CONCERNED != 'no'" in stages[1]


def test_what_a_person_starts_in_jenkins_is_delivered_though_nothing_has_changed(tmp_path: Path) -> None:
    """The last good build may have been a rollback, after a delivery of the same commit that failed."""
    world = World(tmp_path, "jenkins", "push")
    file = world.clone / "services/shop/Jenkinsfile"
    assert "env.BASE = currentBuild.getBuildCauses('hudson.model.Cause$UserIdCause') ? '' : before" in file.read_text()
    gate, quiet = next(iter(jenkins(file))), world.clone / ".gitopsgen-quiet"
    world.told(gate, BASE=world.base)
    assert quiet.exists()
    world.told(gate, BASE="")
    assert not quiet.exists()


def test_gitlab_gets_no_more_paths_in_one_rule_than_it_takes(tmp_path: Path) -> None:
    root = lay_out(tmp_path, "gitlab-ci", "push")
    spec, packages = root / "services/shop/gitopsgen.yaml", [f"packages/p{number}" for number in range(60)]
    for folder in ("services/shop", *packages):
        write(root / folder / "package.json", "{}\n")
    write(root / "package-lock.json", "{}\n")
    spec.write_text(f"{spec.read_text()}runtime: {{workspaces: [services/shop, {', '.join(packages)}]}}\n")
    ran = run("generate", cwd=root)
    assert ran.code == 0, ran
    for name, job in _document(root, "services/shop/.gitlab/shop.yml").items():
        found: dict[str, set[str]] = {}
        for rule in job["rules"]:
            assert len(rule.get("changes", [])) <= 50, name
            found.setdefault(rule["if"], set()).update(rule.get("changes", []))
        for globs in filter(None, found.values()):
            assert {f"{folder}/**/*" for folder in packages} <= globs


def test_a_commit_that_delivers_many_is_compared_with_what_ci_knew_before(tmp_path: Path) -> None:
    """Of two commits in one push the first concerns the service; nothing known before means everything."""
    world = World(tmp_path, "circleci", "push")
    world.push("main", APP % "shop")
    world.push("main", APP % "api")
    assert world.starts(pull_request=False) == {"shop": True, "api": True}
    world.base = git(world.clone, "rev-parse", "HEAD")
    assert world.starts(pull_request=False) == {"shop": False, "api": False}
    world.base = ""
    assert world.starts(pull_request=False) == {"shop": True, "api": True}


def test_a_rollback_in_buildkite_is_of_one_service_and_a_person_starts_all(tmp_path: Path) -> None:
    world = World(tmp_path, "buildkite", "pull", "pull-request")
    steps = {found.job: found for found in buildkite(world.clone / ".buildkite/pipeline.yml")}
    shop = steps["shop-changes"]
    own, follow = (
        f"uploaded pipeline upload services/shop/.buildkite/{name}.yml\n" for name in ("shop", "shop-promote")
    )
    assert world.told(shop, ROLLBACK="shop/staging") == follow + own
    assert world.told(shop, ROLLBACK="api/staging") == ""
    assert world.told(shop, BUILDKITE_SOURCE="ui") == follow + own
    # A merged proposal is no change of the app, and yet something may follow it.
    assert world.told(shop, BUILDKITE_SOURCE="webhook") == follow


def test_services_share_environments_and_yet_get_in_nobodys_way(tmp_path: Path) -> None:
    """One identity for each; but GitLab refuses a job that is older than the last deployment of its environment."""
    for ci in SYSTEMS:
        lay_out(tmp_path / ci, ci, "push", cluster=EKS if ci == "buildkite" else CLUSTER)
    told = {ci: run("setup", cwd=tmp_path / ci).out for ci in ("gitlab-ci", "circleci", "buildkite", "jenkins")}
    assert told["gitlab-ci"].count("KUBECONFIG_BASE64 --repo acme/mono --scope 'production/*'") == 1
    for name in SERVICES:
        jobs = _document(tmp_path / "gitlab-ci", f"services/{name}/.gitlab/{name}.yml")
        assert jobs[f"{name}:deploy-production"]["environment"]["name"] == f"production/{name}"
        assert f"CONTEXT_ID_{name.upper()}_PRODUCTION=" in told["circleci"]
        assert f"multibranch job {name} with the script path services/{name}/Jenkinsfile" in told["jenkins"]
    assert told["buildkite"].count("Create the pipeline mono in Buildkite") == 1
    assert "pipeline_slug: mono" in told["buildkite"]
    assert ":pipeline:mono:ref:refs/heads/main:" in told["buildkite"]
    assert "upload .buildkite/pipeline.yml" in told["buildkite"]


@pytest.mark.parametrize(
    ("ci", "code", "name", "old", "new"),
    [
        ("buildkite", "missing-include", "workspace.yaml", '".yml" %>', '".yaml" %>'),
        ("buildkite", "missing-script", "workspace.yaml", 'sh " ~ step.script ~ "', "sh k8s/bin/bmup.sh"),
        ("circleci", "missing-script", "steps/script.yaml", "sh <%= step.script | inside %>", "sh k8s/bin/bmup.sh"),
        (
            "circleci",
            "missing-include",
            "changes.yaml",
            "configuration .circleci/services",
            "configuration .circleci/s",
        ),
    ],
)
def test_an_override_that_breaks_a_rule_is_refused_in_a_workspace_too(
    tmp_path: Path, ci: str, code: str, name: str, old: str, new: str
) -> None:
    lay_out(tmp_path, ci, "pull")
    built_in = (TEMPLATES / "ci" / ci / name).read_text()
    assert old in built_in
    write(tmp_path / f"{OVERRIDES}/ci/{ci}/{name}", built_in.replace(old, new))
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 5, ran
    assert f"output.{code}" in ran.err
