"""Real refusals: a disk that is full, a disk that may only be read, folders of somebody else, files in the way."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .scenes import THOROUGH
from .stories import LOCK, SERVICE, SPEC, build, differences, tree
from .zygote import NOBODY, PROJECT, Zygote

_SIZES = range(64, 769, 16) if THOROUGH else (64, 256, 400, 768)
_FULL = "No space left on device"
_CONFLICT = 4


def on_a_small_disk(folder: Path, size: int, *words: str) -> list[dict[str, Any]]:
    """Run tests/crash/small_disk.py with a name space of mounts of its own; skip where that is not allowed."""
    own = ["unshare", "-Urm"]
    allowed = subprocess.run([*own, "mount", "-t", "tmpfs", "tmpfs", str(folder)], capture_output=True, check=False)
    if allowed.returncode:
        pytest.skip(f"a disk of our own may not be mounted here: {allowed.stderr.decode().strip()}")
    done = subprocess.run(
        [*own, sys.executable, "-m", "tests.crash.small_disk", str(folder), str(size), *words],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def outcomes() -> dict[int, list[int]]:
    return {}


@pytest.mark.parametrize("size", _SIZES)
def test_disk_full(size: int, tmp_path: Path, outcomes: dict[int, list[int]]) -> None:
    """Too small for the first run, then for the second, then large enough: all, or nothing and the reason."""
    steps = on_a_small_disk(tmp_path, size)
    for step in steps:
        assert step["wrong"] == [], step
        assert step["code"] in (0, _CONFLICT), step
        if step["code"]:
            assert _FULL in step["said"]
            assert "Traceback" not in step["said"]
    if size == min(_SIZES):
        assert steps[0]["code"] == _CONFLICT, "a disk too small for anything"
    if size == max(_SIZES):
        assert [step["code"] for step in steps] == [0, 0], "a disk with enough room"


def test_disk_that_may_only_be_read(tmp_path: Path) -> None:
    first, second = on_a_small_disk(tmp_path, 1024, "remount")
    assert first["code"] == 0, first
    assert second["code"] == _CONFLICT, second
    assert second["wrong"] == []
    assert "Read-only file system" in second["said"]


def read_only(*names: str) -> Callable[[Path], None]:
    def forbid(folder: Path) -> None:
        for name in names:
            (folder / name).chmod(0o500)

    return forbid


def file_in_the_way(folder: Path) -> None:
    (folder / "argocd").write_text("mine\n")


def folder_in_the_way(folder: Path) -> None:
    (folder / "argocd/application-production.yaml").mkdir(parents=True)


def unreadable(folder: Path) -> None:
    (folder / SERVICE).chmod(0)


def unreadable_lock(folder: Path) -> None:
    (folder / LOCK).chmod(0)


def staging_is_a_file(folder: Path) -> None:
    (folder / ".gitopsgen/staging").write_text("mine\n")


def staging_is_a_link(folder: Path) -> None:
    (folder / ".gitopsgen/staging").symlink_to("../k8s")


@pytest.mark.parametrize(
    ("disturb", "named", "codes"),
    [
        pytest.param(read_only("."), "", (4,), id="root"),
        pytest.param(read_only("k8s/bin"), "k8s/bin", (4,), id="folder of scripts"),
        pytest.param(read_only(".github/workflows"), ".github/workflows", (4,), id="folder of an update"),
        pytest.param(read_only(".gitopsgen"), ".gitopsgen", (4,), id="our own folder"),
        pytest.param(file_in_the_way, "argocd", (4,), id="a file in the way"),
        pytest.param(folder_in_the_way, "argocd/application-production.yaml", (4,), id="a folder in the way"),
        pytest.param(unreadable, SERVICE, (4,), id="unreadable file"),
        pytest.param(unreadable_lock, LOCK, (6,), id="unreadable lock"),
        pytest.param(staging_is_a_file, ".gitopsgen/staging", (4,), id="staging is a file"),
        pytest.param(staging_is_a_link, ".gitopsgen/staging", (4,), id="staging is a link"),
    ],
)
def test_permission_denied(
    disturb: Callable[[Path], None], named: str, codes: tuple[int, ...], gitopsgen: Zygote, scratch: Path
) -> None:
    """As an ordinary user, because root is refused nothing: exit code, the file's name, and the tree of before."""
    folder = build("push to pull", gitopsgen, scratch).start
    disturb(folder)
    for path in (scratch, folder, *folder.rglob("*")):
        if os.getuid() == 0:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    before = tree(folder)
    run = gitopsgen.run(folder, "generate", nobody=True)
    assert run.code in codes, run.said
    assert named in run.err
    assert "Traceback" not in run.err
    assert differences(tree(folder), before) == []
    assert (folder / SPEC).exists()
