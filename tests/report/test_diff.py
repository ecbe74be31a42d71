"""The diff is what generate does: git applies it and gets the same bytes and modes."""

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.repo.apply import Locks, apply
from gitopsgen.repo.change import Change
from gitopsgen.repo.lock import LOCK_NAME, Lock
from gitopsgen.repo.record import lock_change
from gitopsgen.report.diff import diff_bytes, stat_text

texts = st.lists(st.sampled_from([b"a", b"b", b"", b"c\r", b"\xff", b"--- a", b"+++ b", b"@@", b"\\ No"]), max_size=8)
contents = st.builds(lambda lines, last: b"\n".join(lines) + (b"\n" if last else b""), texts, st.booleans())
modes = st.sampled_from([0o644, 0o755])


def lay(folder: Path, changes: list[Change]) -> None:
    for change in changes:
        if change.before is not None:
            path = folder / change.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(change.before)
            path.chmod(change.mode_before)


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mode & 0o100)
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def compare(changes: list[Change]) -> None:
    with tempfile.TemporaryDirectory() as name:
        git, ours = Path(name, "git"), Path(name, "ours")
        for folder in (git, ours):
            folder.mkdir()
            lay(folder, changes)
        lock = Lock("0.1.0")
        diff = diff_bytes([*changes, lock_change(None, lock)])
        apply(Root(str(ours)), changes, Locks(None, lock))
        subprocess.run(["git", "init", "-q"], cwd=git, check=True)
        run = subprocess.run(["git", "apply", "-"], cwd=git, input=diff, capture_output=True, check=False)
        assert run.returncode == 0, (run.stderr, diff)
        assert tree(git) == tree(ours)


def change(path: str, before: bytes | None, after: bytes | None, modes: tuple[int, int] = (0o644, 0o644)) -> Change:
    verdict = "create" if before is None else "orphan" if after is None else "update"
    return Change(RepoPath(path), verdict, "managed", before, after, modes[1], "p", mode_before=modes[0])  # type: ignore[arg-type]


CASES = {
    "update": change("a", b"1\n2\n3\n", b"1\nx\n3\n"),
    "create in new folders": change("d/e/f", None, b"1\n"),
    "create executable": change("run.sh", None, b"#!/bin/sh\n", (0, 0o755)),
    "create empty": change("empty", None, b""),
    "delete": change("d/old", b"1\n", None),
    "delete executable": change("d/old", b"1\n", None, (0o755, 0o755)),
    "delete empty": change("d/empty", b"", None),
    "empty it": change("a", b"1\n", b""),
    "fill it": change("a", b"", b"1\n"),
    "mode only": change("a", b"1\n", b"1\n", (0o644, 0o755)),
    "mode and text": change("a", b"1\n", b"2\n", (0o755, 0o644)),
    "crlf": change("a", b"1\r\n2\r\n", b"1\r\n3\r\n"),
    "crlf to lf": change("a", b"1\r\n2\r\n", b"1\n2\n"),
    "no last line end": change("a", b"1\n2", b"1\n3"),
    "last line end lost": change("a", b"1\n2\n", b"1\n2"),
    "last line end won": change("a", b"1\n2", b"1\n2\n"),
    "space in the name": change("my app/a b.yaml", b"1\n", b"2\n"),
    "create with a space": change("my app/new one", None, b"2\n"),
    "delete with a space": change("my app/old one", b"2\n", None),
    "create empty with a space": change("my app/empty one", None, b""),
    "non-ascii name": change("ü/名.yaml", b"1\n", b"2\n"),
    "quote in the name": change('a"b', b"1\n", b"2\n"),
    "quote at the start of the name": change('"a', None, b"2\n"),
    "looks like a header": change("a", b"-- a\n++ b\n", b"++ b\n-- a\n"),
    "far apart": change("a", b"1\n" + b"x\n" * 50 + b"2\n", b"3\n" + b"x\n" * 50 + b"4\n"),
    "form feed and next line": change("a", b"1\x0c2\x852\n", b"1\x0c2\x853\n"),
}


@pytest.mark.parametrize("one", CASES.values(), ids=CASES)
def test_git_applies_it_with_the_same_result(one: Change) -> None:
    compare([one])


def test_git_applies_all_at_once() -> None:
    compare([CASES[name]._replace(path=RepoPath(f"n{number}/x")) for number, name in enumerate(CASES)])


@given(st.lists(st.tuples(contents, contents, modes, modes).filter(lambda it: it[0] != it[1]), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_git_applies_any_change(many: list[tuple[bytes, bytes, int, int]]) -> None:
    compare([change(f"f{at}", old, new, (one, two)) for at, (old, new, one, two) in enumerate(many)])


def test_form() -> None:
    assert diff_bytes([CASES["mode and text"], change("n", None, b"x")]) == (
        b"diff --git a/a b/a\nold mode 100755\nnew mode 100644\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+2\n"
        b"diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n"
        b"\\ No newline at end of file\n"
    )


def test_name_with_a_space_ends_in_a_tab_for_other_readers_than_git() -> None:
    assert b"--- a/my app/a b.yaml\t\n+++ b/my app/a b.yaml\t\n" in diff_bytes([CASES["space in the name"]])
    assert b"--- /dev/null\n" in diff_bytes([CASES["create with a space"]])


def test_conflicts_only_when_asked() -> None:
    edited = CASES["update"]._replace(verdict="edited")
    kept = CASES["update"]._replace(verdict="keep")
    assert diff_bytes([edited, kept]) == b""
    assert diff_bytes([edited, kept], taken=True) == diff_bytes([CASES["update"]])


def test_lock_is_part_of_it_only_when_it_changes() -> None:
    text = lock_change(None, Lock("1")).after
    assert lock_change(text, Lock("1")).verdict == "keep"
    assert lock_change(text, Lock("2")).verdict == "update"
    assert lock_change(None, Lock("1")).path == LOCK_NAME


def test_stat() -> None:
    changes = [
        CASES["update"],
        change("longer/name", None, b"1\n" * 100),
        CASES["mode only"]._replace(path=RepoPath("m")),
    ]
    assert stat_text(changes) == (
        " a           |   2 +-\n"
        " longer/name | 100 " + "+" * 40 + "\n"
        " m           |   0\n"
        " 3 files changed, 101 insertions(+), 1 deletion(-)\n"
    )
    assert stat_text([]) == ""
