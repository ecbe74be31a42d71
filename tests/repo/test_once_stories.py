"""A file that is written once: whose it is, and how it moves."""

import subprocess
from pathlib import Path

import pytest

from gitopsgen.core.files import RenderedFile

from .trees import build, generate, rendered, tree, verdicts


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
