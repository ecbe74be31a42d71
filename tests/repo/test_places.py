"""Where a file may be: links, folders in the way, what gitopsgen reads itself, git's own folder."""

import os
from pathlib import Path

import pytest

from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.repo.apply import Locks, apply
from gitopsgen.repo.lock import Lock
from gitopsgen.repo.snapshot import take_snapshot

from .trees import build, codes, generate, look, rendered, tree


def test_what_is_not_a_file_is_told_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    build(tmp_path, {"outside/secret": "s", "repo/x": "file"})
    repo = tmp_path / "repo"
    (repo / "link").symlink_to(outside / "secret")
    (repo / "folder").mkdir()
    (repo / "away").symlink_to(outside)
    os.mkfifo(repo / "pipe")
    paths = [RepoPath(name) for name in ("away/secret", "folder", "link", "pipe", "x/below")]
    found = take_snapshot(Root(str(repo)), paths, [])
    assert isinstance(found, list)
    assert [(bad.path, bad.code) for bad in found] == [
        ("away/secret", "path.unsafe"),
        ("folder", "path.not-a-file"),
        ("link", "path.not-a-file"),
        ("pipe", "path.not-a-file"),
        ("x/below", "path.not-a-file"),
    ]
    locked = take_snapshot(Root(str(repo)), [], paths)
    assert isinstance(locked, list)
    assert [bad.path for bad in locked] == ["away/secret"]


def test_linked_folder_inside_the_repository_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "k8s").symlink_to("real")
    generate(tmp_path, [rendered("k8s/a", "1")])
    assert tree(tmp_path) == {"real/a": b"1"}
    assert (tmp_path / "k8s").is_symlink()


@pytest.mark.parametrize("name", ["gitopsgen.yaml", "gitopsgen.lock", ".gitopsgen/templates/a", ".gitopsgen/kept/a"])
def test_what_gitopsgen_reads_itself_is_never_an_output(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="never an output"):
        look(tmp_path, [rendered(name, "x")])
    change = look(tmp_path, [rendered("a", "x")]).changes[0]._replace(path=RepoPath(name))
    with pytest.raises(ValueError, match="never an output"):
        apply(Root(str(tmp_path)), [change], Locks(None, Lock("1")))
    assert tree(tmp_path, lock=True) == {}


@pytest.mark.parametrize("target", [".git/hooks", ".GIT/hooks", ".git"])
def test_a_link_into_git_is_not_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / target).mkdir(parents=True)
    (tmp_path / "hooks").symlink_to(target)
    found = take_snapshot(Root(str(tmp_path)), [RepoPath("hooks/pre-commit")], [])
    assert isinstance(found, list)
    assert codes(found) == ["path.unsafe"]
    with pytest.raises(UnsafePathError, match=r"\.git"):
        Root(str(tmp_path)).locate(RepoPath("hooks/deeper/pre-commit"))


@pytest.mark.parametrize("name", [".git", ".GIT/a", ".git /a", "a/.git./b", ".git . ./a", "GIT~1/a", ".git::$DATA/a"])
def test_no_spelling_of_gits_own_folder_is_a_path(name: str) -> None:
    with pytest.raises(UnsafePathError, match="belongs to git"):
        RepoPath(name)


@pytest.mark.parametrize(
    ("target", "name"), [(".", "gitopsgen.yaml"), (".gitopsgen", "templates/ci/a"), (".gitopsgen/templates", "a")]
)
def test_no_link_leads_to_what_gitopsgen_reads_itself(tmp_path: Path, target: str, name: str) -> None:
    build(tmp_path, {".gitopsgen/templates/a": "t", "deep/file": "x"})
    (tmp_path / "deep/link").symlink_to(tmp_path / target)
    found = take_snapshot(Root(str(tmp_path)), [], [RepoPath(f"deep/link/{name}")])
    assert isinstance(found, list)
    assert codes(found) == ["path.unsafe"]
    assert Root(str(tmp_path)).read(RepoPath(".gitopsgen/templates/a")) == b"t"
    (tmp_path / "linked").symlink_to("deep")
    assert Root(str(tmp_path)).read(RepoPath("linked/file")) == b"x"
