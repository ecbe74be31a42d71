"""A pipeline of GitLab really runs, from the tests to the commit, by gitlab-ci-local with the shell of this machine.

The remote is git's own HTTP server, and wants the token of a job. Docker is the one part that is not real: a program in
its place writes down how it is called and says a digest (tests/gitlab/docker), so the script that builds is run. With a
real build and a real registry the same pipeline is run by tests/images/test_pipeline.py.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from gitopsgen.compiler import generate
from tests.ci.workspaces import lay_out
from tests.live.scripts import digest, git, write
from tests.validators.needs import need

from .world import SHELL, TOKEN, World, laid_out

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


APP = {"app.js": "// works\n", "package.json": "{}\n", "package-lock.json": "{}\n"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    need("gitlab")
    with laid_out(tmp_path, {"gitopsgen.yaml": SPEC, **APP}) as world:
        yield world


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
