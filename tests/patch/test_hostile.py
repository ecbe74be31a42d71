"""A patch file is anybody's text: whatever it holds, reading it gives a patch or one finding with a place."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import RepoPath
from gitopsgen.patch.engine import apply, patch_path, read, record, summary
from gitopsgen.patch.model import Patch
from tests.patch.document import BASE, MEMORY
from tests.patch.helpers import DOCKERFILE, TARGET

YAML_PATCH = patch_path(TARGET, "yaml")
TEXT_PATCH = patch_path(DOCKERFILE, "text")
HEAD = f"target: {TARGET}\nchanges:\n"
GOOD = record(TARGET, BASE, MEMORY, "yaml")[1]
GOOD_TEXT = record(DOCKERFILE, BASE, MEMORY, "text")[1]

WRONG = {
    "": "the file is empty",
    "a": "not a mapping",
    "[]": "not a mapping",
    "{": "flow",
    "changes: []\n": "`target` is missing",
    "target: x\nchanges: []\n": "the patch is for 'x'",
    f"target: {TARGET}\n": "`changes` is a list",
    "target: 3\nchanges: []\n": "the patch is for '3'",
    f"{HEAD}  - x\n": "a change is a mapping",
    f"{HEAD}  - at: x\n    add: 'a: 1'\n": "`at` is a list",
    f"{HEAD}  - at: [1]\n    add: 'a: 1'\n": "`at` is a list of texts",
    f"{HEAD}  - at: [a]\n": "a change has one of",
    f"{HEAD}  - add: |\n      a: 1\n    remove: |\n      a: 1\n": "a change has one of",
    f"{HEAD}  - add: 1\n": "`add` is a text",
    f"{HEAD}  - add: |\n      text\n": "`add` is no entry",
    f"{HEAD}  - add: |\n      {{a: 1}}\n": "`add` is no entry",
    f"{HEAD}  - add: |\n      a: 1\n      # below\n": "`add` is no entry",
    f"{HEAD}  - add: |\n      a: 1\n      ---\n      b: 1\n": "`add` is no entry",
    f"{HEAD}  - remove: |\n      a: 1\n      b: 1\n": "holds 2 entries",
    f"{HEAD}  - replace: |\n      a: 1\n": "`replace` needs `with`",
    f"{HEAD}  - ad: |\n      a: 1\n": 'did you mean "add"',
    f"{HEAD}  - comment: beside\n": "`comment` is above",
    f"{HEAD}  - comment: above\n    with: 'a: 1'\n": "is no comment",
    f"{HEAD}  - comment: behind\n    with: |\n      # a\n      # b\n": "one line",
    f"{HEAD}  - move: a\n    place: middle\n": "`place` is first or last",
    f"{HEAD}  - move: a\n    place: first\n    after: b\n": "has one of `after`",
    f"{HEAD}  - add: 'a: 1'\n    add: 'b: 1'\n": "written twice",
    f"{HEAD}  - at: [on]\n    add: 'a: 1'\n": "bare on",
    f"{HEAD}  - add: &a 'a: 1'\n  - *a\n": "a change is a mapping",
    f"{HEAD}<<<<<<< one\n  - add: 'a: 1'\n=======\n>>>>>>> two\n": "both sides",
    f"{HEAD}\t- add: a\n": "tab",
    f"{GOOD}\0": "control character",
    f"{HEAD}  - {'[' * 100_000}": "levels",
    "a" * 300_000: "at most",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: ascii(text[-40:]))
def test_what_is_no_patch_is_said_with_its_place(text: str) -> None:
    found = read(YAML_PATCH, text.encode())
    assert isinstance(found, Diagnostic)
    assert found.code == "patch.unreadable"
    assert WRONG[text] in found.message
    assert found.path == YAML_PATCH
    assert found.position is not None or len(text) > 200_000
    assert "gitopsgen init" not in found.cure
    assert found.cure


WRONG_TEXT = {
    "": "there is no line",
    "--- Dockerfile\n": "there is no line",
    "+++ other\n": "the patch is for 'other'",
    "+++ Dockerfile\nx\n": "a line of a hunk",
    "+++ Dockerfile\n@@ -1 +1 @@\n": "changes nothing",
    "+++ Dockerfile\n@@ -1 +1 @@\n a\n": "changes nothing",
    "+++ Dockerfile\n@@ -a +b @@\n-a\n": "a line of a hunk",
    "+++ Dockerfile\n@@ -99999999999 +1 @@\n-a\n": "a line of a hunk",
    "+++ Dockerfile\n" + "@@ -1 +1 @@\n-a\n+b\n" * 3_000: "more than 2,000",
}


@pytest.mark.parametrize("text", WRONG_TEXT, ids=lambda text: ascii(text[:40]))
def test_what_is_no_text_patch_is_said_with_its_place(text: str) -> None:
    found = read(TEXT_PATCH, text.encode())
    assert isinstance(found, Diagnostic)
    assert (found.code, found.path) == ("patch.unreadable", TEXT_PATCH)
    assert WRONG_TEXT[text] in found.message
    assert found.position is not None


@pytest.mark.parametrize("source", [YAML_PATCH, TEXT_PATCH])
def test_bytes_that_are_no_text_are_said_with_their_place(source: RepoPath) -> None:
    found = read(source, b"# a\nb \xff\n")
    assert isinstance(found, Diagnostic)
    assert found.position is not None
    assert found.position[:2] == (2, 3)


def _never_raises(source: RepoPath, raw: bytes) -> None:
    patch = read(source, raw)
    if isinstance(patch, Patch):
        assert isinstance(summary(patch), list)
        for base in (BASE, MEMORY, "", "a: 1\n", "- a\n- b: 1\n", "\0"):
            assert isinstance(apply(patch, base), str | list)
    else:
        assert patch.code == "patch.unreadable"


@pytest.mark.parametrize("seed", range(200))
def test_a_damaged_patch_never_raises(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    source, good = random.choice([(YAML_PATCH, GOOD), (TEXT_PATCH, GOOD_TEXT)])
    raw = bytearray(good.encode())
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(raw))
        damage = random.choice(
            [b"", b"\0", b"\xff", b"- ", b"\n", b"{", b"|", b": ", b"#3", b"&a ", b"*a", b"'", b"\r"]
        )
        raw[at : at + random.randint(0, 3)] = damage
    _never_raises(source, bytes(raw))


_labels = st.sampled_from(["spec", "name=web", "#1", "#0", "#99999999", "#-1", "=", "", "containers", "data", "run.sh"])
_fragments = st.sampled_from(
    [
        "a: 1",
        "- a",
        "replicas: 2",
        "- name: web",
        "mode: 'on'",
        "? a",
        "a: &x 1",
        "- - - a",
        "a: |\n  b",
        "# c",
        "",
        "{}",
    ]
)


@given(st.lists(_labels, max_size=4), _labels, _fragments, _fragments, st.data())
@settings(max_examples=500, deadline=None)
def test_a_patch_of_any_words_never_raises(at: list[str], label: str, old: str, new: str, data: st.DataObject) -> None:
    import json

    keys = [
        {"add": new, "after": label},
        {"remove": old, "item": label},
        {"replace": old, "with": new, "item": label},
        {"replace": old, "with": new},
        {"move": label, "before": label},
        {"comment": "above", "with": new},
        {"comment": "below", "replace": old, "with": new},
        {"comment": "behind", "with": new},
    ]
    change = {"at": at, "document": data.draw(st.sampled_from(["", "Deployment web", "#2", "#0", "x"]))}
    change |= data.draw(st.sampled_from(keys))
    _never_raises(YAML_PATCH, json.dumps({"target": TARGET, "changes": [change]}).encode())


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_never_raise(raw: bytes) -> None:
    _never_raises(YAML_PATCH, raw)
    _never_raises(TEXT_PATCH, b"+++ Dockerfile\n" + raw)
    _never_raises(YAML_PATCH, HEAD.encode() + raw)
