"""Where a block goes that extends a list in somebody's YAML: found by source offsets, never load-and-dump."""

import functools
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo.block import DOCUMENT_START, added_key_note, append, block_lines, was_empty_note
from gitopsgen.repo.lines import line_end

_INDENT = b"  "
_BOM = b"\xef\xbb\xbf"
_FLOW_CURE = "write it as a block list: one line that starts with `- ` for each item"


class _Added(NamedTuple):
    text: str
    comment: str
    under: str


class _Place(NamedTuple):
    """The nodes of the key that was looked for and of its value; None when the key is missing."""

    key: Any = None
    value: Any = None


def insert_into_list(path: RepoPath, raw: bytes, text: str, comment: str, under: str) -> bytes | Diagnostic:
    """Put a new block at the top of the list at the top-level key `under`, which is added when it is missing.

    The top, because it is next to the key: what belongs to the last item cannot be told from comments behind it.
    """
    place = _find(path, raw, under)
    if isinstance(place, Diagnostic):
        return place
    result = _insert(path, raw, place, _Added(text, comment, under))
    if isinstance(result, Diagnostic):
        return result
    after = _find(path, result, under)
    if isinstance(after, Diagnostic) or after.value is None or after.value.id != "sequence":
        return _unsupported(path, f"the list `{under}` cannot be extended here", _FLOW_CURE)
    return result


def _insert(path: RepoPath, raw: bytes, place: _Place, new: _Added) -> bytes | Diagnostic:
    end = line_end(raw)
    if place.key is None:
        lines = block_lines(new.text, new.comment, _INDENT, end, added_key_note(raw))
        return append(raw, (b"" if raw else DOCUMENT_START) + new.under.encode() + b":" + end + lines)
    key, value = place.key, place.value
    if value.id == "sequence" and not value.flow_style:
        first = value.value[0].start_mark
        if first.line == key.end_mark.line:
            return _unsupported(path, f"the list `{new.under}` starts on the line of its key", _FLOW_CURE)
        indent = _indent_of_line(raw, _offset(raw, first))
        return _below_key(raw, _offset(raw, key.end_mark), block_lines(new.text, new.comment, indent, end))
    at = raw.find(b":", _offset(raw, key.end_mark)) + 1
    if value.id == "scalar" and value.value in ("", "~", "null") and not value.style:
        stop = _offset(raw, value.end_mark) if value.value else at
    elif value.id == "sequence" and not value.value:
        stop = _offset(raw, value.end_mark)
    else:
        return _unsupported(path, f"`{new.under}` is not a list in block style", _FLOW_CURE)
    was = raw[at:stop]
    if not _is_plain_key(raw[:at], new.under) or b"\n" in was or b"#" in was:
        return _unsupported(path, f"`{new.under}` is not a list in block style", _FLOW_CURE)
    note = was_empty_note(was) if was else b""
    return _below_key(raw[:at] + raw[stop:], at, block_lines(new.text, new.comment, _INDENT, end, note))


def _is_plain_key(head: bytes, under: str) -> bool:
    """Whether the last line of `head` is the key and nothing else, so that remove() finds it again."""
    line = head[head.rfind(b"\n") + 1 :].removeprefix(_BOM).decode("utf-8", "replace")
    return line in (f"{under}:", f'"{under}":', f"'{under}':")


def _below_key(raw: bytes, at: int, added: bytes) -> bytes:
    line = raw.find(b"\n", at)
    if line < 0:
        return append(raw, added)
    return raw[: line + 1] + added + raw[line + 1 :]


def _indent_of_line(raw: bytes, at: int) -> bytes:
    line = raw[raw.rfind(b"\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(b" "))]


# In a fleet most repositories have the same text here, and the slow loader has to read it.
@functools.lru_cache(maxsize=64)
def _find(path: RepoPath, raw: bytes, under: str) -> _Place | Diagnostic:
    import yaml

    try:
        # The Python loader: the C one overflows the stack on deep nesting instead of raising.
        root = yaml.compose(raw.removeprefix(_BOM).decode("utf-8"), Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = Position(mark.line + 1, mark.column + 1) if mark else None
        source = _line(raw, position)
        return Diagnostic("block.unsupported", f"not readable as YAML: {error.problem}", "", path, position, source)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        return _unsupported(path, "the file is not readable as YAML", "save it as UTF-8, as one YAML document")
    if root is None or (isinstance(root, yaml.ScalarNode) and not root.value):
        return _Place()
    if not isinstance(root, yaml.MappingNode) or root.flow_style or root.start_mark.column:
        return _unsupported(
            path, "the file is not a mapping in block style", f"write `{under}:` at the start of a line"
        )
    places = [_Place(key, value) for key, value in root.value if key.id == "scalar" and key.value == under]
    if len(places) > 1:
        return _unsupported(path, f"`{under}` is written twice", "remove one of the two")
    return places[0] if places else _Place()


def _offset(raw: bytes, mark: Any) -> int:
    """Turn a mark, which counts characters, into an offset in bytes."""
    body = raw.removeprefix(_BOM)
    return len(raw) - len(body) + len(body.decode("utf-8")[: mark.index].encode())


def _line(raw: bytes, position: Position | None) -> str:
    lines = raw.decode("utf-8", "replace").splitlines()
    return lines[position.line - 1] if position and position.line <= len(lines) else ""


def _unsupported(path: RepoPath, message: str, cure: str) -> Diagnostic:
    return Diagnostic("block.unsupported", message, cure, path)
