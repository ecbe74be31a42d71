"""The quick answer: cheap for every commit that is no concern of ours, and never no for one that is."""

import sys
from pathlib import Path

import pytest

from gitopsgen.core.repopath import RepoPath
from gitopsgen.hook.quick import named
from gitopsgen.repo.lock import Lock, parse
from tests.hook.repos import Repository
from tests.imports_of import imports_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_a_commit_of_other_files_imports_nothing(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home").delivered()
    repo.edit("README.md", "A shop", "The shop")
    repo.git("add", "README.md")
    bare = imports_of(Path(sys.executable), ["-c", "import re, runpy"], repo.root)
    ours = imports_of(Path(sys.executable), ["-m", "gitopsgen", "hook", "run"], repo.root) - bare
    assert {name for name in ours if name.startswith("gitopsgen")} == {
        "gitopsgen",
        "gitopsgen.entry",
        "gitopsgen.core",
        "gitopsgen.core.git",
        "gitopsgen.hook",
        "gitopsgen.hook.quick",
    }
    assert not ours & {"subprocess", "click", "tempfile", "hashlib"}


@pytest.mark.parametrize("example", ["pull", "push"])
def test_it_reads_of_a_lock_what_the_full_reader_reads(example: str) -> None:
    raw = (EXAMPLES / example / "gitopsgen.lock").read_bytes()
    lock = parse(raw)
    assert isinstance(lock, Lock)
    assert named(raw.decode()) == {
        *(entry.path for entry in lock.files),
        *(read.path for read in lock.inputs),
        *lock.needs,
    }
    assert named(raw.replace(b"\n", b"\r\n").decode()) == named(raw.decode())


def test_it_reads_a_lock_after_a_merge_or_a_crash() -> None:
    digest = "a" * 64
    text = (
        f"<<<<<<< ours\nfile managed {digest} 644 ci/x a b\n=======\nfile once - 644 ci/x c\n>>>>>>> theirs\n"
        f"intent managed {digest} 644 ci/x d\nneeds e f\nneeds\nfile\nwhatever g\n"
    )
    assert named(text) == {RepoPath("a b"), "c", "d", "e f"}


@pytest.mark.parametrize("words", [("add", "."), ("rm", "--quiet", "k8s/base/service.yaml"), ("mv", "Dockerfile", "D")])
def test_every_staged_file_of_ours_is_seen(tmp_path: Path, words: tuple[str, ...]) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home").delivered()
    # What a person has configured for their own `git diff` must not hide anything.
    for name, value in {"diff.renames": "copies", "diff.relative": "true", "diff.noprefix": "true"}.items():
        repo.git("config", name, value)
    (repo.root / "Dockerfile").write_text("FROM scratch\n")
    repo.git("add", "Dockerfile") if words[0] == "mv" else None
    repo.git(*words)
    assert repo.ours("hook", "run").code == 4
