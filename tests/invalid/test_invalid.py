"""Every bad spec of this folder is told in exactly the words beside it."""

import os
import re
from pathlib import Path

import pytest

from gitopsgen.core import errors
from tests.invalid.cases import FOLDER, lay_out, names, printed

_SOURCE = FOLDER.parent.parent / "gitopsgen"
_CODE = re.compile(r'(?<!schema_text\()"((?:yaml|spec|rule|pack|override|workspace)\.(?!yaml")[a-z][a-z0-9-]*)"')
# Modules whose codes belong to the spec and the packs; the rest of `pack.` is told by the renderer.
_TOLD_HERE = ("core/yamldoc.py", "spec", "packs", "compiler.py", "project.py", "workspace.py")


@pytest.mark.parametrize("name", names())
def test_message(name: str, tmp_path: Path) -> None:
    lay_out(name, tmp_path)
    code, text = printed(tmp_path)
    assert text == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    only_warnings = not re.search(r"^\d+ errors?\b", text, re.MULTILINE)
    assert code == (errors.DRIFT if only_warnings else errors.SPEC_INVALID)


def test_every_text_belongs_to_a_case() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(names())


def test_every_code_has_a_case() -> None:
    codes = set()
    for place in _TOLD_HERE:
        path = _SOURCE / place
        for module in [path] if path.is_file() else sorted(path.rglob("*.py")):
            codes |= set(_CODE.findall(module.read_text(encoding="utf-8")))
    assert len(codes) > 20
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt")]
    told = {found for text in texts for found in re.findall(r"\b[a-z]+\.[a-z0-9-]+(?=: )", text)}
    assert sorted(codes - told) == []


@pytest.mark.parametrize("name", names())
def test_message_is_one_that_helps(name: str) -> None:
    """Each finding has a place and a cure, and no message leaks the words of a library."""
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    heads = [line for line in text.splitlines() if re.match(r"\S+: (warning: )?[a-z]+\.[a-z0-9-]+: ", line)]
    assert heads
    assert text.count("    cure: ") == len(heads)
    for leaked in ("Traceback", "pydantic", "instance", "validation", "NoneType", "<class"):
        assert leaked not in text


def test_findings_come_in_the_order_of_the_file() -> None:
    text = (FOLDER / "spec-many-mistakes.txt").read_text(encoding="utf-8")
    found = re.findall(r"^gitopsgen.yaml:(\d+):(\d+):", text, re.MULTILINE)
    places = [(int(line), int(column)) for line, column in found]
    assert len(places) >= 6
    assert places == sorted(places)


def test_printing_has_no_room_for_the_folder(tmp_path: Path) -> None:
    """The same spec in another place is told in the same words."""
    texts = set()
    for folder in (tmp_path / "a", tmp_path / "b" / "c"):
        os.makedirs(folder)
        lay_out("spec-many-mistakes", folder)
        texts.add(printed(folder))
    assert len(texts) == 1
