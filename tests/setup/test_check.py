"""`gitopsgen setup --check` looks at the repository and the machine, and asks no network."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gitopsgen.compiler import compiler_for, generate, inspect
from gitopsgen.setup import setup_steps
from gitopsgen.setup_check import check_setup
from tests.trees import SMALLEST, read_tree, write_tree

URL = "https://github.com/acme/storefront.git"
WORKFLOW = ".github/workflows/storefront-rollback.yaml"


class Desk(NamedTuple):
    """A repository, its remote on disk, and a machine whose programs are those of one folder."""

    root: Path
    programs: Path

    def git(self, *words: str) -> str:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        done = subprocess.run(["git", "-C", self.root, *who, *words], capture_output=True, text=True, check=True)
        return done.stdout

    def check(self, form: str = "text") -> tuple[int, str]:
        """Run the command line."""
        done = subprocess.run(
            [sys.executable, "-m", "gitopsgen", "setup", "--check", "--format", form],
            cwd=self.root,
            env={**os.environ, "PATH": str(self.programs), "KUBECONFIG": "/dev/null"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def verdicts(self, *about: str) -> dict[str, str]:
        """Return what is said of the lines that hold one of these words, by the line; without a process for it."""
        found = inspect(str(self.root))
        assert found.compiled is not None, found
        steps = setup_steps(found.compiled.services, compiler_for(str(self.root)).renderer)
        checks = check_setup(str(self.root), found.compiled, found, steps)
        return {check.what: check.verdict for check in checks if any(word in check.what for word in about)}

    def install(self, name: str, script: str = "exit 0") -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A machine with git alone, and a repository in which `generate` has run."""
    made = Desk(write_tree(tmp_path / "shop", {"gitopsgen.yaml": SMALLEST}), tmp_path / "programs")
    made.programs.mkdir()
    where = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, text=True, check=True)
    (made.programs / "git").symlink_to(where.stdout.strip())
    assert generate(str(made.root)).exit_code == 0
    return made


def deliver(desk: Desk) -> None:
    """Do what the step Commit and push does, with a remote on disk that answers to the address of the spec."""
    remote = desk.root.parent / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", remote], check=True)
    desk.git("init", "-q", "-b", "main")
    desk.git("add", "--all")
    desk.git("commit", "-q", "-m", "Deliver")
    desk.git("remote", "add", "origin", str(remote))
    desk.git("push", "-q", "origin", "main")
    desk.git("remote", "set-head", "origin", "main")
    desk.git("remote", "set-url", "origin", URL)


def numbers_of(document: Any, tool: str) -> str:
    """Return the steps that run a program, in the words of a check."""
    numbers = [str(step["number"]) for step in document["steps"] if tool in step["tools"]]
    return f"step{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def test_all_that_can_be_seen_is_good(desk: Desk) -> None:
    deliver(desk)
    for tool in ("gh", "argocd"):
        desk.install(tool)
    desk.install("kubectl", '[ "$*" = "config current-context" ] && echo prod')

    code, out = desk.check("json")

    document = json.loads(out)
    checks = document["checks"]
    assert code == 0, checks
    assert [check["what"] for check in checks if check["verdict"] == "good"] == [
        "the generated files are what the spec says",
        "this is a git repository",
        f"origin is {URL}",
        "main is the default branch of origin",
        "origin has the branch main",
        "the spec, the lock and the generated files are committed",
        *(f"{tool} is here, for {numbers_of(document, tool)}" for tool in ("argocd", "gh", "git", "kubectl")),
    ]
    unseen = [check for check in checks if check["verdict"] == "unseen"]
    assert unseen[0]["what"] == "whether the context prod of kubectl is the cluster meant"
    secret = next(check for check in unseen if "secret DOCKERHUB_TOKEN" in check["what"])
    assert secret["cure"] == "`gh secret list --env build --repo acme/storefront` shows it"
    assert all(check["cure"] for check in checks if check["verdict"] != "good")


def test_without_a_repository_the_steps_say_what_to_do(desk: Desk) -> None:
    code, out = desk.check("json")
    assert code == 1
    document = json.loads(out)
    missing = {check["what"]: check["cure"] for check in document["checks"] if check["verdict"] == "missing"}
    (commit,) = (step["number"] for step in document["steps"] if step["phase"] == "commit")
    assert missing == {
        "this is no git repository": f"step {commit} makes it one",
        **{
            f"{tool} is not on PATH, for {numbers_of(document, tool)}": f"install {tool}: {home}"
            for tool, home in (
                ("argocd", "https://argo-cd.readthedocs.io/en/stable/cli_installation/"),
                ("gh", "https://cli.github.com"),
                ("kubectl", "https://kubernetes.io/docs/tasks/tools/"),
            )
        },
    }


def test_each_thing_that_is_missing_is_told_with_its_cure(desk: Desk) -> None:
    desk.git("init", "-q", "-b", "trunk")
    about = ("origin", "branch of", "no branch", "origin had", "committed")
    files = len(read_tree(desk.root))
    assert desk.verdicts(*about) == {
        "the remote origin is not set": "missing",
        "whether main is the default branch of origin": "unseen",
        "there is no branch main": "missing",
        f"not committed as it is: .dockerignore, .gitattributes, {WORKFLOW} and {files - 3} more": "missing",
    }
    desk.git("checkout", "-q", "-b", "main")
    deliver(desk)
    (desk.root / "Dockerfile").write_text("FROM scratch\n")
    desk.git("remote", "set-url", "origin", "https://token:s3cret@github.com/acme/other.git")
    desk.git("commit", "-q", "--allow-empty", "-m", "more")
    assert desk.verdicts(*about, "generated") == {
        "the generated files are not what the spec says": "missing",
        f"origin is https://github.com/acme/other.git, and the spec says {URL}": "missing",
        "main is the default branch of origin": "good",
        "main has 1 commit that origin had not when it was asked last": "missing",
        "not committed as it is: Dockerfile": "missing",
    }
    code, text = desk.check()
    assert code == 1
    assert "s3cret" not in text
    assert f"           cure: `git remote set-url origin {URL}`, or mend `repository` in gitopsgen.yaml\n" in text


def test_a_remote_has_many_addresses(desk: Desk) -> None:
    desk.git("init", "-q", "-b", "main")
    desk.git("remote", "add", "origin", "git@github.com:acme/storefront.git")
    assert desk.verdicts("origin is ")[f"origin is {URL}"] == "good"
    desk.git("remote", "set-url", "origin", "https://github.com/Acme/storefront")
    assert desk.verdicts("origin is ")[f"origin is {URL}"] == "good"
    desk.git("remote", "set-url", "origin", "work:shop")
    assert set(desk.verdicts("origin is ").values()) == {"unseen"}


def test_another_default_branch_is_told(desk: Desk) -> None:
    deliver(desk)
    desk.git("update-ref", "refs/remotes/origin/trunk", "HEAD")
    desk.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert desk.verdicts("default branch") == {"the default branch of origin is trunk, not main": "missing"}


def test_the_text_and_the_markdown_have_a_line_for_each(desk: Desk) -> None:
    (code, text), (same, markdown) = desk.check(), desk.check("markdown")
    assert code == same == 1
    count = {verdict: text.count(f"\n{verdict} ") for verdict in ("missing", "unseen")}
    good = len(re.findall("^good ", text, re.MULTILINE))
    assert len(re.findall(r"^- `\[.\]` ", markdown, re.MULTILINE)) == good + sum(count.values())
    assert text.splitlines()[-1] == (
        f"gitopsgen: {good} seen good, {count['missing']} missing, {count['unseen']} cannot be seen from here"
    )
