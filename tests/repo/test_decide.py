"""Properties of the verdict, over random histories of one repository."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsgen.core.files import RenderedFile
from gitopsgen.repo.block import END, START
from gitopsgen.repo.change import Decision
from gitopsgen.unchanged import unchanged

from .trees import SPEC, VERSION, build, generate, look, rendered, tree

PATHS = ("a", "d/b", "d/e/c")
texts = st.sampled_from(["1\n", "2\n", "3\n", "1\r\n", "", "x"])
ownerships = st.sampled_from(["managed", "once", "block"])
wanted = st.dictionaries(
    st.sampled_from(PATHS), st.tuples(texts.filter(lambda text: "\r" not in text), ownerships, st.booleans())
)
# What a person does between two runs: writes, deletes, checks out with CRLF, edits or drops the block.
acts = st.lists(
    st.tuples(st.sampled_from(PATHS), st.sampled_from(["write", "delete", "crlf", "append", "prepend"]), texts),
    max_size=3,
)
runs = st.lists(st.tuples(acts, wanted, st.frozensets(st.sampled_from(PATHS))), min_size=1, max_size=5)


def files_of(want: dict) -> list[RenderedFile]:  # type: ignore[type-arg]
    return [
        rendered(path, text, ownership, 0o755 if executable else 0o644)
        for path, (text, ownership, executable) in want.items()
    ]


def act(folder: Path, path: str, what: str, text: str) -> None:
    target = folder / path
    old = target.read_bytes() if target.exists() else None
    if what == "write":
        build(folder, {path: f"mine {text}"})
    elif old is None:
        return
    elif what == "delete":
        target.unlink()
    elif what == "crlf":
        build(folder, {path: old.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")})
    elif what == "append":
        build(folder, {path: old + b"\nmine below\n"})
    else:
        build(folder, {path: b"mine above\n" + old})


def persons_lines(files: dict[str, bytes]) -> set[bytes]:
    return {line for text in files.values() for line in text.replace(b"\r", b"").split(b"\n") if b"mine" in line}


@given(runs)
@settings(max_examples=300, deadline=None)
def test_no_persons_line_is_ever_lost_and_a_second_run_changes_nothing(history: list) -> None:  # type: ignore[type-arg]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for actions, want, take in history:
            for path, what, text in actions:
                act(folder, path, what, text)
            files = files_of(want)
            before = tree(folder, lock=True)
            plan = look(folder, files)
            decision = generate(folder, files, tuple(sorted({change.path for change in plan.conflicts} & take)))
            after = tree(folder, lock=True)
            if decision.conflicts or decision.diagnostics:
                assert after == before
                continue
            kept_before = {path: text for path, text in before.items() if path.startswith(".gitopsgen/kept/")}
            alive = {path: text for path, text in before.items() if path not in kept_before}
            assert persons_lines(alive) <= persons_lines(after)
            settled(folder, files, after)


def settled(folder: Path, files: list[RenderedFile], after: dict[str, bytes]) -> None:
    again = look(folder, files)
    assert not again.drift, again.drift
    assert {change.verdict for change in again.changes} <= {"keep", "gone"}
    generate(folder, files)
    assert tree(folder, lock=True) == after


@given(runs)
@settings(max_examples=100, deadline=None)
def test_a_decision_tells_the_texts_that_are_on_disk_before_and_after(history: list) -> None:  # type: ignore[type-arg]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for actions, want, take in history:
            for path, what, text in actions:
                act(folder, path, what, text)
            before = tree(folder)
            take_now = {change.path for change in look(folder, files_of(want)).conflicts} & take
            decision = generate(folder, files_of(want), tuple(take_now))
            assert told(decision, "before", before) == {
                change.path: before.get(change.path) for change in decision.changes
            }
            if not decision.conflicts and not decision.diagnostics:
                after = tree(folder)
                assert told(decision, "after", after) == {
                    path: after.get(path) for path in told(decision, "after", after)
                }


@given(st.lists(acts, max_size=4), wanted)
@settings(max_examples=150, deadline=None)
def test_the_fast_path_says_yes_only_when_the_full_run_finds_nothing(history: list, want: dict) -> None:  # type: ignore[type-arg]
    with tempfile.TemporaryDirectory() as name:
        folder, files = Path(name), files_of(want)
        build(folder, {SPEC: "x: 1\n"})
        generate(folder, files)
        assert unchanged(name, VERSION)
        for actions in history:
            for path, what, text in actions:
                act(folder, path, what, text)
            if unchanged(name, VERSION):
                assert {change.verdict for change in look(folder, files).changes} <= {"keep"}


@given(acts, wanted)
@settings(max_examples=100, deadline=None)
def test_the_fast_path_does_not_vouch_for_what_is_left_for_later(actions: list, want: dict) -> None:  # type: ignore[type-arg]
    with tempfile.TemporaryDirectory() as name:
        folder, files = Path(name), files_of(want)
        build(folder, {SPEC: "x: 1\n"})
        for path, what, text in actions:
            act(folder, path, what, text)
        undecided = tuple(str(change.path) for change in look(folder, files).conflicts)
        generate(folder, files, keep=undecided)
        assert unchanged(name, VERSION) is ({change.verdict for change in look(folder, files).changes} <= {"keep"})


def told(decision: Decision, which: str, files: dict[str, bytes]) -> dict[str, bytes | None]:
    return {change.path: getattr(change, which) for change in decision.changes}


def test_markers_are_what_the_properties_assume() -> None:
    assert b"mine" not in START + END
