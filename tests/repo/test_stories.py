"""What happens to a repository over time, told as runs of the stages over a real folder."""

import os
from pathlib import Path

import pytest

from .trees import KEPT, begin, build, codes, generate, look, read_lock, rendered, tree, verdicts


def test_first_run_creates_and_second_run_touches_nothing(tmp_path: Path) -> None:
    files = [rendered("k8s/app.yaml", "a: 1\n"), rendered("run.sh", "#!/bin/sh\n", mode=0o755)]
    assert verdicts(generate(tmp_path, files)) == {"k8s/app.yaml": "create", "run.sh": "create"}
    assert tree(tmp_path) == {"k8s/app.yaml": b"a: 1\n", "run.sh": b"#!/bin/sh\n"}
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert set(verdicts(generate(tmp_path, files)).values()) == {"keep"}
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        generate(tmp_path, [rendered("a", "a"), rendered("b", "b", mode=0o755)])
    finally:
        os.umask(old)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in "ab"] == [0o644, 0o755]


def test_group_bits_are_no_drift_but_a_lost_executable_bit_is_repaired(tmp_path: Path) -> None:
    files = [rendered("run.sh", "x", mode=0o755)]
    generate(tmp_path, files)
    (tmp_path / "run.sh").chmod(0o700)
    assert not look(tmp_path, files).drift
    (tmp_path / "run.sh").chmod(0o600)
    assert [change.reason for change in look(tmp_path, files).drift] == ["the mode is 600, not 755"]
    generate(tmp_path, files)
    assert (tmp_path / "run.sh").stat().st_mode & 0o777 == 0o755


def test_unedited_file_is_updated_and_unedited_orphan_goes_with_its_folder(tmp_path: Path) -> None:
    begin(tmp_path, ("a", "1"), ("deep/er/b", "1"))
    assert verdicts(generate(tmp_path, [rendered("a", "2")])) == {"a": "update", "deep/er/b": "orphan"}
    assert tree(tmp_path) == {"a": b"2"}
    assert not (tmp_path / "deep").exists()
    lock = read_lock(tmp_path)
    assert lock is not None
    assert [entry.path for entry in lock.files] == ["a"]


def test_folder_of_an_orphan_stays_when_somebody_else_lives_there(tmp_path: Path) -> None:
    begin(tmp_path, ("deep/b", "1"))
    build(tmp_path, {"deep/mine": "x"})
    generate(tmp_path, [])
    assert tree(tmp_path) == {"deep/mine": b"x"}


def test_one_edit_stops_the_whole_run_and_take_keeps_the_old_text(tmp_path: Path) -> None:
    begin(tmp_path, ("a", "1"), ("b", "1"))
    build(tmp_path, {"a": "mine"})
    files = [rendered("a", "2"), rendered("b", "2"), rendered("c", "2")]
    before = tree(tmp_path, lock=True)
    decision = generate(tmp_path, files)
    assert verdicts(decision) == {"a": "edited", "b": "update", "c": "create"}
    assert "--take a" in decision.conflicts[0].ways_out[1]
    assert tree(tmp_path, lock=True) == before
    generate(tmp_path, files, take=("a",))
    after = tree(tmp_path)
    assert b"\n*\n" in after.pop(KEPT + ".gitignore"), "git does not see what was put aside"
    assert after == {"a": b"2", "b": b"2", "c": b"2", KEPT + "a": b"mine"}
    assert set(verdicts(generate(tmp_path, files)).values()) == {"keep"}
    assert (tmp_path / KEPT / "a").exists(), "a run that writes nothing forgets nothing"
    generate(tmp_path, [rendered("a", "3")])
    assert tree(tmp_path) == {"a": b"3"}


def test_taking_twice_keeps_both_texts(tmp_path: Path) -> None:
    files = [rendered("a", "1")]
    for text in ("mine", "mine again", "mine"):
        build(tmp_path, {"a": text})
        generate(tmp_path, files, take=("a",))
    assert tree(tmp_path)[KEPT + "a"] == b"mine"
    assert tree(tmp_path)[KEPT + "a.1"] == b"mine again"
    assert KEPT + "a.2" not in tree(tmp_path)


def test_foreign_file_is_never_overwritten(tmp_path: Path) -> None:
    build(tmp_path, {"Dockerfile": "FROM scratch\n"})
    decision = generate(tmp_path, [rendered("Dockerfile", "FROM node\n")])
    assert verdicts(decision) == {"Dockerfile": "foreign"}
    assert tree(tmp_path) == {"Dockerfile": b"FROM scratch\n"}
    assert read_lock(tmp_path) is None


def test_foreign_file_with_our_text_is_adopted(tmp_path: Path) -> None:
    build(tmp_path, {"a": "1"})
    assert verdicts(generate(tmp_path, [rendered("a", "1")])) == {"a": "keep"}
    assert verdicts(generate(tmp_path, [rendered("a", "2")])) == {"a": "update"}


def test_deleted_file_is_reported_and_not_resurrected(tmp_path: Path) -> None:
    begin(tmp_path, ("a", "1"))
    (tmp_path / "a").unlink()
    decision = generate(tmp_path, [rendered("a", "2")])
    assert verdicts(decision) == {"a": "gone"}
    assert decision.conflicts
    assert tree(tmp_path) == {}
    generate(tmp_path, [rendered("a", "2")], take=("a",))
    assert tree(tmp_path) == {"a": b"2"}


def test_deleted_file_that_is_no_longer_generated_is_forgotten(tmp_path: Path) -> None:
    begin(tmp_path, ("a", "1"))
    (tmp_path / "a").unlink()
    decision = generate(tmp_path, [])
    assert verdicts(decision) == {"a": "forget"}
    assert not decision.drift
    assert read_lock(tmp_path) == read_lock(tmp_path)._replace(files=())  # type: ignore[union-attr]


def test_edited_orphan_is_not_deleted_until_taken(tmp_path: Path) -> None:
    begin(tmp_path, ("a", "1"))
    build(tmp_path, {"a": "mine"})
    assert verdicts(generate(tmp_path, [])) == {"a": "edited"}
    assert tree(tmp_path) == {"a": b"mine"}
    generate(tmp_path, [], take=("a",))
    assert tree(tmp_path)[KEPT + "a"] == b"mine"
    assert tree(tmp_path).keys() == {KEPT + "a", KEPT + ".gitignore"}


def test_crlf_checkout_is_no_edit_and_stays_crlf(tmp_path: Path) -> None:
    begin(tmp_path, ("a", "1\n2\n"))
    build(tmp_path, {"a": "1\r\n2\r\n"})
    assert verdicts(look(tmp_path, [rendered("a", "1\n2\n")])) == {"a": "keep"}
    assert verdicts(generate(tmp_path, [rendered("a", "1\n3\n")])) == {"a": "update"}
    assert tree(tmp_path) == {"a": b"1\r\n3\r\n"}
    assert verdicts(look(tmp_path, [rendered("a", "1\n3\n")])) == {"a": "keep"}


def test_take_of_an_unknown_path_is_refused(tmp_path: Path) -> None:
    assert codes(generate(tmp_path, [rendered("a", "1")], take=("b",)).diagnostics) == ["path.unknown"]
    assert tree(tmp_path) == {}


def test_one_path_twice_is_our_bug(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="twice"):
        look(tmp_path, [rendered("a", "1"), rendered("a", "2")])


def take_one(folder: Path, path: str = "deep/a") -> None:
    """Leave a text of a person's in the kept folder."""
    begin(folder, (path, "1"))
    build(folder, {path: "mine"})
    generate(folder, [rendered(path, "1")], take=(path,))
    assert tree(folder)[KEPT + path] == b"mine"


@pytest.mark.parametrize("name", ["notes", "deep/notes", "deep/a"])
def test_what_a_person_has_among_the_kept_texts_stays(tmp_path: Path, name: str) -> None:
    take_one(tmp_path)
    build(tmp_path, {KEPT + name: "notes"})
    generate(tmp_path, [rendered("deep/a", "2")])
    left = tree(tmp_path)
    assert left.pop(KEPT + ".gitignore")
    assert left == {"deep/a": b"2", KEPT + name: b"notes"}


def test_what_is_kept_goes_with_its_folders(tmp_path: Path) -> None:
    take_one(tmp_path)
    generate(tmp_path, [rendered("deep/a", "2")])
    assert not (tmp_path / KEPT).exists()


def test_a_kept_folder_with_a_list_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    build(tmp_path, {KEPT + ".gitignore": "mine\n"})
    take_one(tmp_path)
    generate(tmp_path, [rendered("deep/a", "2")])
    assert tree(tmp_path) == {"deep/a": b"2", KEPT + "deep/a": b"mine", KEPT + ".gitignore": b"mine\n"}


@pytest.mark.parametrize("link", [".gitopsgen", ".gitopsgen/kept", ".gitopsgen/kept/deep"])
def test_nothing_is_forgotten_behind_a_link(tmp_path: Path, link: str) -> None:
    """A list in the repository is no proof that what it names was put aside: here it names a file of the source."""
    take_one(tmp_path)
    (tmp_path / link).rename(tmp_path / "src")
    (tmp_path / link).symlink_to(tmp_path / "src")
    before = tree(tmp_path / "src")
    generate(tmp_path, [rendered("deep/a", "2")])
    assert tree(tmp_path / "src") == before
