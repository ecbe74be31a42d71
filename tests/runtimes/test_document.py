"""The specs in docs/runtimes.md compile, and every system of the peer that has the most is there."""

import re
from pathlib import Path

import pytest

from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from tests.runtimes.golden import COMPILER, HEADER

DOCUMENT = Path(__file__).parents[2] / "docs/runtimes.md"
ROWS = re.findall(r"^\| ([a-z, ]+) \| `(runtime: .+)` \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
# Azure/draft, template/dockerfiles, 2026-11.
DRAFT = [
    "clojure",
    "csharp",
    "erlang",
    "go",
    "gomodule",
    "gradle",
    "gradlew",
    "java",
    "javascript",
    "php",
    "python",
    "ruby",
    "rust",
    "swift",
    "tomcat",
]


def test_every_system_has_a_row() -> None:
    assert sorted(name for names, _ in ROWS for name in names.split(", ")) == sorted(DRAFT)


@pytest.mark.parametrize("spec", [spec for _, spec in ROWS])
def test_the_spec_compiles(spec: str) -> None:
    found = COMPILER.compile(HEADER + spec.encode(), Root("/nonexistent"))
    assert isinstance(found, Compiled), found
    assert [file for file in found.files if file.language == "dockerfile"]
