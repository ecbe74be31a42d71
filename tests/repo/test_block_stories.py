"""A block of ours in somebody's file: what may happen to it."""

from pathlib import Path

import pytest

from gitopsgen.repo.block import END, START

from .trees import KEPT, begin, build, codes, generate, look, rendered, tree, verdicts


def test_block_lives_in_the_users_file(tmp_path: Path) -> None:
    build(tmp_path, {".gitignore": b"mine\r\nalso mine"})
    generate(tmp_path, [rendered(".gitignore", "ours\n", "block")])
    expected = b"mine\r\nalso mine\r\n# " + START + b"\r\nours\r\n# " + END
    assert tree(tmp_path) == {".gitignore": expected}
    build(tmp_path, {".gitignore": b"top\r\n" + expected + b"\r\nbottom\r\n"})
    assert verdicts(generate(tmp_path, [rendered(".gitignore", "new\n", "block")])) == {".gitignore": "update"}
    assert tree(tmp_path)[".gitignore"] == b"top\r\n" + expected.replace(b"ours", b"new") + b"\r\nbottom\r\n"
    assert verdicts(generate(tmp_path, [])) == {".gitignore": "orphan"}
    assert tree(tmp_path) == {".gitignore": b"top\r\nmine\r\nalso mine\r\nbottom\r\n"}


def test_block_edited_removed_or_unknown_is_a_conflict(tmp_path: Path) -> None:
    files = [rendered(".gitignore", "ours\n", "block")]
    generate(tmp_path, files)
    text = tree(tmp_path)[".gitignore"]
    build(tmp_path, {".gitignore": text.replace(b"ours", b"mine")})
    assert verdicts(generate(tmp_path, files)) == {".gitignore": "edited"}
    assert verdicts(generate(tmp_path, [])) == {".gitignore": "edited"}
    build(tmp_path, {".gitignore": "only mine\n"})
    assert verdicts(generate(tmp_path, files)) == {".gitignore": "gone"}
    assert verdicts(look(tmp_path, [])) == {".gitignore": "forget"}
    (tmp_path / ".gitignore").unlink()
    assert verdicts(generate(tmp_path, files)) == {".gitignore": "gone"}
    (tmp_path / "gitopsgen.lock").unlink()
    build(tmp_path, {".gitignore": text.replace(b"ours", b"mine")})
    assert verdicts(generate(tmp_path, files)) == {".gitignore": "foreign"}
    generate(tmp_path, files, take=(".gitignore",))
    assert tree(tmp_path)[".gitignore"] == text
    assert tree(tmp_path)[KEPT + ".gitignore.1"] == text.replace(b"ours", b"mine")
    assert b"\n*\n" in tree(tmp_path)[KEPT + ".gitignore"]


def test_block_keeps_the_mode_of_the_users_file(tmp_path: Path) -> None:
    build(tmp_path, {"hook.sh": "#!/bin/sh\n"})
    (tmp_path / "hook.sh").chmod(0o750)
    generate(tmp_path, [rendered("hook.sh", "run\n", "block")])
    assert (tmp_path / "hook.sh").stat().st_mode & 0o777 == 0o750


def test_file_of_only_our_block_goes_with_it(tmp_path: Path) -> None:
    generate(tmp_path, [rendered(".gitignore", "ours\n", "block"), rendered("c.yaml", "- 1\n", "block", under="l")])
    assert len(tree(tmp_path)) == 2
    generate(tmp_path, [])
    assert tree(tmp_path) == {}


def test_damaged_block_is_told_with_its_line(tmp_path: Path) -> None:
    build(tmp_path, {".gitignore": b"a\n# " + START + b"\nours\n"})
    decision = generate(tmp_path, [rendered(".gitignore", "ours\n", "block")])
    assert codes(decision.diagnostics) == ["block.damaged"]
    assert decision.diagnostics[0].position is not None
    assert decision.diagnostics[0].position.line == 2
    assert decision.diagnostics[0].cure


@pytest.mark.parametrize("edited", [False, True])
def test_managed_file_becomes_a_block(tmp_path: Path, edited: bool) -> None:
    begin(tmp_path, (".gitignore", "old\n"))
    if edited:
        build(tmp_path, {".gitignore": "old\nmine\n"})
    generate(tmp_path, [rendered(".gitignore", "ours\n", "block")])
    assert (b"mine" in tree(tmp_path)[".gitignore"]) is edited
    assert (b"old" in tree(tmp_path)[".gitignore"]) is edited
