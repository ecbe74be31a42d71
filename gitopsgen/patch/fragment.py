"""Entries as they stand in a patch file: at the start of the line, with their comments."""

from gitopsgen.patch.events import UnsupportedError
from gitopsgen.patch.tree import Block, Entry, parse, shifted


def read_fragment(text: str) -> Block:
    """Read one or more entries of a mapping or a list. Raises UnsupportedError."""
    sections = parse(text if text.endswith("\n") else f"{text}\n")
    block = sections[0].block
    if len(sections) > 1 or sections[0].marker or block is None or block.column:
        raise UnsupportedError("it holds no entries of a mapping or a list at the start of the line")
    if block.tail:
        raise UnsupportedError("a comment stands below the last entry, which belongs to nothing")
    block.entries[0].lead = sections[0].head
    for entry in block.entries:
        entry.index, entry.line = -1, 0
    return block


def write_fragment(entry: Entry, column: int, *, lead: bool = True, note: bool = True) -> str:
    """Return the text of an entry of a collection at `column`, with or without the comments above and behind it.

    Raises UnsupportedError when a line is indented less than the entry.
    """
    body = entry.body(column)
    if not note and entry.lines:
        body[len(entry.lines) - 1] = entry.lines[-1][: entry.behind]
    return "".join(f"{line}\n" for line in shifted([*(entry.lead if lead else ()), *body], -column))


def write_comment(lines: list[str], column: int) -> str:
    """Return comment lines at the start of the line. Raises UnsupportedError as write_fragment() does."""
    return "".join(f"{line}\n" for line in shifted(lines, -column))


def read_comment(text: str, column: int) -> list[str]:
    """Return the lines of a comment, moved to `column`. Raises UnsupportedError when a line is no comment."""
    lines = text.split("\n")
    lines = lines[:-1] if lines[-1] == "" else lines
    if any(line.strip() and not line.lstrip(" ").startswith("#") for line in lines):
        raise UnsupportedError("a line of it is no comment")
    return shifted(lines, column)
