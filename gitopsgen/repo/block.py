"""The marked block: some lines of ours in a file of the user's, of which we touch nothing else, byte for byte."""

import re
from typing import NamedTuple

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo.lines import line_end, to_lf

START = b">>> gitopsgen: generated, edits inside are lost >>>"
END = b"<<< gitopsgen <<<"

_START_LINE = re.compile(rb"^([ \t]*)[^\s]+ " + re.escape(START) + rb"([^\r\n]*)\r?$", re.MULTILINE)
_END_LINE = re.compile(rb"^[ \t]*[^\s]+ " + re.escape(END) + rb"[ \t]*\r?$", re.MULTILINE)
_NO_END = "put the line with `<<< gitopsgen <<<` where the block ends, or remove the whole block"
# What removing the block has to undo, written behind the start marker because nobody else remembers it.
_ADDED_KEY = b" (with its key)"
_ADDED_FILE = b" (with its file)"
_WAS_EMPTY = re.compile(rb" \(was:([^\r\n]*)\)\Z")
# What a YAML file of ours starts with.
DOCUMENT_START = b"---\n"
_KEY_LINE = re.compile(rb"""(?:^|(?<=\n)|(?<=\xef\xbb\xbf))(["']?[\w.-]+["']?:)([^\r\n]*\r?\n)\Z""")


class Block(NamedTuple):
    """Where the block lies in a file: `start`..`end` with its markers, `inner_start`..`inner_end` without."""

    start: int
    inner_start: int
    inner_end: int
    end: int
    indent: bytes
    note: bytes


def find(path: RepoPath, raw: bytes) -> Block | Diagnostic | None:
    """Return the one block in `raw`, None when there is none, `block.damaged` when the markers make no pair."""
    starts, ends = list(_START_LINE.finditer(raw)), list(_END_LINE.finditer(raw))
    if not starts and not ends:
        return None
    for wrong, at, message, cure in (
        (len(starts) > 1, starts[1:], "a second block starts here", "remove one of the two blocks"),
        (not starts, ends, "a block ends here that does not start", "remove this line"),
        (not ends, starts, "the block that starts here does not end", _NO_END),
        (len(ends) > 1, ends[1:], "a block ends here for the second time", "remove this line"),
        (starts and ends and ends[0].start() < starts[0].start(), ends, "the block ends before it starts", _NO_END),
    ):
        if wrong:
            return _damaged(path, raw, at[0].start(), message, cure)
    end = min(ends[0].end() + 1, len(raw))
    return Block(starts[0].start(), starts[0].end() + 1, ends[0].start(), end, starts[0][1], starts[0][2])


def inner(raw: bytes, block: Block) -> bytes | None:
    """Return the lines of the block as they were generated: LF line ends, without the block's indentation.

    None when a line lacks the indentation: it can never have been written like that.
    """
    lines = to_lf(raw[block.inner_start : block.inner_end]).split(b"\n")
    if not all(line.startswith(block.indent) for line in lines if line):
        return None
    return b"\n".join(line[len(block.indent) :] for line in lines)


def normal(text: str) -> bytes:
    """Return the text of a block as inner() reads it back: LF line ends, the last line too."""
    return to_lf(text.encode()).removesuffix(b"\n") + b"\n" if text else b""


def write(path: RepoPath, raw: bytes | None, text: str, comment: str, under: str) -> bytes | Diagnostic:
    """Return `raw` with the block holding `text`: replaced where it is, else inserted.

    A new block goes to the end of the file, or to the top of the list at the YAML key `under`. Gives `block.damaged`
    for broken markers and `block.unsupported` for a file that it cannot be put into.
    """
    if START in text.encode() or END in text.encode():
        raise ValueError(f"the text of the block in {path} holds a marker")
    raw = raw or b""
    if b"\0" in raw:
        return _unsupported(path, "the file is not text", "save it as UTF-8")
    block = find(path, raw)
    if isinstance(block, Diagnostic):
        return block
    if block is not None:
        lines = _lines(text, block.indent, line_end(raw[block.start :]))
        # A linter wants the end marker indented like the line above it, and that line may be another one now.
        last = raw[block.inner_end : block.end].lstrip(b" \t")
        indent = _last_indent(lines, block.indent)
        return raw[: block.inner_start] + lines + indent + last + raw[block.end :]
    if under:
        from gitopsgen.repo.yamllist import insert_into_list

        return insert_into_list(path, raw, text, comment, under)
    return append(raw, block_lines(text, comment, b"", line_end(raw)))


def remove(path: RepoPath, raw: bytes) -> bytes | Diagnostic:
    """Return `raw` as it was before the block was inserted, with the changes that were made around it since."""
    block = find(path, raw)
    if block is None or isinstance(block, Diagnostic):
        return raw if block is None else block
    head, tail = raw[: block.start], raw[block.end :]
    if block.note and not _list_goes_on(tail):
        head = _without_key(head, block.note)
    # A file without a last line end got a block without one; see append().
    if not tail and not raw.endswith(b"\n"):
        head = head.removesuffix(line_end(raw[block.start :]))
    return head + tail


def append(raw: bytes, added: bytes) -> bytes:
    """Put lines at the end of `raw`.

    When its last line has no line end, the new last line has none either: that is how remove() knows.
    """
    if not raw or raw.endswith(b"\n"):
        return raw + added
    end = line_end(raw)
    return raw + end + added.removesuffix(end)


def block_lines(text: str, comment: str, indent: bytes, end: bytes, note: bytes = b"") -> bytes:
    """Return a whole block, with its markers.

    The end marker is indented like the line above it, which is where linters want a comment.
    """
    mark, lines = comment.encode() + b" ", _lines(text, indent, end)
    return indent + mark + START + note + end + lines + _last_indent(lines, indent) + mark + END + end


def added_key_note(raw: bytes) -> bytes:
    """Say behind the start marker that the key above the block came with it, or even the whole file."""
    return _ADDED_KEY if raw else _ADDED_FILE


def was_empty_note(source: bytes) -> bytes:
    """Say behind the start marker what stood behind the key above the block."""
    return b" (was:" + source + b")"


def _lines(text: str, indent: bytes, end: bytes) -> bytes:
    lines = normal(text).split(b"\n")[:-1]
    return b"".join((indent + line if line else b"") + end for line in lines)


def _last_indent(lines: bytes, indent: bytes) -> bytes:
    last = lines.rstrip(b"\r\n").rpartition(b"\n")[2] or indent
    return last[: len(last) - len(last.lstrip(b" \t"))]


def _list_goes_on(tail: bytes) -> bool:
    for line in tail.split(b"\n"):
        bare = line.strip()
        if bare and not bare.startswith(b"#"):
            return line[:1] in (b" ", b"\t") or bare == b"-" or line.startswith(b"- ")
    return False


def _without_key(head: bytes, note: bytes) -> bytes:
    key = _KEY_LINE.search(head)
    if key is None:
        return head
    if note in (_ADDED_KEY, _ADDED_FILE):
        above = head[: key.start()]
        return above.removesuffix(DOCUMENT_START) if note == _ADDED_FILE else above
    empty = _WAS_EMPTY.match(note)
    return head[: key.end(1)] + empty[1] + head[key.end(1) :] if empty else head


def _damaged(path: RepoPath, raw: bytes, at: int, message: str, cure: str) -> Diagnostic:
    source = raw[at:].split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
    position = Position(raw.count(b"\n", 0, at) + 1, 1, max(1, len(source)))
    return Diagnostic("block.damaged", message, cure, path, position, source)


def _unsupported(path: RepoPath, message: str, cure: str) -> Diagnostic:
    return Diagnostic("block.unsupported", message, cure, path)
