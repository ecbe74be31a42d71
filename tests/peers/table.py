"""The table of peers in docs/regeneration.md: what it says, what the tools say, and how the one becomes the other."""

import re
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DOCUMENT = ROOT / "docs" / "regeneration.md"
OURS = "gitopsgen"
TOOLS = ("copier", "cruft", "projen", OURS)

_CELL = re.compile(r"`([a-z-]+)`")


def rows() -> list[list[str]]:
    """Return the fields of the table, line by line, the head first."""
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    table = [line for line in lines[_head(lines) :] if line.startswith("| ")]
    return [[field.strip() for field in line.strip("|").split("|")] for line in table]


def _head(lines: list[str]) -> int:
    """Return the number of the line that the table begins with; the document has other tables before it."""
    return next(number for number, line in enumerate(lines) if line.startswith("| event |"))


def documented() -> dict[str, dict[str, str]]:
    """Return what the table says: tool -> cell -> outcome."""
    (_, *tools), *cells = rows()
    return {tool: {_name(row[0]): row[column] for row in cells} for column, tool in enumerate(tools, 1)}


def told(tool: str, *cells: str) -> dict[str, str]:
    """Return what the script of a tool finds on the disk: cell -> outcome."""
    command = ["sh", str(HERE / f"{tool}.sh"), *cells]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise AssertionError(f"{tool}.sh exits {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return dict(re.findall(r"^([a-z-]+): (.*)$", ran.stdout, re.MULTILINE))


def write(tool: str, outcomes: dict[str, str]) -> None:
    """Put the outcomes of a tool into its column."""
    column = rows()[0].index(tool)
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    for number in range(_head(lines), len(lines)):
        line = lines[number]
        if line.startswith("| `"):
            fields = [field.strip() for field in line.strip("|").split("|")]
            fields[column] = outcomes.get(_name(fields[0]), fields[column])
            lines[number] = f"| {' | '.join(fields)} |"
    DOCUMENT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _name(event: str) -> str:
    match = _CELL.match(event)
    if match is None:
        raise AssertionError(f"a row begins with the word of its cell: {event}")
    return match[1]
