"""A YAML text as entries, without loss: each mapping entry and list item with the comments above and behind it.

Every line belongs to one place of the tree, and text() puts the lines together again. An edit moves lines; nothing is
ever loaded and dumped.
"""

import re
from collections.abc import Iterator
from typing import Literal

from gitopsgen.patch.events import Document, Node, UnsupportedError, last_place, read_documents, scalar_data

_BEHIND = re.compile(r"[ \t]+#.*\Z|[ \t]+\Z")
_OTHER_LINE_ENDS = re.compile("[\r\x85\u2028\u2029\ufeff]")


class Entry:
    """A mapping entry (`key` is its key) or a list item (`key` is None).

    `lead` are the comment and blank lines above, `line` is the number of the first line below them, 0 for what was
    added. `lines` are its own: all of it, or only the line of the key when `block` holds the entries below. A list item
    with a `block` has no own lines: its dash is written over the first line of the block. `behind` is where, in the
    last own line, the comment behind the entry starts. `index` is its number in the text that was read, -1 for what was
    added.
    """

    __slots__ = ("behind", "block", "index", "key", "lead", "line", "lines", "node")

    def __init__(self, key: str | None, node: Node, lead: list[str]) -> None:
        self.key = key
        self.node = node
        self.lead = lead
        self.lines: list[str] = []
        self.block: Block | None = None
        self.behind = 0
        self.index = -1
        self.line = 0

    @property
    def note(self) -> str:
        """The comment behind the entry on its last own line, with the space before it."""
        return self.lines[-1][self.behind :] if self.lines else ""

    def set_note(self, note: str) -> None:
        """Write another comment behind the entry."""
        self.lines[-1] = self.lines[-1][: self.behind] + note

    def data(self) -> object:
        """Return the value as plain data; two spellings of the same value are equal."""
        return self.block.data() if self.block else node_data(self.node)

    def shift(self, by: int) -> None:
        """Move the text by columns. Raises UnsupportedError when a line has no room to move left."""
        self.lead, self.lines = shifted(self.lead, by), shifted(self.lines, by)
        self.behind += by
        if self.block:
            self.block.shift(by)

    def body(self, column: int) -> list[str]:
        """Return the lines without those above; `column` is that of the collection the entry is in."""
        if self.block is None:
            return list(self.lines)
        below = self.block.text()
        if self.key is None:
            first = below[0].ljust(column + 1)
            return [f"{first[:column]}-{first[column + 1 :]}", *below[1:]]
        return self.lines + below


class Block:
    """A collection in block style: its entries, its column, and the comment lines below the last entry."""

    __slots__ = ("column", "entries", "kind", "tail")

    def __init__(self, kind: Literal["map", "seq"], column: int) -> None:
        self.kind = kind
        self.column = column
        self.entries: list[Entry] = []
        self.tail: list[str] = []

    def data(self) -> object:
        """Return the collection as plain data."""
        if self.kind == "seq":
            return [entry.data() for entry in self.entries]
        return {entry.key: entry.data() for entry in self.entries}

    def shift(self, by: int) -> None:
        """Move the text by columns. Raises UnsupportedError when a line has no room to move left."""
        self.column += by
        self.tail = shifted(self.tail, by)
        for entry in self.entries:
            entry.shift(by)

    def text(self) -> list[str]:
        """Return the lines."""
        lines: list[str] = []
        for entry in self.entries:
            lines += entry.lead
            lines += entry.body(self.column)
        return lines + self.tail


class Section:
    """A document of the stream. `marker` ends with its `---` line; `head` are the comments before the first entry."""

    __slots__ = ("block", "head", "marker")

    def __init__(self, marker: list[str], head: list[str], block: Block | None) -> None:
        self.marker = marker
        self.head = head
        self.block = block

    def text(self) -> list[str]:
        """Return the lines."""
        return self.marker + self.head + (self.block.text() if self.block else [])


def parse(text: str) -> list[Section]:
    """Take a YAML text apart; a document that is no block collection has no block. Raises UnsupportedError."""
    if _OTHER_LINE_ENDS.search(text):
        raise UnsupportedError("it has other line ends than line feeds")
    if not text.endswith("\n"):
        raise UnsupportedError("the last line does not end")
    lines = text.split("\n")[:-1]
    documents = read_documents(text)
    if not documents:
        raise UnsupportedError("there is nothing in it")
    if any(document.ended for document in documents):
        raise UnsupportedError("a document ends with `...`")
    starts = [0, *(document.marker or 0 for document in documents[1:]), len(lines)]
    return [
        _section(document, lines, start, stop)
        for document, start, stop in zip(documents, starts, starts[1:], strict=False)
    ]


def join(sections: list[Section]) -> str:
    """Return the text of the stream."""
    return "".join(f"{line}\n" for section in sections for line in section.text())


def node_data(node: Node) -> object:
    """Return a value as plain data."""
    if node.kind == "seq":
        data: object = [node_data(value) for _, value in node.items]
    elif node.kind == "map":
        pairs = [(node_data(key) if key else None, node_data(value)) for key, value in node.items]
        data = {key if isinstance(key, str) else repr(key): value for key, value in pairs}
    else:
        return scalar_data(node)
    return ("tag", node.tag, data) if node.tag else data


def shifted(lines: list[str], by: int) -> list[str]:
    """Return lines moved by columns; empty lines stay empty. Raises UnsupportedError without room to move left."""
    if by >= 0:
        return [" " * by + line if line else line for line in lines]
    if any(line[:-by].strip(" ") for line in lines):
        raise UnsupportedError("a line is indented less than its entry")
    return [line[-by:] for line in lines]


def _section(document: Document, lines: list[str], start: int, stop: int) -> Section:
    first = start if document.marker is None else document.marker + 1
    root = document.root
    if root.kind not in ("map", "seq") or root.flow or root.anchor or root.tag or root.start.line < first:
        return Section(lines[start:stop], [], None)
    try:
        builder = _Builder(lines[:stop])
        block = builder.block(root, first)
    except _OpaqueError:
        return Section(lines[start:stop], [], None)
    head, block.entries[0].lead = block.entries[0].lead, []
    block.tail += _share_out(builder.lines[builder.done : stop], block.entries[-1], block.column)
    return Section(lines[start:first], head, block)


class _OpaqueError(Exception):
    """A collection that is written in a way that has no entries of its own lines."""


class _Builder:
    """Takes the lines of one document apart; `done` is the first line that no entry has taken yet."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = list(lines)
        self._original = lines
        self.done = 0

    def block(self, node: Node, done: int) -> Block:
        self.done = done
        found = Block("map" if node.kind == "map" else "seq", node.start.column)
        if node.kind == "map":
            found.column = (node.items[0][0] or node).start.column
        for key, value in node.items:
            first = self._first_line(found, key, value)
            gap = self.lines[self.done : first]
            lead = _share_out(gap, found.entries[-1], found.column) if found.entries else gap
            entry = Entry(_key_text(key), value, lead)
            entry.line = first + 1
            self._fill(entry, key, first, found.column)
            entry.index = len(found.entries)
            found.entries.append(entry)
        if found.kind == "map" and len({entry.key for entry in found.entries}) < len(found.entries):
            raise _OpaqueError
        return found

    def _first_line(self, block: Block, key: Node | None, value: Node) -> int:
        if key is not None:
            if key.start.column != block.column or self.lines[key.start.line][: block.column].strip(" "):
                raise _OpaqueError
            return key.start.line
        for number in range(self.done, value.start.line + 1):
            line = self.lines[number]
            if line[block.column : block.column + 1] == "-" and not line[: block.column].strip(" "):
                return number
        raise _OpaqueError

    def _fill(self, entry: Entry, key: Node | None, first: int, column: int) -> None:
        node, line = entry.node, self.lines[first]
        try:
            if self._has_block(node, key, first):
                if key is None:
                    self.lines[first] = f"{line[:column]} {line[column + 1 :]}"
                    entry.block = self.block(node, first)
                    return
                entry.lines = [line]
                entry.behind = _note_at(line, key.end.column)
                entry.block = self.block(node, first + 1)
                return
        except _OpaqueError:
            # Dashes that were taken out come back; the one of an outer item stands before this line or in it.
            self.lines[first:] = [line, *self._original[first + 1 :]]
            entry.block = None
        end = last_place(node, self.lines)
        entry.lines = self.lines[first : end.line + 1]
        is_scalar = node.style in ("|", ">")
        entry.behind = len(entry.lines[-1]) if is_scalar else end.column
        if entry.note.strip() and not entry.note.lstrip().startswith("#"):
            raise _OpaqueError
        self.done = end.line + 1

    def _has_block(self, node: Node, key: Node | None, first: int) -> bool:
        if node.kind not in ("map", "seq") or node.flow or not node.items:
            return False
        if key is None:
            return not node.anchor and not node.tag
        content = (node.items[0][0] or node.items[0][1]).start.line
        return content > first and (node.start.line > first) == (not node.anchor and not node.tag)


def _key_text(key: Node | None) -> str | None:
    if key is None:
        return None
    if key.kind != "scalar" or key.tag or key.anchor or key.start.line != key.end.line:
        raise _OpaqueError
    return key.text


def _note_at(line: str, after: int) -> int:
    found = _BEHIND.search(line, after)
    return found.start() if found else len(line)


def spine(entry: Entry) -> Iterator[Block]:
    """Yield the collections that end where `entry` ends, the outermost first."""
    block = entry.block
    while block is not None:
        yield block
        block = block.entries[-1].block


def _share_out(gap: list[str], above: Entry, column: int) -> list[str]:
    """Give the comments below an entry to the collections they are indented as; return those of the next entry."""
    levels = list(spine(above))
    pending: list[str] = []
    for number, line in enumerate(gap):
        indent = len(line) - len(line.lstrip(" "))
        pending.append(line)
        if indent == len(line):
            continue
        while levels and (indent < levels[-1].column or indent <= column):
            levels.pop()
        if not levels:
            return pending + gap[number + 1 :]
        levels[-1].tail += pending
        pending = []
    return pending
