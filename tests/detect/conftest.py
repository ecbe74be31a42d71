"""Repositories as file trees, looked at with the real packs."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.detect import KINDS, Detection, detect
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.detect.by_hand import REPOSITORY

Plant = Callable[[Mapping[str, str]], Path]
Look = Callable[..., Detection]


@pytest.fixture(autouse=True)
def no_git_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture(scope="session")
def node() -> Mapping[str, Any]:
    pack = Catalogue((BUILT_IN,)).pack("runtime", "node")
    assert pack
    return pack.manifest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


@pytest.fixture
def plant(root: Path) -> Plant:
    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    return write


@pytest.fixture
def look(root: Path, node: Mapping[str, Any]) -> Look:
    def run(*others: Mapping[str, Any]) -> Detection:
        return detect(str(root), [node, *others])

    return run


@pytest.fixture
def git(root: Path) -> Callable[..., None]:
    def run(*arguments: str) -> None:
        identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
        subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)

    return run


@pytest.fixture
def look_all(root: Path) -> Look:
    catalogue = Catalogue((BUILT_IN,))
    packs = [pack.manifest for kind in KINDS for pack in catalogue.all(kind)]
    return lambda: detect(str(root), packs)


@pytest.fixture
def origin(git: Callable[..., None]) -> None:
    git("init", "-b", "main")
    git("remote", "add", "origin", REPOSITORY)
