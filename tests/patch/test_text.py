"""A person edits a generated file that is no YAML; hunks are found by their lines, not by their numbers."""

import subprocess
from pathlib import Path

import pytest

from gitopsgen.core.repopath import RepoPath
from gitopsgen.patch.engine import PATCHES, patch_path, record, target_of
from tests.patch.helpers import DOCKERFILE, brought, edit, loaded, recorded, refused

BASE = "".join(f"line {number}\n" for number in range(1, 31))
EDITED = edit(BASE, ("line 10\n", "line ten\n"), ("line 25\n", "line 25\nline 25a\n"))


def test_a_text_patch_is_what_diff_writes(tmp_path: Path) -> None:
    path, text = record(DOCKERFILE, BASE, EDITED, "dockerfile")
    assert path == ".gitopsgen/patches/Dockerfile.patch"
    assert text.startswith("# The hand edit of Dockerfile. ")
    assert "\n@@ -7,7 +7,7 @@\n line 7\n line 8\n line 9\n-line 10\n+line ten\n line 11\n" in text
    (tmp_path / "Dockerfile").write_text(BASE)
    subprocess.run(["git", "apply", "-p0", "-"], cwd=tmp_path, input=text, text=True, check=True)
    assert (tmp_path / "Dockerfile").read_text() == EDITED


def test_lines_above_and_below_do_not_matter() -> None:
    patch = recorded(BASE, EDITED, DOCKERFILE, "dockerfile")
    assert brought(patch, f"new\nnew\n{BASE}new\n") == f"new\nnew\n{EDITED}new\n"


def test_an_edit_that_is_there_already_is_not_made_twice() -> None:
    patch = recorded(BASE, EDITED, DOCKERFILE, "dockerfile")
    assert brought(patch, EDITED) == EDITED


def test_of_several_places_the_nearest_is_taken() -> None:
    block = "a\nb\nc\nold\nd\ne\nf\n"
    base = block * 3
    edited = block + block.replace("old", "new") + block
    patch = recorded(base, edited, DOCKERFILE, "dockerfile")
    assert brought(patch, "x\n" + base) == "x\n" + edited


def test_less_context_is_enough_when_the_place_is_the_only_one() -> None:
    patch = recorded(BASE, edit(BASE, ("line 10\n", "line ten\n")), DOCKERFILE, "dockerfile")
    after = edit(BASE, ("line 8\n", "line eight\n"), ("line 13\n", "line thirteen\n"))
    assert brought(patch, after) == edit(after, ("line 10\n", "line ten\n"))


def test_less_context_is_not_enough_for_one_of_two_places() -> None:
    patch = recorded(BASE, edit(BASE, ("line 10\n", "line ten\n")), DOCKERFILE, "dockerfile")
    after = edit(BASE, ("line 8\n", "line eight\n")) + "line 9\nline 10\nline 11\nline 12\n"
    (found,) = refused(patch, after.replace("line 12\n", "line twelve\n"))
    assert found.code == "patch.no-match"


def test_what_the_template_changed_itself_is_said() -> None:
    patch = recorded(BASE, edit(BASE, ("line 10\n", "line ten\n")), DOCKERFILE, "dockerfile")
    (found,) = refused(patch, edit(BASE, ("line 10\n", "line 10!\n")))
    assert found.message == "wants `line 10` -> `line ten`; there is now `line 10!` (Dockerfile, line 10)"
    assert found.position is not None
    assert (found.path, found.position.line, found.source) == (
        ".gitopsgen/patches/Dockerfile.patch",
        4,
        "@@ -7,7 +7,7 @@",
    )
    assert "`gitopsgen adopt --drop Dockerfile`" in found.cure


def test_a_line_that_was_taken_out_is_not_taken_for_gone_when_it_changed() -> None:
    patch = recorded(BASE, edit(BASE, ("line 10\n", "")), DOCKERFILE, "dockerfile")
    assert len(refused(patch, edit(BASE, ("line 10\n", "line X\n")))) == 1


@pytest.mark.parametrize(
    ("base", "edited"),
    [
        ("", ""),
        ("", "a\n"),
        ("", "a"),
        ("a\n", ""),
        ("a", "a\n"),
        ("a\n", "a"),
        ("a\nb", "c\nb"),
        ("a\n", "a\r\n"),
        ("\n", "\n\n"),
        ("-- a\n++ b\n", "-- a\n++ c\n@@ -1,1 +1,1 @@\n\\ x\n"),
        ("\0\n", "\x85\u2028\n"),
    ],
)
def test_odd_texts_come_back_byte_for_byte(base: str, edited: str) -> None:
    patch = recorded(base, edited, DOCKERFILE, "dockerfile")
    assert brought(patch, base) == edited


def test_a_checkout_with_crlf_line_ends_changes_nothing() -> None:
    path, text = record(DOCKERFILE, BASE, EDITED, "dockerfile")
    assert brought(loaded(path, text.replace("\n", "\r\n")), BASE) == EDITED


def test_an_editor_that_takes_spaces_from_line_ends_changes_nothing() -> None:
    base = "a\n\nb\n\nc\n"
    path, text = record(DOCKERFILE, base, "a\n\nB\n\nc\n", "dockerfile")
    assert brought(loaded(path, text.replace(" \n", "\n")), base) == "a\n\nB\n\nc\n"


def test_hunks_of_two_branches_that_git_joined_are_one_patch() -> None:
    one, other = edit(BASE, ("line 5\n", "five\n")), edit(BASE, ("line 25\n", "twentyfive\n"))
    path, first = record(DOCKERFILE, BASE, one, "dockerfile")
    _, second = record(DOCKERFILE, BASE, other, "dockerfile")
    both = edit(one, ("line 25\n", "twentyfive\n"))
    assert brought(loaded(path, first + second), BASE) == both
    assert brought(loaded(path, second + first), BASE) == both


def test_a_very_long_text_that_changed_all_over_is_recorded_in_time() -> None:
    base = "".join(f"{number}\n" for number in range(6_000))
    edited = "".join(f"{number * 7 % 6_000}\n" for number in range(6_000))
    assert brought(recorded(base, edited, DOCKERFILE, "dockerfile"), base) == edited


@pytest.mark.parametrize("target", ["a", "a.patch", "a.patch.yaml", "k8s/base/x.yaml"])
def test_the_place_of_a_patch_names_its_target(target: str) -> None:
    for kind in ("yaml", "text"):
        assert target_of(patch_path(RepoPath(target), kind)) == target


@pytest.mark.parametrize(
    "path", ["a.patch", f"{PATCHES}/a", f"{PATCHES}/.patch", f"{PATCHES}/.git/a.patch", f"{PATCHES}x/a.patch"]
)
def test_other_paths_are_no_places_of_patches(path: str) -> None:
    try:
        assert target_of(RepoPath(path)) is None
    except ValueError:
        assert ".git/" in path
