"""People with a spec of the previews, and what `gitopsgen upgrade` does for them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trees import Ran, read_tree, run, write_tree

SPEC = "gitopsgen.yaml"
OLD = """\
# Our shop.
apiVersion: "gitopsgen/v1alpha1"
name: shop

delivery: 'ci'   # the cluster is open to CI
image: docker.io/acme/shop
git: # as one clones it
  # without a password
  url: https://github.com/acme/shop.git  # over https
  branch: trunk
runtime:
    name:  node
    files: src
ports:
  - 3000 # http
healthcheck: {path: /healthz, port: 3000}
# made by hand
imagePullSecret: regcred
cluster: {provider: aks, resourceGroup: rg, name: prod}
registry: docker-hub # for now
environment: staging
"""
NEW = """\
# Our shop.
apiVersion: "gitopsgen/v1"
name: shop

mode: 'push'   # the cluster is open to CI
image: docker.io/acme/shop
# without a password
repository: https://github.com/acme/shop.git  # over https
# as one clones it
branch: trunk
runtime:
    name:  node
    include: [src]
port: 3000 # http
health: /healthz
cluster: {type: aks, resourceGroup: rg, name: prod}
registry:
  type: docker-hub # for now
  # made by hand
  pullSecret: regcred
environments: {staging: {}}
"""


def repository(root: Path, spec: str = OLD) -> Path:
    return write_tree(root, {SPEC: spec, "package.json": "{}\n", "package-lock.json": "{}\n"})


def refused(root: Path, code: str, place: str, *words: str) -> Ran:
    """Upgrade, and see that one finding was told, at its place, and that nothing was written."""
    before = read_tree(root)
    ran = run("upgrade", cwd=root)
    assert (ran.code, ran.out) == (3, "")
    assert f"{SPEC}:{place}: {code}: " in ran.err, ran.err
    assert "1 error\n" in ran.err
    assert f"{SPEC} was not changed\n" in ran.err
    for word in words:
        assert word in ran.err
    assert read_tree(root) == before
    return ran


def test_a_spec_of_the_previews_is_upgraded_and_compiles(tmp_path: Path) -> None:
    repository(tmp_path)
    ran = run("upgrade", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert read_tree(tmp_path)[SPEC] == NEW
    assert f"{SPEC}:9: git.url is repository now: " in ran.out
    assert f"{SPEC}:16: healthcheck.port is gone: " in ran.out
    assert ran.out.endswith(f"{SPEC} is gitopsgen/v1 now; run gitopsgen generate\n")
    assert sorted(read_tree(tmp_path)) == [SPEC, "package-lock.json", "package.json"]
    assert run("generate", cwd=tmp_path).code == 0
    assert run("check", "--full", cwd=tmp_path).code == 0


def test_a_spec_that_is_new_already_is_left_alone(tmp_path: Path) -> None:
    repository(tmp_path, NEW)
    for words in ((), ("--diff",)):
        ran = run("upgrade", *words, cwd=tmp_path)
        assert (ran.code, ran.out, ran.err) == (0, f"{SPEC} is gitopsgen/v1: nothing to do\n", "")
    assert read_tree(tmp_path)[SPEC] == NEW
    assert run("upgrade", "--quiet", cwd=tmp_path) == Ran(0, "", "")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_diff_is_what_upgrade_does(tmp_path: Path, line_end: str) -> None:
    repository(tmp_path, OLD.replace("\n", line_end))
    shown = subprocess.run(
        [sys.executable, "-m", "gitopsgen", "upgrade", "--diff"], cwd=tmp_path, capture_output=True, check=False
    )
    assert shown.returncode == 1
    assert read_tree(tmp_path)[SPEC] == OLD.replace("\n", line_end)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=shown.stdout, check=True)
    assert read_tree(tmp_path)[SPEC] == NEW.replace("\n", line_end)


def test_what_is_lost_is_said_even_to_who_wants_quiet(tmp_path: Path) -> None:
    repository(tmp_path)
    ran = run("-q", "upgrade", cwd=tmp_path)
    assert ran.code == 0
    assert ran.out.splitlines() == [f"{SPEC}:16: healthcheck.port is gone: the app is asked on the port that it serves"]


@pytest.mark.parametrize("words", [("check",), ("generate",), ("diff",), ("setup",)], ids=" ".join)
def test_other_commands_say_one_thing_of_an_old_spec(tmp_path: Path, words: tuple[str, ...]) -> None:
    repository(tmp_path, OLD + "nonsense: 1\n")
    ran = run(*words, cwd=tmp_path)
    assert ran.code == 3
    assert ran.err.count(f"{SPEC}:") == 1
    assert f"{SPEC}:2:13: spec.old-version: " in ran.err
    assert "cure: run gitopsgen upgrade\n" in ran.err


def test_permissions_stay_and_a_link_is_refused(tmp_path: Path) -> None:
    repository(tmp_path)
    os.chmod(tmp_path / SPEC, 0o640)
    assert run("upgrade", cwd=tmp_path).code == 0
    assert os.stat(tmp_path / SPEC).st_mode & 0o777 == 0o640
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text(OLD)
    os.unlink(tmp_path / SPEC)
    os.symlink("elsewhere.yaml", tmp_path / SPEC)
    ran = run("upgrade", cwd=tmp_path)
    assert ran.code == 4
    assert "not a regular file" in ran.err
    assert elsewhere.read_text() == OLD


def test_a_folder_that_cannot_be_written_keeps_its_spec(tmp_path: Path) -> None:
    repository(tmp_path)
    (tmp_path / ".gitopsgen").write_text("in the way\n")
    ran = run("upgrade", cwd=tmp_path)
    assert ran.code == 4
    assert "Traceback" not in ran.err
    assert read_tree(tmp_path)[SPEC] == OLD


def test_what_would_not_be_valid_is_told_where_it_is_now(tmp_path: Path) -> None:
    repository(tmp_path, OLD.replace("  - 3000 # http", "  - 80 # http"))
    refused(tmp_path, "spec.out-of-range", "15:5", "  - 80 # http", "choose 1024 to 65535")
    repository(tmp_path, OLD.replace("'ci'   #", "by-hand #"))
    refused(tmp_path, "spec.bad-value", "5:11", '"mode" cannot be "by-hand"')
    repository(tmp_path, OLD.replace("provider: aks", "provider: axe"))
    refused(tmp_path, "spec.unknown-system", "19:21", "provider: axe")
    repository(tmp_path, OLD.replace("  branch: trunk", "  brunch: trunk"))
    refused(tmp_path, "spec.unknown-field", "7:1", '"git" is not a field')


def test_old_and_new_words_together_are_for_a_person(tmp_path: Path) -> None:
    repository(tmp_path, OLD + "repository: https://github.com/acme/other.git\n")
    refused(tmp_path, "upgrade.both-keys", "9:3", '"git.url" and "repository"', "keep repository")
    repository(tmp_path, OLD + "mode: pull\n")
    refused(tmp_path, "upgrade.both-keys", "5:1", '"delivery" and "mode"')
    repository(tmp_path, OLD.replace("docker-hub # for now", "{pullSecret: other}"))
    refused(tmp_path, "upgrade.both-keys", "18:1", '"imagePullSecret" and "registry.pullSecret"')


def test_anchors_and_aliases_are_for_a_person(tmp_path: Path) -> None:
    repository(tmp_path, OLD.replace("regcred", "&name regcred"))
    refused(tmp_path, "upgrade.anchor", "18:18", "an anchor", "write the values out")
    anchored = OLD.replace("name: shop", "name: &name shop", 1)
    repository(tmp_path, anchored.replace("regcred", "*name"))
    refused(tmp_path, "upgrade.anchor", "18:18", "an alias")
    repository(tmp_path, OLD.replace("cluster: {", "cluster: &all {") + "spare: *all\n")
    refused(tmp_path, "upgrade.anchor", "19:10", "an anchor")
    # An alias that no step touches is nobody's business.
    repository(tmp_path, anchored.replace("resourceGroup: rg", "resourceGroup: *name"))
    assert run("upgrade", cwd=tmp_path).code == 0
    assert read_tree(tmp_path)[SPEC] == NEW.replace("name: shop", "name: &name shop", 1).replace(
        "resourceGroup: rg", "resourceGroup: *name"
    )


def test_what_has_no_one_answer_is_for_a_person(tmp_path: Path) -> None:
    repository(tmp_path, OLD.replace("  - 3000 # http", "  - 3000 # http\n  - 9090 # metrics"))
    refused(tmp_path, "upgrade.not-one", "16:5", "the list has 2", "keep the one that counts")
    repository(tmp_path, OLD.replace("ports:\n  - 3000 # http", "ports: []"))
    refused(tmp_path, "upgrade.not-one", "14:8", "the list is empty")
    repository(tmp_path, OLD.replace("registry: docker-hub # for now", "registry: [docker-hub]"))
    refused(tmp_path, "upgrade.by-hand", "18:1", "write it as registry.pullSecret by hand")
    repository(tmp_path, OLD.replace("delivery: 'ci'   #", "? delivery\n: ci #"))
    refused(tmp_path, "upgrade.by-hand", "5:3", '"delivery" is not written as `key: value`')
    repository(tmp_path, OLD.replace("environment: staging", "environment: |-\n  staging"))
    refused(tmp_path, "upgrade.by-hand", "21:14")


def test_everything_that_is_for_a_person_is_told_at_once(tmp_path: Path) -> None:
    spec = OLD.replace("regcred", "&name regcred").replace("- 3000 # http", "- 3000\n  - 3001") + "mode: pull\n"
    ran = run("upgrade", cwd=repository(tmp_path, spec))
    assert ran.code == 3
    assert "3 errors\n" in ran.err


def test_other_versions_and_what_is_no_spec(tmp_path: Path) -> None:
    repository(tmp_path, OLD.replace("gitopsgen/v1alpha1", "gitopsgen/v2"))
    refused(tmp_path, "spec.unknown-version", "2:13", "upgrade gitopsgen itself")
    repository(tmp_path, OLD.replace("{path", "[path"))
    refused(tmp_path, "yaml.syntax", "16:41")
    os.unlink(tmp_path / SPEC)
    ran = run("upgrade", cwd=tmp_path)
    assert (ran.code, ran.out) == (3, "")
    assert "spec.missing-file" in ran.err


def test_a_conflict_of_git_comes_first(tmp_path: Path) -> None:
    ours, theirs = OLD, OLD.replace("trunk", "main")
    subprocess.run(["git", "init", "-q", "-b", "trunk"], cwd=tmp_path, check=True)
    for name, text in (("base", OLD.replace("trunk", "old")), ("ours", ours), ("theirs", theirs)):
        (tmp_path / name).write_text(text)
    merge = ["git", "merge-file", "-p", "ours", "base", "theirs"]
    merged = subprocess.run(merge, cwd=tmp_path, capture_output=True, check=False)
    assert merged.returncode == 1
    repository(tmp_path, merged.stdout.decode())
    refused(tmp_path, "spec.merge-markers", "10:1", "<<<<<<< ours", "cure: decide, then run gitopsgen generate")
