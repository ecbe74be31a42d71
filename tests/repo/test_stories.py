"""What happens to a repository over time, told as runs of the stages over a real folder."""

import os
import subprocess
from pathlib import Path

import pytest

from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.repo.apply import Locks, apply
from gitopsgen.repo.block import END, START
from gitopsgen.repo.lock import Lock
from gitopsgen.repo.snapshot import take_snapshot

from .trees import build, codes, generate, look, read_lock, rendered, tree, verdicts

KEPT = ".gitopsgen/kept/"


def begin(folder: Path, *files: tuple[str, str]) -> None:
    generate(folder, [rendered(path, text) for path, text in files])


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


def test_life_of_a_once_file(tmp_path: Path) -> None:
    first, second = [rendered("image.yaml", "tag: 1\n", "once")], [rendered("image.yaml", "tag: 2\n", "once")]
    assert verdicts(generate(tmp_path, first)) == {"image.yaml": "create"}
    build(tmp_path, {"image.yaml": "tag: set by ci\n"})
    assert verdicts(generate(tmp_path, second)) == {"image.yaml": "keep"}
    assert tree(tmp_path) == {"image.yaml": b"tag: set by ci\n"}
    (tmp_path / "image.yaml").unlink()
    decision = generate(tmp_path, second)
    assert verdicts(decision) == {"image.yaml": "gone"}
    assert not decision.drift
    assert tree(tmp_path) == {}
    assert verdicts(generate(tmp_path, second)) == {"image.yaml": "gone"}, "the lock still knows it"
    generate(tmp_path, second, take=("image.yaml",))
    assert tree(tmp_path) == {"image.yaml": b"tag: 2\n"}
    build(tmp_path, {"image.yaml": "tag: set by ci\n"})
    assert verdicts(generate(tmp_path, [])) == {"image.yaml": "forget"}
    assert tree(tmp_path) == {"image.yaml": b"tag: set by ci\n"}


def test_a_once_file_that_nobody_touched_goes_when_it_is_not_wanted(tmp_path: Path) -> None:
    """Left behind, our stand-in would be taken for somebody's text when its path is wanted again."""
    generate(tmp_path, [rendered("image.yaml", "tag: 1\n", "once")])
    assert verdicts(generate(tmp_path, [])) == {"image.yaml": "orphan"}
    assert tree(tmp_path) == {}


def test_a_once_file_that_moves_there_and_back_has_the_text_of_its_last_place(tmp_path: Path) -> None:
    here, there = [rendered("a/image.yaml", "tag: -\n", "once")], [rendered("b/image.yaml", "tag: -\n", "once")]
    generate(tmp_path, here)
    build(tmp_path, {"a/image.yaml": "tag: ci 1\n"})
    assert verdicts(generate(tmp_path, there)) == {"a/image.yaml": "orphan", "b/image.yaml": "create"}
    build(tmp_path, {"b/image.yaml": "tag: ci 2\n"})
    generate(tmp_path, here)
    assert tree(tmp_path) == {"a/image.yaml": b"tag: ci 2\n"}


def test_once_file_of_the_user_is_left_alone_from_the_start(tmp_path: Path) -> None:
    build(tmp_path, {"README.md": "mine"})
    assert verdicts(generate(tmp_path, [rendered("README.md", "ours", "once")])) == {"README.md": "keep"}
    assert tree(tmp_path) == {"README.md": b"mine"}


def test_crlf_checkout_is_no_edit_and_stays_crlf(tmp_path: Path) -> None:
    begin(tmp_path, ("a", "1\n2\n"))
    build(tmp_path, {"a": "1\r\n2\r\n"})
    assert verdicts(look(tmp_path, [rendered("a", "1\n2\n")])) == {"a": "keep"}
    assert verdicts(generate(tmp_path, [rendered("a", "1\n3\n")])) == {"a": "update"}
    assert tree(tmp_path) == {"a": b"1\r\n3\r\n"}
    assert verdicts(look(tmp_path, [rendered("a", "1\n3\n")])) == {"a": "keep"}


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


def test_take_of_an_unknown_path_is_refused(tmp_path: Path) -> None:
    assert codes(generate(tmp_path, [rendered("a", "1")], take=("b",)).diagnostics) == ["path.unknown"]
    assert tree(tmp_path) == {}


def test_one_path_twice_is_our_bug(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="twice"):
        look(tmp_path, [rendered("a", "1"), rendered("a", "2")])


def test_what_is_not_a_file_is_told_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    build(tmp_path, {"outside/secret": "s", "repo/x": "file"})
    repo = tmp_path / "repo"
    (repo / "link").symlink_to(outside / "secret")
    (repo / "folder").mkdir()
    (repo / "away").symlink_to(outside)
    os.mkfifo(repo / "pipe")
    paths = [RepoPath(name) for name in ("away/secret", "folder", "link", "pipe", "x/below")]
    found = take_snapshot(Root(str(repo)), paths, [])
    assert isinstance(found, list)
    assert [(bad.path, bad.code) for bad in found] == [
        ("away/secret", "path.unsafe"),
        ("folder", "path.not-a-file"),
        ("link", "path.not-a-file"),
        ("pipe", "path.not-a-file"),
        ("x/below", "path.not-a-file"),
    ]
    locked = take_snapshot(Root(str(repo)), [], paths)
    assert isinstance(locked, list)
    assert [bad.path for bad in locked] == ["away/secret"]


def test_linked_folder_inside_the_repository_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "k8s").symlink_to("real")
    generate(tmp_path, [rendered("k8s/a", "1")])
    assert tree(tmp_path) == {"real/a": b"1"}
    assert (tmp_path / "k8s").is_symlink()


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


@pytest.mark.parametrize("name", ["gitopsgen.yaml", "gitopsgen.lock", ".gitopsgen/templates/a", ".gitopsgen/kept/a"])
def test_what_gitopsgen_reads_itself_is_never_an_output(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="never an output"):
        look(tmp_path, [rendered(name, "x")])
    change = look(tmp_path, [rendered("a", "x")]).changes[0]._replace(path=RepoPath(name))
    with pytest.raises(ValueError, match="never an output"):
        apply(Root(str(tmp_path)), [change], Locks(None, Lock("1")))
    assert tree(tmp_path, lock=True) == {}


@pytest.mark.parametrize("target", [".git/hooks", ".GIT/hooks", ".git"])
def test_a_link_into_git_is_not_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / target).mkdir(parents=True)
    (tmp_path / "hooks").symlink_to(target)
    found = take_snapshot(Root(str(tmp_path)), [RepoPath("hooks/pre-commit")], [])
    assert isinstance(found, list)
    assert codes(found) == ["path.unsafe"]
    with pytest.raises(UnsafePathError, match=r"\.git"):
        Root(str(tmp_path)).locate(RepoPath("hooks/deeper/pre-commit"))


@pytest.mark.parametrize("name", [".git", ".GIT/a", ".git /a", "a/.git./b", ".git . ./a", "GIT~1/a", ".git::$DATA/a"])
def test_no_spelling_of_gits_own_folder_is_a_path(name: str) -> None:
    with pytest.raises(UnsafePathError, match="belongs to git"):
        RepoPath(name)


@pytest.mark.parametrize(
    ("target", "name"), [(".", "gitopsgen.yaml"), (".gitopsgen", "templates/ci/a"), (".gitopsgen/templates", "a")]
)
def test_no_link_leads_to_what_gitopsgen_reads_itself(tmp_path: Path, target: str, name: str) -> None:
    build(tmp_path, {".gitopsgen/templates/a": "t", "deep/file": "x"})
    (tmp_path / "deep/link").symlink_to(tmp_path / target)
    found = take_snapshot(Root(str(tmp_path)), [], [RepoPath(f"deep/link/{name}")])
    assert isinstance(found, list)
    assert codes(found) == ["path.unsafe"]
    assert Root(str(tmp_path)).read(RepoPath(".gitopsgen/templates/a")) == b"t"
    (tmp_path / "linked").symlink_to("deep")
    assert Root(str(tmp_path)).read(RepoPath("linked/file")) == b"x"


def once(*paths: str) -> list[RenderedFile]:
    return [rendered(path, f"placeholder of {path}\n", "once") for path in paths]


def test_a_once_file_that_moves_takes_its_text_along(tmp_path: Path) -> None:
    generate(tmp_path, once("k8s/prod/image.yaml", "k8s/dev/image.yaml", "k8s/other.yaml"))
    build(tmp_path, {"k8s/prod/image.yaml": "tag: 1\n", "k8s/dev/image.yaml": "tag: 2\n"})
    decision = generate(tmp_path, once("deploy/prod/image.yaml", "deploy/dev/image.yaml", "k8s/other.yaml"))
    reasons = {str(change.path): change.reason for change in decision.changes}
    assert reasons["deploy/prod/image.yaml"] == "carried over from k8s/prod/image.yaml"
    assert reasons["k8s/prod/image.yaml"] == "it is deploy/prod/image.yaml now"
    assert not (tmp_path / "k8s/prod").exists()
    assert tree(tmp_path)["deploy/prod/image.yaml"] == b"tag: 1\n"
    assert tree(tmp_path)["deploy/dev/image.yaml"] == b"tag: 2\n"
    generate(tmp_path, once("deploy/production/image.yaml", "deploy/dev/image.yaml", "k8s/other.yaml"))
    assert tree(tmp_path)["deploy/production/image.yaml"] == b"tag: 1\n"


@pytest.mark.parametrize("new", [("c/image.yaml",), ("c/image.yaml", "d/image.yaml")])
def test_a_once_file_that_may_have_moved_two_ways_is_moved_by_a_person(tmp_path: Path, new: tuple[str, ...]) -> None:
    generate(tmp_path, once("a/image.yaml", "b/image.yaml"))
    texts: dict[str, str | bytes] = {"a/image.yaml": "tag: 1\n", "b/image.yaml": "tag: 2\n"}
    build(tmp_path, texts)
    decision = generate(tmp_path, once(*new))
    assert {change.path: change.reason for change in decision.conflicts} == dict.fromkeys(
        new, "it is not clear which file is to move here: a/image.yaml, b/image.yaml"
    )
    assert tree(tmp_path) == {name: str(text).encode() for name, text in texts.items()}
    ways = [way for way in decision.conflicts[-1].ways_out if "a/image.yaml" in way]
    [command] = [way.split("`")[1] for way in ways]
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    decision = generate(tmp_path, once(*new))
    if len(new) == 2:
        assert tree(tmp_path) == {"c/image.yaml": b"tag: 2\n", "d/image.yaml": b"tag: 1\n"}
    else:
        assert [change.reason for change in decision.conflicts] == [
            "b/image.yaml is to move here, and says something else"
        ]


@pytest.mark.parametrize("what", ["another name", "another pack", "old one gone", "taken"])
def test_what_is_no_move(tmp_path: Path, what: str) -> None:
    generate(tmp_path, once("a/image.yaml"))
    build(tmp_path, {"a/image.yaml": "tag: 1\n"})
    new = once("b/tag.yaml" if what == "another name" else "b/image.yaml")
    if what == "another pack":
        new = [new[0]._replace(pack="other")]
    elif what == "old one gone":
        (tmp_path / "a/image.yaml").unlink()
    generate(tmp_path, new, take=("b/image.yaml",) if what == "taken" else ())
    text = tree(tmp_path)[new[0].path]
    assert text == f"placeholder of {new[0].path}\n".encode()
