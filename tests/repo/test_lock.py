"""The lock: what is written is read back, git can merge it, and nothing in it is believed."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root, is_reserved
from gitopsgen.repo.lock import (
    LARGEST,
    LOCK_NAME,
    LONGEST_LINE,
    Entry,
    Input,
    Lock,
    is_newer,
    parse,
    read_lock,
    render,
)

HEX = "a" * 64
HEAD = "format 1\ntool 0.1.0\n"


def repo_path(text: str) -> RepoPath | None:
    try:
        return None if is_reserved(text) else RepoPath(text)
    except UnsafePathError:
        return None


# What no path may hold would be filtered out so often that Hypothesis gives up.
printable = st.one_of(st.characters(exclude_categories=("C", "Z")), st.just(" "))
paths = st.text(printable, min_size=1, max_size=30).map(repo_path).filter(bool).map(lambda path: RepoPath(str(path)))
words = st.from_regex(r"[!-~]{1,20}", fullmatch=True)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
modes = st.sampled_from([0o644, 0o755])
entries = st.one_of(
    st.builds(Entry, paths, st.sampled_from(["managed", "block"]), digests, modes, words, st.just("")),
    st.builds(Entry, paths, st.just("once"), st.just("-"), modes, words, st.just("")),
)


def by_path(facts: list) -> tuple:  # type: ignore[type-arg]
    return tuple(sorted({fact.path: fact for fact in facts}.values()))


locks = st.builds(
    Lock,
    words,
    st.lists(st.builds(Input, paths, digests)).map(by_path),
    st.lists(entries).map(by_path),
    st.sets(paths).map(lambda needs: tuple(sorted(needs))),
    st.sets(entries).map(lambda intents: tuple(sorted(intents))),
    st.sets(paths).map(lambda lacks: tuple(sorted(lacks))),
)


@given(locks)
def test_what_is_written_is_read_back(lock: Lock) -> None:
    raw = render(lock)
    assert parse(raw) == lock
    assert parse(raw.replace(b"\n", b"\r\n")) == lock
    assert render(lock._replace(inputs=lock.inputs[::-1], files=lock.files[::-1])) == raw
    lines = raw.splitlines(keepends=True)
    assert parse(b"".join(reversed(lines))) == lock


@given(st.binary() | st.text().map(str.encode))
def test_garbage_is_a_diagnostic(raw: bytes) -> None:
    found = parse(raw)
    assert isinstance(found, Diagnostic)
    assert (found.code, found.path) == ("lock.unreadable", "gitopsgen.lock")
    assert found.cure


@given(locks, st.data())
def test_any_changed_byte_is_refused_or_read_as_a_safe_lock(lock: Lock, data: st.DataObject) -> None:
    raw = bytearray(render(lock))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    found = parse(bytes(raw))
    if isinstance(found, Lock):
        for path in [entry.path for entry in found.files] + [given.path for given in found.inputs]:
            assert RepoPath(str(path)) == path
    else:
        assert found.code == "lock.unreadable"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("tool 1\n", 2, "format"),
        ("format 1\n", 2, "tool"),
        ("format 2\ntool 1\n", 1, "newer"),
        (HEAD + "promise x\n", 3, "not a kind of line"),
        (HEAD + "intent x\n", 3, "intent <ownership>"),
        (HEAD + "intent managed - 644 p ../a\n", 3, "'..'"),
        (HEAD + "intent managed - 644 p gitopsgen.yaml\n", 3, "never generated"),
        (HEAD + f"input {HEX}\n", 3, "input line"),
        (HEAD + f"input {HEX.upper()} a\n", 3, "SHA-256"),
        (HEAD + f"file managed {HEX} 644 p\n", 3, "file <ownership>"),
        (HEAD + f"file robot {HEX} 644 p a\n", 3, "none of"),
        (HEAD + f"file managed {HEX} 777 p a\n", 3, "mode"),
        (HEAD + "file managed - 644 p a\n", 3, "SHA-256"),
        (HEAD + "file managed - 644 p a\n", 3, "only a once file"),
        (HEAD + f"file managed {HEX} 644 p /etc/passwd\n", 3, "relative"),
        (HEAD + f"file managed {HEX} 644 p a/../../b\n", 3, "'..'"),
        (HEAD + f"file managed {HEX} 644 p .git/hooks/pre-commit\n", 3, ".git"),
        (HEAD + f"file managed {HEX} 644 p .GIT /config\n", 3, ".git"),
        (HEAD + f"file managed {HEX} 644 p git~1/config\n", 3, ".git"),
        (HEAD + f"file managed {HEX} 644 p gitopsgen.yaml\n", 3, "never generated"),
        (HEAD + "file once - 644 p GitOpsGen.lock\n", 3, "never generated"),
        (HEAD + f"file managed {HEX} 644 p .gitopsgen/templates/ci/x\n", 3, "never generated"),
        (HEAD + f"file managed {HEX} 644 p .gitopsgen/kept/x\n", 3, "never generated"),
        (HEAD + "needs ../a\n", 3, "'..'"),
        (HEAD + "needs\n", 3, "1 to"),
        (HEAD + "x" * (LONGEST_LINE + 1), 3, "characters"),
    ],
)
def test_each_mistake_is_told_at_its_line(text: str, line: int, message: str) -> None:
    found = parse(text.encode())
    assert isinstance(found, Diagnostic)
    assert found.position is not None
    assert found.position.line == line
    assert message in found.message
    assert found.cure
    assert len(found.source) <= LONGEST_LINE


def test_unknown_kind_of_line_asks_for_an_upgrade() -> None:
    found = parse((HEAD + "promise x\n").encode())
    assert isinstance(found, Diagnostic)
    assert found.cure == "upgrade gitopsgen"


def test_a_merge_that_kept_both_lines_knows_both_texts() -> None:
    """Git's union driver keeps both; a conflict keeps both between its marks."""
    ours, theirs = f"file managed {HEX} 644 p a\n", f"file managed {'b' * 64} 644 p a\n"
    base = f"file managed {'c' * 64} 644 p a\n"
    both = parse((HEAD + "tool 0.10.0\n" + ours + theirs + f"input {HEX} s\ninput {'b' * 64} s\n").encode())
    assert isinstance(both, Lock)
    assert [entry.digest[0] for entry in (*both.files, *both.intents)] == ["a", "b"]
    assert both.tool == "0.10.0", "the later of the two"
    assert len(both.inputs) == 1
    marked = f"{HEAD}<<<<<<< HEAD\n{ours}||||||| base\n{base}=======\n{theirs}>>>>>>> branch\n"
    found = parse(marked.encode())
    assert isinstance(found, Lock)
    assert {entry.digest[0] for entry in (*found.files, *found.intents)} == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("tool", "than", "newer"),
    [
        *(("0.2.0", "0.1.9", True), ("0.10.0", "0.9.0", True), ("1.0", "0.99.1", True), ("0.1.0", "0.1.0", False)),
        *(("0.1.0", "0.2.0", False), ("odd", "0.1.0", False), ("0.1.0.1", "0.1.0", True)),
    ],
)
def test_a_later_version_is_told_by_its_numbers(tool: str, than: str, newer: bool) -> None:
    assert is_newer(tool, than) is newer


def test_too_large() -> None:
    found = parse(b"#" * (LARGEST + 1))
    assert isinstance(found, Diagnostic)
    assert "bytes" in found.message


def test_a_word_with_a_space_is_our_bug() -> None:
    with pytest.raises(ValueError, match="one word"):
        render(Lock("0.1 0"))


def test_git_merges_two_branches_that_change_different_files(tmp_path: Path) -> None:
    def lock(*changed: int) -> bytes:
        files = [
            Entry(RepoPath(f"k8s/{number:02}.yaml"), "managed", ("b" if number in changed else "a") * 64, 0o644, "p")
            for number in range(20)
        ]
        return render(Lock("0.1.0", (), tuple(files)))

    for name, raw in (("base", lock()), ("ours", lock(2)), ("theirs", lock(15))):
        (tmp_path / name).write_bytes(raw)
    command = ["git", "merge-file", "-p", "ours", "base", "theirs"]
    merged = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert merged.stdout == lock(2, 15)


def test_the_schema_is_an_output_like_any_other() -> None:
    assert isinstance(parse((HEAD + f"file managed {HEX} 644 p .gitopsgen/schema.json\n").encode()), Lock)


def test_a_lock_that_is_no_file_is_unreadable(tmp_path: Path) -> None:
    root = Root(str(tmp_path))
    assert read_lock(root) is None
    (tmp_path / LOCK_NAME).mkdir()
    folder = read_lock(root)
    (tmp_path / LOCK_NAME).rmdir()
    (tmp_path / "l").write_text(HEAD)
    (tmp_path / LOCK_NAME).symlink_to("l")
    link = read_lock(root)
    for found in (folder, link):
        assert isinstance(found, Diagnostic)
        assert (found.code, found.path) == ("lock.unreadable", LOCK_NAME)
        assert found.cure
    (tmp_path / "l").rename(tmp_path / LOCK_NAME)
    assert read_lock(root) == Lock("0.1.0")
