"""The marked block: outside of it, not one byte of the user's changes."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo import block

PATH = RepoPath(".pre-commit-config.yaml")
LIST = "- repo: local\n  hooks:\n    - id: gitopsgen\n\n- repo: second\n"
START, END = block.START, block.END

plain_line = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=20)
texts = st.lists(plain_line, min_size=1, max_size=5).map(lambda lines: "\n".join(lines) + "\n")
user_files = st.builds(
    lambda lines, end, last: end.join(line.encode() for line in lines) + (end if last else b""),
    st.lists(plain_line, max_size=6),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
)


def put(raw: bytes | None, text: str, under: str = "") -> bytes:
    result = block.write(PATH, raw, text, "#", under)
    assert isinstance(result, bytes), result
    return result


def take_out(raw: bytes) -> bytes:
    result = block.remove(PATH, raw)
    assert isinstance(result, bytes), result
    return result


def read(raw: bytes) -> bytes | None:
    place = block.find(PATH, raw)
    assert isinstance(place, block.Block), place
    return block.inner(raw, place)


@given(user_files | st.binary().filter(lambda raw: b"\0" not in raw), texts, texts)
@example(b"", "a\n", "")
@example(b"\n", "\n", "\n\n")
@example(b"a\r", "a\n", "b\n")
def test_insert_replace_remove_gives_the_original_bytes(raw: bytes, first: str, second: str) -> None:
    inserted = put(raw, first)
    assert inserted.startswith(raw)
    assert read(inserted) == block.normal(first)
    assert put(inserted, first) == inserted
    replaced = put(inserted, second)
    assert read(replaced) == block.normal(second)
    assert put(replaced, first) == inserted
    assert take_out(replaced) == raw


@given(user_files, user_files, texts, texts)
def test_what_surrounds_the_block_is_kept(above: bytes, below: bytes, first: str, second: str) -> None:
    above = above + b"\n" if above and not above.endswith(b"\n") else above
    raw = above + put(b"", first) + below
    replaced = put(raw, second)
    assert replaced.startswith(above)
    assert replaced.endswith(below)
    if above.endswith(b"\n") and below:
        assert take_out(replaced) == above + below


YAML_FILES = {
    "two spaces": b"# mine\nrepos:\n  # first\n  - repo: a\n    rev: 'x'   # odd  spacing\n\n\n# end\n",
    "no indentation": b"repos:\n- repo: a\n- repo: b\nci: {}\n",
    "wide": b"ci:\n  x: 1\nrepos: # mine\n    -   repo: a\n        hooks: []\n",
    "crlf": b"repos:\r\n  - repo: a\r\n",
    "no last line end": b"repos:\n  - repo: a",
    "crlf, no last line end": b"a: 1\r\nrepos:\r\n- repo: a",
    "byte order mark": b"\xef\xbb\xbfrepos:\n- repo: a\n",
    "non-ascii before": "# ü\na: 'ß€😀'\nrepos: []\nb: 1\n".encode(),
    "empty flow list": b"repos: []\nci: 1\n",
    "empty flow list with space": b"repos:   [ ]   # none yet\n",
    "empty flow list at the end": b"ci: 1\nrepos: []",
    "null": b"repos:\nci: 1\n",
    "null at the end": b"repos:",
    "null word": b"repos: ~\n",
    "missing": b"ci: 1\n",
    "missing, no last line end": b"ci: 1",
    "missing, block scalar before": b"a: |+\n  x\n\n\n",
    "only comments": b"# nothing\n",
    "document start": b"---\nrepos:\n  - repo: a\n",
    "only document start": b"---\n",
    "empty": b"",
    "quoted key": b"\"repos\": []\n'b': 1\n",
    "anchor": b"repos: &all\n  - repo: a\nother: *all\n",
    "same key deeper": b"a:\n  repos:\n    - x\nrepos:\n  - repo: a\n",
    "byte order mark, empty list": b"\xef\xbb\xbfrepos: []\n",
    "byte order mark alone": b"\xef\xbb\xbf",
    "key like an item": b"repos: []\n-: 1\n",
    "next line separator": "a: 'x\u2028y'\nrepos:\n  - repo: a\n".encode(),
}


@pytest.mark.parametrize("raw", YAML_FILES.values(), ids=YAML_FILES)
def test_list_is_extended_and_restored(raw: bytes) -> None:
    inserted = put(raw, LIST, "repos")
    old = yaml.safe_load(raw) or {}
    new = yaml.safe_load(inserted)
    assert new["repos"] == yaml.safe_load(LIST) + (old.get("repos") or [])
    assert {**new, "repos": 0, "other": 0} == {**old, "repos": 0, "other": 0}
    assert read(inserted) == LIST.encode()
    replaced = put(inserted, "- repo: other\n", "repos")
    assert yaml.safe_load(replaced)["repos"] == [{"repo": "other"}, *(old.get("repos") or [])]
    assert take_out(replaced) == raw


def test_new_file_is_the_key_and_the_block() -> None:
    text = put(None, "- a\n", "repos")
    assert text == b"---\nrepos:\n  # " + START + b" (with its file)\n  - a\n  # " + END + b"\n"
    assert take_out(text) == b""


@pytest.mark.parametrize("raw", [b"repos: []\n", b"ci: 1\n", b""])
def test_users_own_items_below_our_block_keep_their_key(raw: bytes) -> None:
    grown = put(raw, LIST, "repos") + b"\n  - repo: mine\n"
    assert yaml.safe_load(take_out(grown))["repos"] == [{"repo": "mine"}]


def test_block_that_a_formatter_indented_is_still_ours() -> None:
    text = put(b"repos:\n- repo: a\n", LIST, "repos")
    head, *lines = text.decode().splitlines()
    deeper = "\n".join([head, *("    " + line if line else "" for line in lines)]) + "\n"
    assert read(deeper.encode()) == LIST.encode()
    assert yaml.safe_load(put(deeper.encode(), "- b\n", "repos"))["repos"] == ["b", {"repo": "a"}]


def test_line_that_lost_its_indentation_is_an_edit() -> None:
    text = put(b"repos:\n  - repo: a\n", "- b\n", "repos")
    assert read(text.replace(b"  - b", b"- b")) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"repos: [a]\n",
        b"repos: [\n]\n",
        b"repos: text\n",
        b"repos: {a: 1}\n",
        b"{repos: []}\n",
        b"- a\n",
        b"a: [\n",
        b"a: 1\n---\nb: 1\n",
        b"a: 1\n...\n",
        b"\xff\xfe\n",
        b"? repos\n: - a\n",
        b"? repos\n: []\n",
        b"  a: 1\n",
        b"a: " + b"[" * 5000,
        b"? repos\n",
        b"repos: []# not a comment without the list\n",
        b"&x repos: []\n",
        b" repos: []\n",
        b"repos:\nrepos: []\n",
        b"repos: &a []\nother: *a\n",
        b"a\0b\n",
    ],
)
def test_what_cannot_be_extended_is_told(raw: bytes) -> None:
    found = block.write(PATH, raw, LIST, "#", "repos")
    assert isinstance(found, Diagnostic), found
    assert found.code == "block.unsupported"
    assert found.path == PATH


FIRST, LAST = b"# " + START + b"\n", b"# " + END + b"\n"


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"a\n" + FIRST + b"x\n", 2),
        (b"a\nb\n" + LAST, 3),
        (FIRST + LAST + FIRST + LAST, 3),
        (FIRST + LAST + LAST, 3),
        (LAST + FIRST, 1),
        (FIRST + b"x\r\n" + b"  // " + START + b"\r\n" + LAST, 3),
    ],
)
def test_damaged_markers_are_told_with_their_line(raw: bytes, line: int) -> None:
    for found in (block.find(PATH, raw), block.write(PATH, raw, "t\n", "#", ""), block.remove(PATH, raw)):
        assert isinstance(found, Diagnostic)
        assert (found.code, found.position and found.position.line) == ("block.damaged", line)
        assert found.cure


def test_markers_within_other_text_are_no_markers() -> None:
    raw = b"see `" + START + b"` and `" + END + b"`\n"
    assert block.find(PATH, raw) is None


def test_text_that_holds_a_marker_is_our_bug() -> None:
    with pytest.raises(ValueError, match="marker"):
        block.write(PATH, b"", f"x {END.decode()}\n", "#", "")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_end_marker_is_indented_like_the_line_above_it_also_after_a_change(end: str) -> None:
    deep, flat = "- repo: b\n  rev: 1\n", "- repo: b\n"
    raw = f"repos:{end}  - repo: a{end}".encode()
    for old, new in ((deep, flat), (flat, deep)):
        assert put(put(raw, old, "repos"), new, "repos") == put(raw, new, "repos")
