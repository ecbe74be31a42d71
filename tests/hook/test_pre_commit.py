"""The block in .pre-commit-config.yaml and our own .pre-commit-hooks.yaml, run by the real pre-commit."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.hook.repos import FILES, Repository, stage_as_told
from tests.trees import read_tree, write_tree

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """A delivered app in which pre-commit is the hook."""
    repo = Repository(tmp_path / "work", tmp_path / "home").delivered()
    assert repo.run("pre-commit", "install").code == 0
    return repo


def test_a_commit_of_other_files_writes_nothing(repo: Repository) -> None:
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    repo.edit("README.md", "A shop", "The shop")
    repo.git("add", "README.md")
    tree = read_tree(repo.root)
    ran = repo.commit()
    assert ran.code == 0, ran
    assert read_tree(repo.root) == tree


def test_a_staged_spec_fails_once_and_then_passes(repo: Repository) -> None:
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    repo.git("add", "gitopsgen.yaml")
    ran = repo.commit()
    assert ran.code == 1, ran
    assert "EXPOSE 3001" in (repo.root / "Dockerfile").read_text()
    stage_as_told(repo, ran)
    assert repo.commit().code == 0
    assert repo.git("status", "--porcelain") == ""
    assert repo.ours("check", "--full").code == 0


def test_new_files_stop_the_commit_too(repo: Repository) -> None:
    """What pre-commit sees of a hook are changes of files that git knows; a new file is ours to tell."""
    write_tree(repo.root, {"gitopsgen.yaml": FILES["gitopsgen.yaml"] + "expose: load-balancer\n"})
    assert repo.ours("generate").code == 0
    repo.git("add", "--update")
    repo.git("rm", "--quiet", "--cached", "k8s/base/service.yaml")
    ran = repo.commit()
    assert ran.code == 1, ran
    assert "files were modified by this hook" not in ran.err
    stage_as_told(repo, ran)
    assert repo.commit().code == 0


def test_an_edited_output_is_shown_as_a_conflict(repo: Repository) -> None:
    repo.edit("Dockerfile", "FROM", "# mine\nFROM")
    repo.git("add", "Dockerfile")
    ran = repo.commit()
    assert ran.code == 1, ran
    assert "exit code: 4" in ran.err
    assert "edited  Dockerfile" in ran.err


def test_a_deleted_output_is_shown_as_a_conflict(repo: Repository) -> None:
    repo.git("rm", "--quiet", "Dockerfile")
    ran = repo.commit()
    assert ran.code == 1, ran
    assert "exit code: 4" in ran.err
    assert "gone    Dockerfile" in ran.err


def test_a_spec_that_is_staged_in_part_gets_its_own_files(repo: Repository) -> None:
    """pre-commit puts the other part away while the hook runs, and back afterwards."""
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    repo.git("add", "gitopsgen.yaml")
    write_tree(repo.root, {"gitopsgen.yaml": (repo.root / "gitopsgen.yaml").read_text() + "replicas: 4\n"})
    ran = repo.commit()
    assert ran.code == 1, ran
    assert "replicas: 4" in (repo.root / "gitopsgen.yaml").read_text()
    stage_as_told(repo, ran)
    assert repo.commit().code == 0
    fresh = repo.root.parent / "fresh"
    repo.git("clone", "--quiet", str(repo.root), str(fresh))
    assert "EXPOSE 3001" in (fresh / "Dockerfile").read_text()
    assert repo.ours("check", "--full", cwd=fresh).code == 0
    assert "replicas: 4" in (repo.root / "gitopsgen.yaml").read_text()


def test_our_own_hook_does_not_get_into_its_way(repo: Repository) -> None:
    before = (repo.root / ".git/hooks/pre-commit").read_text()
    ran = repo.ours("hook", "install")
    assert (ran.code, "pre-commit runs gitopsgen" in ran.out) == (0, True), ran
    (repo.root / ".pre-commit-config.yaml").write_text("repos: []\n")
    ran = repo.ours("hook", "install")
    assert (ran.code, "`gitopsgen hook run`" in ran.err) == (4, True), ran
    assert (repo.root / ".git/hooks/pre-commit").read_text() == before


def test_the_manifest_for_pre_commit_is_valid(repo: Repository) -> None:
    ran = repo.run("pre-commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))
    assert ran.code == 0, ran


@pytest.mark.skipif(
    not os.environ.get("GITOPSGEN_THOROUGH"), reason="NOT TESTED: installs gitopsgen from a package index"
)
def test_pre_commit_can_install_gitopsgen_itself(repo: Repository, tmp_path: Path) -> None:
    source = tmp_path / "source"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    published = repo.elsewhere(source)
    published.git("init", "--quiet")
    published.git("add", "--all", "--force")
    published.git("commit", "--quiet", "--message", "Release")
    published.git("tag", "v1")
    shutil.rmtree(repo.root / ".git/hooks")
    configuration = f"repos:\n  - repo: {source}\n    rev: v1\n    hooks:\n      - id: gitopsgen\n"
    write_tree(tmp_path, {"own.yaml": configuration})
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    repo.git("add", "gitopsgen.yaml")
    passed = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    ran = repo.run("pre-commit", "run", "--config", str(tmp_path / "own.yaml"), variables=passed)
    assert ran.code == 1, ran
    assert "EXPOSE 3001" in (repo.root / "Dockerfile").read_text()
    stage_as_told(repo, ran)
    assert repo.run("pre-commit", "run", "--config", str(tmp_path / "own.yaml"), variables=passed).code == 0
