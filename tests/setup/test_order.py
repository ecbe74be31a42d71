"""The steps can be done in the order in which they are told, whatever the CI, the cloud and the operator."""

import json
import re
import shlex
from collections.abc import Iterable
from pathlib import Path

import pytest

from gitopsgen.compiler import compiler_for, inspect
from gitopsgen.plan.model import Plan
from gitopsgen.setup import PHASES, SetupStep, setup_steps
from tests.clouds.combinations import CLUSTERS
from tests.conftest import Tell
from tests.hook.repos import Repository
from tests.trees import write_tree

from .plans import CATALOGUE, plans, uncommitted

_USED = re.compile(r"\$\{?([A-Za-z_]\w*)")
_MADE = re.compile(r"(?:^|[\s;&])(?:read -r )?([A-Z][A-Z0-9_]*)=|read -r ([A-Z][A-Z0-9_]*)")
_QUOTED = re.compile(r"'[^']*'")
_INTO_NAMESPACE = re.compile(r"kubectl create (?!namespace).*--namespace[ =](\S+)(?!.*--dry-run)")
_NAMESPACE = re.compile(r"create namespace (\S+)")


def test_the_steps_can_be_done_in_their_order(tell: Tell) -> None:
    """One walk over all specs, since making their steps is what costs."""
    tools: set[str] = set()
    count = 0
    for name, plan, steps in plans():
        count += 1
        assert unmade(steps) == [], name
        assert without_namespace(plan, steps) == [], name
        assert uncommitted(step.commands for step in steps) == [], name
        assert phases(steps) == sorted(phases(steps)), name
        sets_each_credential_once(name, plan, steps)
        takes_what_was_made(name, plan, steps)
        leaves_no_key(steps)
        looks_at_what_there_is(plan, steps)
        tools.update(tool for step in steps for tool in step.tools)
        assert phases(steps)[-1] == phase("later") or [step.phase for step in steps][-1] == "protect", name
        assert all(step.see for step in steps if step.commands and step.sets), name
        assert all("\n" not in command for step in steps for command in step.commands), name
    # Whatever a command begins with is a program; where to get those that not everybody has, the packs say.
    packs = [pack for kind in ("ci", "cluster", "registry", "gitops", "workload") for pack in CATALOGUE.all(kind)]
    clients = {name for pack in packs for name in pack.get("clients", {})}
    assert tools - clients == {"curl", "git", "gitopsgen", "ssh-keygen"}
    assert clients <= tools
    tell(f"the set-up steps of {count} specs can be done in their order")


def leaves_no_key(steps: Iterable[SetupStep]) -> None:
    """A private key is made outside of the repository, as a later step commits all files, and goes in the same step."""
    for step in steps:
        for command in step.commands:
            assert command.count("/dev/stdin") or not re.search(
                r"keygen.* (-f|--output) (?!\"\$KEY_FOLDER/)", command
            ), command
        if any("KEY_FOLDER" in command for command in step.commands):
            assert step.commands[0] == "KEY_FOLDER=$(umask 077; mktemp -d)", step
            assert step.commands[-1].endswith('rm -r "$KEY_FOLDER"'), step


def looks_at_what_there_is(plan: Plan, steps: Iterable[SetupStep]) -> None:
    commands = [command for step in steps for command in step.commands]
    for kind, looks in (("web", "port-forward"), ("cron", "kubectl get cronjobs")):
        assert plan.app.kind == kind or not any(looks in command for command in commands), commands


def test_a_value_that_comes_too_late_would_be_seen() -> None:
    """The search itself: turned round, the same steps are in no order."""
    name, plan, steps = next(plans("circleci push eks ecr"))
    assert unmade(steps) == [], name
    assert {"ORGANIZATION_ID", "AWS_ROLE_ARN_BUILD", "CONTEXT_ID_BUILD"} <= set(unmade(steps[::-1]))
    assert without_namespace(plan, [step for step in steps if step.phase != "trust"]) == []


def phase(name: str) -> int:
    return list(PHASES).index(name)


def phases(steps: Iterable[SetupStep]) -> list[int]:
    return [phase(step.phase) for step in steps]


def unmade(steps: Iterable[SetupStep]) -> list[str]:
    """Return the shell variables that a command uses before any has made them."""
    made: set[str] = set()
    missing = []
    for command in (command for step in steps for command in step.commands):
        active = _QUOTED.sub("''", command)
        made |= {name for pair in _MADE.findall(active) for name in pair if name}
        missing += [name for name in _USED.findall(active) if name not in made]
    return missing


def without_namespace(plan: Plan, steps: Iterable[SetupStep]) -> list[str]:
    """Return the namespaces that something is put into before there is one."""
    there = {environment.gitops.get("namespace") for environment in plan.environments}
    folders = {f"{environment.overlay}/namespace.yaml": environment.namespace for environment in plan.environments}
    missing = []
    for command in (command for step in steps for command in step.commands):
        there |= {namespace for path, namespace in folders.items() if f"apply -f {path}" in command}
        there |= set(_NAMESPACE.findall(command))
        missing += [namespace for namespace in _INTO_NAMESPACE.findall(command) if namespace not in there]
    return missing


def sets_each_credential_once(name: str, plan: Plan, steps: list[SetupStep]) -> None:
    """No pipeline can use a credential that the steps do not list: they hold those of the plan, each once."""
    set_by_steps = sorted(step.sets for step in steps if step.sets)
    assert set_by_steps == sorted((each.environment, each.key) for each in plan.credentials), name
    assert all(step.phase == "credentials" for step in steps if step.sets and step.commands), name


def takes_what_was_made(name: str, plan: Plan, steps: list[SetupStep]) -> None:
    """A value that a step makes is handed to the step that sets it; any other is asked for, and never an argument."""
    by_place = {step.sets: step for step in steps if step.sets}
    for credential in plan.credentials:
        step = by_place[(credential.environment, credential.key)]
        if credential.given:
            assert f'"${credential.given}"' in step.commands[0], (name, step)
            # Two values for one name: the later one would win, and what the other may do nobody could.
            made = {line for each in steps for line in each.commands if line.startswith(f"{credential.given}=")}
            assert len(made) <= 1, (name, made)
        else:
            if not step.commands:
                assert credential.name == "OIDC_TOKEN", "what a plugin makes has no value that anybody could bring"
                continue
            asks = "read -r VALUE" in step.commands[0] or step.commands[0].startswith("gh ")
            assert asks and "--body" not in step.commands[0], (name, step)


@pytest.mark.parametrize(
    ("ci", "cluster", "image"),
    [
        ("github-actions", "aks", "acmeshop.azurecr.io"),
        ("buildkite", "eks", "123456789012.dkr.ecr.eu-central-1.amazonaws.com"),
        ("gitlab-ci", "gke", "europe-west3-docker.pkg.dev/acme-prod/apps"),
        ("github-actions", "gke", "europe-west3-docker.pkg.dev/acme-APP/apps"),
        ("github-actions", "kubeconfig", "ghcr.io/acme"),
    ],
)
def test_apps_of_one_repository_share_what_a_ci_environment_holds(
    tmp_path: Path, ci: str, cluster: str, image: str
) -> None:
    """One identity for each CI environment, with a right for each app: its credential has one value only."""
    host = "gitlab.com" if ci == "gitlab-ci" else "github.com"
    shared = (
        f"mode: push, repository: 'https://{host}/acme/Shop.git', runtime: node, ci: {ci}, cluster: {CLUSTERS[cluster]}"
    )
    files = {"gitopsgen.workspace.yaml": f"apiVersion: gitopsgen/v1\nservices: [api, web]\ndefaults: {{{shared}}}\n"}
    for app in ("api", "web"):
        files[f"{app}/gitopsgen.yaml"] = (
            f"apiVersion: gitopsgen/v1\nname: {app}\nimage: {image.replace('APP', app)}/{app}\n"
        )
    found = inspect(str(write_tree(tmp_path, files)))
    assert found.compiled is not None, found
    steps = setup_steps(found.compiled.services, compiler_for(str(tmp_path)).renderer)

    assert unmade(steps) == []
    commands = [command for step in steps for command in step.commands]
    given = {each.given for service in found.compiled.services for each in service.plan.credentials if each.given}
    assert given
    for name in given:
        assert sum(command.startswith(f"{name}=") for command in commands) == 1, name
        assert sum(f'"${name}"' in command and ":?" in command for command in commands) == 1, name
    for app in ("api", "web"):
        (step,) = (step for step in steps if step.title == f"Let it write in the namespace {app}")
        assert "may write in the namespaces api, web, and nowhere else. " in step.why
    assert not re.search(
        r"--(?:role|user)-name (?:api|web)-|display-name (?:api|web)-|-(?:api|web)@", "\n".join(commands)
    )


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("github-actions push aks acr", {"deletion", "non_fast_forward", "pull_request", "required_status_checks"}),
        # The token of the workflow that records images could not get past the last two.
        ("github-actions pull argocd ghcr", {"deletion", "non_fast_forward"}),
    ],
)
def test_the_branch_is_protected_as_far_as_the_pipeline_can_bear_it(name: str, rules: set[str]) -> None:
    ((_, _, steps),) = plans(name)
    command = next(step for step in steps if step.phase == "protect").commands[-1]
    ruleset = json.loads(shlex.split(command)[2])
    found = {rule["type"]: rule.get("parameters", {}) for rule in ruleset["rules"]}
    assert set(found) == rules
    assert ruleset["conditions"]["ref_name"]["include"] == ["refs/heads/main"]
    checks = found.get("required_status_checks", {}).get("required_status_checks", [])
    assert checks == ([{"context": "Test"}] if len(rules) > 2 else [])


@pytest.mark.parametrize("merged", [False, True])
def test_what_was_delivered_is_undone_by_a_branch_since_nobody_pushes_to_the_protected_one(
    tmp_path: Path, merged: bool
) -> None:
    ((_, _, steps),) = plans("github-actions push aks acr")
    (commands,) = (step.commands for step in steps if step.title == "To go back to an earlier version for good")
    repo = Repository(tmp_path / "work", tmp_path / "home", {"app.js": "// 1\n"})
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "One")
    repo.git("switch", "--quiet", "--create", "change")
    repo.edit("app.js", "1", "2")
    repo.git("commit", "--quiet", "--all", "--message", "Two")
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff" if merged else "--ff-only", "change")
    repo.git("init", "--quiet", "--bare", "../origin.git")
    repo.git("remote", "add", "origin", "../origin.git")
    repo.git("push", "--quiet", "origin", "main")
    before = repo.git("rev-parse", "main")

    for command in commands:
        ran = repo.run("sh", "-c", command)
        assert ran.code == 0, ran
    (branch,) = (word for word in repo.git("ls-remote", "--heads", "origin").split() if "/undo-" in word)
    assert repo.git("ls-remote", "origin", "main").split()[0] == before.strip()
    assert repo.git("show", f"{branch.removeprefix('refs/heads/')}:app.js") == "// 1\n"
