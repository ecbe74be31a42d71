"""Every Dockerfile that a runtime's pack writes is kept in full, and hadolint has nothing to say about any of them."""

import re
import subprocess
from pathlib import Path

import pytest

from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.runtimes.golden import FOLDER, expected, names, written
from tests.validators.needs import need
from tests.validators.subject import TOOLS

RUNTIMES = Catalogue((BUILT_IN,)).names("runtime")


@pytest.mark.parametrize("name", names())
def test_written_as_kept(name: str) -> None:
    assert written(name) == expected(name)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_runtime_has_a_case(runtime: str) -> None:
    assert [name for name in names() if name == runtime or name.startswith(f"{runtime}-")]


def dockerfiles() -> list[Path]:
    return sorted(path for path in FOLDER.glob("*/*Dockerfile"))


@pytest.mark.parametrize("path", dockerfiles(), ids=lambda path: path.parent.name)
def test_the_image_is_pinned_and_not_root(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE))
    for base in re.findall(r"^FROM (?:--\S+ )*(\S+)", text, re.MULTILINE):
        # Distroless images have no version but the digest.
        exact = r":[^:]*\d+\.\d+|@sha256:|^gcr\.io/distroless/\w+(-nossl)?-debian\d+:nonroot$"
        assert base in stages or re.search(exact, base), base
    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE)[-1:] == ["10001:10001"] or re.search(
        r"^USER [1-9]\d*:\d+$", text, re.MULTILINE
    )
    assert "# syntax=docker/dockerfile:1\n" in text[:40]


def test_hadolint_finds_nothing() -> None:
    need("python")
    command = [
        str(TOOLS / "python/bin/hadolint"),
        "--no-color",
        "--failure-threshold",
        "style",
        *map(str, dockerfiles()),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stdout + ran.stderr
