"""A pipeline of GitLab really runs, from the tests to the commit, by gitlab-ci-local with the shell of this machine.

The remote is git's own HTTP server, and wants the token of a job. Docker is the one part that is not real: a program in
its place writes down how it is called and says a digest (tests/gitlab/docker), so the script that builds is run.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from gitopsgen.compiler import generate
from tests.ci.workspaces import lay_out
from tests.live.http_remote import serve
from tests.live.scripts import OVERLAY, digest, environment, git, recorded_revision, write
from tests.validators.needs import need

HERE = Path(__file__).parent
TOOL = HERE.parents[1] / ".tools" / "gitlab"
PROGRAM = (
    str(TOOL / "bin" / "node"),
    str(TOOL / "node_modules/gitlab-ci-local/dist/index.js"),
    *("--ignore-predefined-vars", "CI_PROJECT_URL,CI_JOB_TOKEN,CI_REGISTRY_USER,CI_REGISTRY_PASSWORD"),
)
# Each job in a copy of its own; what it hands over goes to the other jobs only.
SHELL = ("--force-shell-executor", "--shell-isolation", "--no-artifacts-to-source")
TOKEN = "the-token-of-the-job"  # noqa: S105 - the test's own server takes it
IMAGE = "registry.example.com/acme/shop"
SPEC = f"""\
apiVersion: gitopsgen/v1
name: shop
mode: pull
ci: gitlab-ci
image: {IMAGE}
registry: gitlab
repository: https://gitlab.example.com/acme/shop.git
runtime: {{name: node, install: "echo 'it is $HOME' >installed", test: "test -s installed && grep -q works app.js"}}
port: 3000
"""

CHAIN = """\
previews: true
environments:
  dev: {namespace: shop-dev}
  staging: {namespace: shop-staging, promotion: approval}
  production: {namespace: shop}
"""
CLUSTER = "cluster: {type: aks, resourceGroup: shop, name: prod}\n"


class World(NamedTuple):
    """A folder with the remote `acme/shop.git`, a clone of it, and the address that it is served at."""

    path: Path
    url: str

    @property
    def clone(self) -> Path:
        return self.path / "clone"

    def commit(self, files: dict[str, str]) -> str:
        """Push a commit of files on top of what the remote has; return its id."""
        git(self.clone, "fetch", "-q", f"file://{self.path}/acme/shop.git", "main")
        git(self.clone, "reset", "-q", "--soft" if not files else "--hard", "FETCH_HEAD")
        for name, text in files.items():
            write(self.clone / name, text)
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", "change")
        git(self.clone, "push", "-q", f"file://{self.path}/acme/shop.git", "HEAD:main")
        return git(self.clone, "rev-parse", "HEAD")

    def run(self, *arguments: str, number: int = 1, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run gitlab-ci-local in the clone, as a push would run the pipeline."""
        tools = self.path / "tools"
        given = {
            "CI_PROJECT_URL": f"{self.url}/acme/shop",
            "CI_JOB_TOKEN": TOKEN,
            "CI_REGISTRY_USER": "gitlab-ci-token",
            "CI_REGISTRY_PASSWORD": TOKEN,
            "DOCKER_DIGEST": digest(number),
            **variables,
        }
        options = [part for name, value in given.items() for part in ("--variable", f"{name}={value}")]
        return subprocess.run(
            [
                str(TOOL / "bin" / "node"),
                str(TOOL / "node_modules/gitlab-ci-local/dist/index.js"),
                *arguments,
                *options,
            ],
            cwd=self.clone,
            env=environment(self.path, PATH=f"{tools}:{os.environ['PATH']}"),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def deliver(self, number: int = 1, **variables: str) -> str:
        """Run every job that a push starts; return what was printed."""
        done = self.run(*SHELL, number=number, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def recorded(self) -> tuple[str, str]:
        """Return the revision and the digest that the remote records."""
        text = git(self.path / "acme/shop.git", "show", f"main:{OVERLAY}/image/kustomization.yaml")
        [found] = [line.split(": ")[1] for line in text.splitlines() if line.strip().startswith("digest: ")]
        return recorded_revision(text), found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    need("gitlab")
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "acme/shop.git")
    git(tmp_path / "acme/shop.git", "config", "http.receivepack", "true")
    git(tmp_path, "clone", "-q", "acme/shop.git", "clone")
    git(tmp_path / "clone", "remote", "set-url", "origin", "https://gitlab.example.com/acme/shop.git")
    git(tmp_path / "clone", "checkout", "-q", "-b", "main")
    (tmp_path / "tools").mkdir()
    shutil.copy(HERE / "docker", tmp_path / "tools")
    if shutil.which("rsync") is None:
        shutil.copy(HERE / "rsync", tmp_path / "tools")
    write(tmp_path / "clone/gitopsgen.yaml", SPEC)
    write(tmp_path / "clone/.git/info/exclude", ".gitlab-ci-local/\n")
    for name, text in {"app.js": "// works\n", "package.json": "{}\n", "package-lock.json": "{}\n"}.items():
        write(tmp_path / "clone" / name, text)
    assert generate(str(tmp_path / "clone")).exit_code == 0
    git(tmp_path / "clone", "add", "-A")
    git(tmp_path / "clone", "commit", "-q", "-m", "first")
    git(tmp_path / "clone", "push", "-q", f"file://{tmp_path}/acme/shop.git", "HEAD:main")
    with serve(tmp_path, "gitlab-ci-token", TOKEN) as url:
        yield World(tmp_path, url)


def test_a_push_is_tested_built_and_recorded_and_can_be_rolled_back(world: World) -> None:
    first = git(world.clone, "rev-parse", "HEAD")
    world.deliver(1)
    assert world.recorded() == (first, digest(1))
    called = (world.path / "tools/docker.log").read_text()
    assert f"--tag {IMAGE}:sha-{first}" in called
    assert (world.path / "tools/docker.log.password").read_text() == TOKEN
    assert git(world.path / "acme/shop.git", "log", "-1", "--format=%s", "main").endswith("[skip ci]")

    # A push of nothing but manifests builds nothing.
    world.commit({"k8s/base/note.md": "a note\n"})
    assert "Nothing to do" in world.deliver(2)
    assert world.recorded() == (first, digest(1))

    second = world.commit({"app.js": "// works better\n"})
    world.deliver(3)
    assert world.recorded() == (second, digest(3))

    world.commit({"README.md": "how to roll back\n"})
    printed = world.deliver(4, ROLLBACK="shop/production")
    assert world.recorded() == (first, digest(1)), printed
    assert "shop:build" not in printed


def test_what_fails_its_tests_is_neither_built_nor_recorded(world: World) -> None:
    world.commit({"app.js": "// broken\n"})
    done = world.run(*SHELL)
    assert done.returncode != 0
    assert not (world.path / "tools/docker.log").exists()
    assert git(world.path / "acme/shop.git", "log", "-1", "--format=%s", "main") == "change"


def test_in_a_workspace_the_runner_lists_the_jobs_of_what_has_changed(world: World) -> None:
    git(world.clone, "rm", "-rq", ".")
    lay_out(world.clone, "gitlab-ci", "push")
    world.commit({})
    git(world.clone, "update-ref", "refs/remotes/origin/main", "HEAD")
    world.commit({"services/shop/app.js": "changed"})
    written = yaml.safe_load((world.clone / "services/shop/.gitlab/shop.yml").read_text())
    listed = world.run("--list")
    assert listed.returncode == 0, listed.stderr
    by_push = {name for name, job in written.items() if any("$ROLLBACK == null" in rule["if"] for rule in job["rules"])}
    assert {line.split()[0] for line in listed.stdout.splitlines() if re.match(r"[a-z]+:", line)} == by_push


@pytest.mark.parametrize("mode", ["pull", "push"])
def test_the_runner_reads_what_was_meant(world: World, mode: str) -> None:
    chain = SPEC.replace("mode: pull", f"mode: {mode}") + CHAIN + (CLUSTER if mode == "push" else "")
    write(world.clone / "gitopsgen.yaml", chain)
    assert generate(str(world.clone)).exit_code == 0
    world.commit({})
    written = yaml.safe_load((world.clone / ".gitlab/shop.yml").read_text())
    listed = world.run("--list")
    assert listed.returncode == 0, listed.stderr
    by_push = {name for name, job in written.items() if any("$ROLLBACK == null" in rule["if"] for rule in job["rules"])}
    assert {line.split()[0] for line in listed.stdout.splitlines() if line.startswith("shop:")} == by_push
    shown = world.run("--preview")
    assert shown.returncode == 0, shown.stderr
    read = yaml.safe_load(shown.stdout[shown.stdout.index("---") :])
    for name, job in written.items():
        assert read[name]["script"] == job["script"], name
        assert read[name]["rules"] == job["rules"], name
