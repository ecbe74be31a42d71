"""docs/regeneration.md says what the tools do: every cell of its table is told again by the tool itself."""

import os
import re
import shutil
import subprocess

import pytest

from .table import DOCUMENT, HERE, OURS, ROOT, TOOLS, documented, told

REQUIRED = bool(os.environ.get("GITOPSGEN_REQUIRE_PEERS"))


def test_the_table_has_every_tool_and_every_cell() -> None:
    words = re.search(r'^CELLS="([^"]*)"', (HERE / "story.sh").read_text(encoding="utf-8"), re.MULTILINE)
    assert words
    table = documented()
    assert set(table) == set(TOOLS)
    for tool, cells in table.items():
        assert list(cells) == words[1].split(), tool


def test_the_versions_of_the_document_are_those_installed() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    pins = dict(re.findall(r"^(copier|cruft)==(.*)$", (HERE / "requirements.txt").read_text(), re.MULTILINE))
    pins |= dict(re.findall(r'"(projen)": "([^"]*)"', (HERE / "package.json").read_text()))
    assert set(pins) == {"copier", "cruft", "projen"}
    for tool, version in pins.items():
        assert f"{tool} {version}" in text


@pytest.mark.parametrize("tool", TOOLS)
def test_the_table_is_what_the_tools_do(tool: str) -> None:
    if tool != OURS:
        need_peers()
    assert told(tool) == documented()[tool], f"python -m tests.peers.update {tool}"


def need_peers() -> None:
    """Skip unless the pinned peers are installed; where they are promised, install them."""
    if REQUIRED:
        subprocess.run(["sh", str(HERE / "install.sh")], check=True)
    elif not (ROOT / ".tools" / "peers" / "stamp").is_file() or shutil.which("node") is None:
        pytest.skip("NOT TESTED: sh tests/peers/install.sh")
