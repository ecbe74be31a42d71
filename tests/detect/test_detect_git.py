"""What real git says about a repository: remote, branch, name."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitopsgen.detect import Detection, Fact

Plant = Callable[[Mapping[str, str]], Path]
Look = Callable[..., Detection]
Git = Callable[..., None]

SHOP = "https://github.com/acme/shop.git"


def fact(found: Detection, field: str) -> Fact | None:
    return next((fact for fact in found.facts if fact.field == field), None)


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        (SHOP, SHOP),
        ("https://github.com/acme/shop", "https://github.com/acme/shop"),
        ("https://github.com/acme/shop/", "https://github.com/acme/shop"),
        ("https://ann:hunter2@GitHub.com/acme/shop.git", SHOP),
        ("https://hunter2@github.com/acme/shop.git", SHOP),
        ("https://git.example.com:8443/acme/team/shop.git", "https://git.example.com:8443/acme/team/shop.git"),
        ("git@github.com:acme/shop.git", SHOP),
        ("git@github.com:/acme/shop.git", SHOP),
        ("ssh://git@github.com/acme/shop.git", SHOP),
        ("ssh://git@github.com:2222/acme/shop.git", SHOP),
    ],
)
def test_the_remote_becomes_an_https_url(look: Look, git: Git, remote: str, expected: str) -> None:
    git("init")
    git("remote", "add", "origin", remote)

    found = look()

    assert fact(found, "repository") == Fact("repository", expected, "git: remote origin")
    assert fact(found, "name") == Fact("name", "shop", "name of the repository")
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    "remote",
    [
        "http://github.com/acme/shop.git",
        "git://github.com/acme/shop.git",
        "file:///srv/git/acme/shop.git",
        "/srv/git/acme/shop.git",
        "../shop.git",
        "git@work:acme/shop.git",
        "git@github.com-work:acme/shop.git",
        "git@ssh.dev.azure.com:v3/acme/web/shop",
        "ssh://git@ssh.github.com:443/acme/shop.git",
        "ann@github.com:acme/shop.git",
        "ssh://ann:hunter2@github.com/acme/shop.git",
        "https://github.com/shop.git",
        "https://github.com/acme/../shop.git",
        "https://github.com/acme/shop.git?token=hunter2",
        "https://github.com/acme/$(id)/shop.git",
        "https://ann:hunter2@evil@github.com/acme/shop.git",
        "https://[::1]/acme/shop.git",
        "ext::sh -c id",
        "--upload-pack=id",
    ],
)
def test_an_odd_remote_is_no_fact(look: Look, git: Git, remote: str) -> None:
    git("init")
    git("config", "remote.origin.url", remote)

    found = look()

    assert fact(found, "repository") is None
    assert fact(found, "name") == Fact("name", "shop", "name of the folder")
    assert "hunter2" not in repr(found)


def test_the_remotes_default_branch_is_delivered(look: Look, git: Git, tmp_path: Path) -> None:
    git("init", "-b", "trunk")
    git("commit", "--allow-empty", "-m", "first")
    subprocess.run(["git", "clone", "-q", str(tmp_path / "shop"), str(tmp_path / "clone")], check=True)
    git("remote", "add", "origin", str(tmp_path / "clone"))
    git("fetch", "-q", "origin")
    git("remote", "set-head", "origin", "trunk")
    git("checkout", "-q", "-b", "feature")

    assert fact(look(), "branch") == Fact("branch", "trunk", "git: default branch of origin")


def test_without_a_remote_the_current_branch_is_delivered(look: Look, git: Git) -> None:
    git("init", "-b", "release/2")

    assert fact(look(), "branch") == Fact("branch", "release/2", "git: current branch")


def test_on_a_detached_head_the_configuration_decides(look: Look, git: Git) -> None:
    git("init", "-b", "trunk")
    git("commit", "--allow-empty", "-m", "first")
    git("checkout", "-q", "--detach")

    assert fact(look(), "branch") is None
    git("config", "init.defaultBranch", "stable")
    assert fact(look(), "branch") == Fact("branch", "stable", "git config init.defaultBranch")


def test_a_branch_that_the_spec_cannot_name_is_no_fact(look: Look, git: Git) -> None:
    git("init", "-b", "fix/#1")
    git("config", "init.defaultBranch", "main")

    assert fact(look(), "branch") is None


def test_a_folder_that_is_no_repository_has_only_its_name(look: Look) -> None:
    assert look() == Detection([Fact("name", "shop", "name of the folder")], [])


def test_without_git_detection_goes_on(plant: Plant, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    plant({"package.json": '{"scripts": {"start": "node app.js"}}', "app.js": ""})
    monkeypatch.setenv("PATH", "/nowhere")

    found = look()

    assert fact(found, "repository") is None
    assert fact(found, "runtime.start") == Fact(
        "runtime.start", ["node", "app.js"], "package.json scripts.start, line 1"
    )
