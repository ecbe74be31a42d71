"""A workspace whose specs are of several versions of the format: all of them are rewritten, or none."""

from pathlib import Path

import pytest

from tests.regeneration.project import Project
from tests.workspace.mono import PACKAGE, mono

OLD = """\
apiVersion: gitopsgen/v1alpha1  # of its own
name: cart
delivery: operator
image: docker.io/acme/cart
git: {url: https://github.com/acme/mono.git}
runtime: {name: node}
ports: [3000]  # behind the proxy
"""
SHARED = """\
apiVersion: gitopsgen/v1alpha1
services: [services/*]
defaults:
  delivery: operator  # for all
  git: {url: https://github.com/acme/mono.git}
  image: ghcr.io/acme/{name}
  runtime: {name: node, start: [node, app.js], test: npm test, files: app.js}
"""


@pytest.fixture
def repo(tmp_path: Path) -> Project:
    found = mono(tmp_path)
    for path, text in {**PACKAGE, "gitopsgen.yaml": OLD}.items():
        found.write(f"services/cart/{path}", text)
    return found


def test_every_spec_of_an_older_version_is_rewritten_from_wherever_one_stands(repo: Project) -> None:
    assert "run gitopsgen upgrade" in repo.ours("check").err
    before = repo.tree()
    shown = repo.ours("upgrade", "--diff")
    assert shown.code == 1
    assert shown.out.count("+++ ") == 1
    assert repo.tree() == before
    told = repo.ours("-C", "services/shop", "upgrade")
    assert told.code == 0, told
    assert "services/cart/gitopsgen.yaml:3: " in told.out
    assert "services/cart/gitopsgen.yaml is gitopsgen/v1 now; run gitopsgen generate" in told.out
    assert "port: 3000  # behind the proxy" in repo.read("services/cart/gitopsgen.yaml")
    changed = {path for path, text in repo.tree().items() if before.get(path) != text}
    assert changed == {"services/cart/gitopsgen.yaml"}
    assert "nothing to do" in repo.ours("upgrade").out
    repo.generate()


def test_the_defaults_of_a_workspace_are_rewritten_too(repo: Project) -> None:
    repo.write("gitopsgen.workspace.yaml", SHARED)
    assert "run gitopsgen upgrade" in repo.ours("check").err
    told = repo.ours("upgrade")
    assert told.code == 0, told
    assert "gitopsgen.workspace.yaml, services/cart/gitopsgen.yaml are gitopsgen/v1 now" in told.out
    shared = repo.read("gitopsgen.workspace.yaml")
    assert "  mode: pull  # for all\n  repository: https://github.com/acme/mono.git\n" in shared
    assert "include: [app.js]" in shared
    repo.generate()


def test_one_spec_that_cannot_be_rewritten_keeps_all_as_they_are(repo: Project) -> None:
    repo.write("gitopsgen.workspace.yaml", SHARED)
    repo.edit("services/cart/gitopsgen.yaml", "ports: [3000]", "ports: [3000, 3001]")
    before = repo.tree()
    told = repo.ours("upgrade")
    assert told.code == 3
    assert "services/cart/gitopsgen.yaml:7:15: upgrade.not-one" in told.err
    assert repo.tree() == before


def test_a_mistake_is_told_where_it_is_written_in_the_old_words(repo: Project) -> None:
    repo.write("gitopsgen.workspace.yaml", SHARED.replace("operator  #", "opertor  #"))
    before = repo.tree()
    told = repo.ours("upgrade")
    assert told.code == 3
    assert told.err.count("gitopsgen.workspace.yaml:4:13: ") == 1
    assert repo.tree() == before
