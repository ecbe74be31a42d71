"""What people see."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo.change import Change, Verdict
from gitopsgen.report.out import emit
from gitopsgen.report.safe import width
from gitopsgen.report.text import changes_text, diagnostics_text, source_lines, summary_text, tree_text

FOUND = Diagnostic(
    "spec.unknown-field",
    '"replica" is not a field of the spec',
    'write "replicas"',
    "gitopsgen.yaml",
    Position(12, 3, 7),
    "  replica: 2",
)


def change(path: str, verdict: Verdict, **fields) -> Change:  # type: ignore[no-untyped-def]
    base = Change(RepoPath(path), "keep", "managed", b"old\n", b"new\n", 0o644, "ci/x", "why", mode_before=0o644)
    return base._replace(verdict=verdict, **fields)


def test_a_finding_shows_place_reason_line_caret_and_cure() -> None:
    assert diagnostics_text([FOUND]) == (
        'gitopsgen.yaml:12:3: spec.unknown-field: "replica" is not a field of the spec\n'
        "      replica: 2\n"
        "      ^~~~~~~\n"
        '    cure: write "replicas"\n'
        "1 error\n"
    )


def test_findings_come_once_and_in_order_with_their_number() -> None:
    early = FOUND._replace(position=Position(2, 1), severity="warning", source="", cure="")
    whole = Diagnostic("a.b", "no place")
    text = diagnostics_text([FOUND, early, FOUND, whole])
    assert [line for line in text.splitlines() if not line.startswith(" ")] == [
        "a.b: no place",
        'gitopsgen.yaml:2:1: warning: spec.unknown-field: "replica" is not a field of the spec',
        'gitopsgen.yaml:12:3: spec.unknown-field: "replica" is not a field of the spec',
        "2 errors, 1 warning",
    ]
    assert diagnostics_text([]) == ""


@pytest.mark.parametrize(
    ("source", "position", "shown", "marked"),
    [
        ("\tkey: v", Position(1, 2, 3), "    key: v", "key"),
        ("k: \x1b[2Jx", Position(1, 8, 1), "k: \\x1b[2Jx", "x"),
        ("k: \u202eabc", Position(1, 4, 4), "k: \\u202eabc", "\\u202eabc"),
        ("名前: x", Position(1, 5, 1), "名前: x", "x"),
        ("abc", Position(1, 9, 5), "abc", ""),
        ("abc", Position(1, 1, 99), "abc", "abc"),
    ],
)
def test_the_caret_stands_under_what_is_meant(source: str, position: Position, shown: str, marked: str) -> None:
    line, caret = source_lines(source, position)
    assert line == shown
    assert caret.strip() == "^" + "~" * (len(marked) - 1)
    assert len(caret) - len(caret.lstrip()) == width(shown[: shown.rindex(marked)] if marked else shown)


@given(st.text(max_size=400), st.integers(0, 500), st.integers(0, 500))
def test_any_line_is_shown_printable_short_and_with_a_caret(source: str, column: int, length: int) -> None:
    line, caret = source_lines(source, Position(1, column, length))
    assert line.isprintable()
    assert caret.strip(" ").startswith("^")
    assert len(line) <= 10 * 120 + 6
    if source.isascii() and source.isprintable():
        assert len(line) <= 126
        assert len(caret) <= len(line) + 1 or not source[column - 1 : column].strip()


def test_a_very_long_line_is_cut_around_the_caret() -> None:
    line, caret = source_lines("a" * 5000 + "b" + "c" * 5000, Position(1, 5001, 1))
    assert line[caret.index("^")] == "b"
    assert line.startswith("...")
    assert line.endswith("...")
    assert len(line) <= 126


@given(st.text(), st.text(), st.text())
def test_no_escape_reaches_the_terminal(message: str, cure: str, path: str) -> None:
    text = diagnostics_text([Diagnostic("c", message, cure, path, Position(1, 1), message)])
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.count("\n") <= 5


def test_colour_only_when_asked() -> None:
    assert "\x1b" not in diagnostics_text([FOUND])
    coloured = diagnostics_text([FOUND], colour=True)
    assert "\x1b[31m" in coloured
    assert coloured.count("\x1b[0m") * 2 == coloured.count("\x1b")


def test_changes_tell_reason_and_ways_out() -> None:
    changes = [
        change("a", "keep"),
        change("Dockerfile", "edited", ways_out=("to drop it: x", "to keep it: y")),
        change("k8s/app.yaml", "create", before=None)._replace(reason="it is new"),
        change("o", "forget"),
    ]
    assert changes_text(changes) == (
        "edited  Dockerfile: why\n        to drop it: x\n        to keep it: y\ncreate  k8s/app.yaml\nforget  o: why\n"
    )
    assert summary_text(changes, written=True) == "1 conflict: nothing was written\n"
    assert summary_text(changes[2:], written=True) == "1 created\n"
    assert summary_text([*changes[:1], *changes[2:]], written=False) == "1 to create, 1 unchanged\n"
    assert summary_text([], written=True) == "nothing to do\n"


def test_tree() -> None:
    paths = ["k8s/base/b.yaml", "k8s/base/a.yaml", "Dockerfile", "k8s/x"]
    assert (
        tree_text(paths)
        == "├── Dockerfile\n└── k8s/\n    ├── base/\n    │   ├── a.yaml\n    │   └── b.yaml\n    └── x\n"
    )


def test_output_never_fails_on_a_narrow_terminal_and_keeps_bytes() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    emit("├ü\n", stream)
    emit(b"\xff\r\n", stream)
    assert raw.getvalue() == b"\\u251c\\xfc\n\xff\r\n"
    text = io.StringIO()
    emit("ü", text)
    assert text.getvalue() == "ü"
