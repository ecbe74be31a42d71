"""docs/walkthrough.md: every row is there, names tests that exist, and quotes lines that are in the files."""

import re
import subprocess
import sys
from functools import cache
from typing import NamedTuple

import pytest

from .project import PULL, PUSH, ROOT, Project

DOCUMENT = ROOT / "docs/walkthrough.md"
# How many ways there are to get the tutorial's files wrong: a row that is lost is a bug that nobody answers.
ROWS = 57
SETUP = "gitopsgen setup"
# Fields of the spec that the prose names.
FIELDS = frozenset({"cluster", "expose", "kubectl", "resources"})


class Row(NamedTuple):
    number: int
    wrong: str
    instead: str
    tests: list[str]


def spans(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def rows() -> list[Row]:
    found = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        # A bar inside a cell is escaped.
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and cells[0].isdigit():
            number, wrong, instead, tests = cells
            found.append(Row(int(number), wrong, instead, spans(tests)))
    return found


@cache
def collected(files: tuple[str, ...]) -> frozenset[str]:
    """Return the tests that pytest finds in files, without their parameters."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True).stdout
    return frozenset(line.partition("[")[0] for line in output.splitlines() if "::" in line)


def named() -> frozenset[str]:
    return frozenset(test for row in rows() for test in row.tests)


def test_every_bug_has_its_row() -> None:
    found = rows()
    assert [row.number for row in found] == list(range(1, ROWS + 1))
    assert all(row.wrong and row.instead and row.tests for row in found)
    assert len({row.wrong for row in found}) == ROWS


def test_every_test_that_is_named_exists() -> None:
    files = sorted({test.partition("::")[0] for test in named()})
    assert not named() - collected(tuple(file for file in files if (ROOT / file).is_file()))


def test_every_test_of_the_walkthrough_is_named() -> None:
    ours = collected(("tests/walkthrough",))
    assert ours
    assert not {test for test in ours if "test_document.py" not in test} - named()


def test_the_specs_are_those_that_the_tests_use() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks == [PULL, PUSH]


def source(name: str, project: Project) -> str | None:
    """Return a file's text, or what `gitopsgen setup` prints, with single spaces; None if there is no such file."""
    if name == SETUP:
        return project.setup()
    return " ".join(project.text(name).split()) if (project.folder / name).is_file() else None


@pytest.mark.parametrize("number", range(1, ROWS + 1))
def test_the_lines_of_a_row_are_in_its_files(number: int, push: Project, pull: Project) -> None:
    row = rows()[number - 1]
    texts: list[str] = []
    quoted = 0
    for span in spans(row.instead):
        found = [text for project in (push, pull) if (text := source(span, project)) is not None]
        if found:
            texts = found
            continue
        if span in FIELDS:
            continue
        quoted += 1
        assert any(span in text for text in texts), f"row {number}: {span}"
    assert quoted
