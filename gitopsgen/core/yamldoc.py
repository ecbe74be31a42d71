"""The YAML door: text in, plain data with the position of every key and value out, every trap as a Diagnostic.

Scalars follow the YAML 1.2 core schema, so `on` is text and `0o14` is twelve; words that YAML 1.1 readers take for
booleans are refused when bare, because the next tool that reads the file may be one of them.
"""

import functools
import re
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.yamltraps import DEEPEST, LINE_END, TrapError, refuse_characters, refuse_depth, start, too_deep

LARGEST = 256 * 1024
_MOST_NODES = 20_000

Path = tuple[str | int, ...]

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_OLD_BOOL = re.compile(r"(?i:y|n|yes|no|on|off)\Z")
_INT = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z|[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
_STR_TAG = "tag:yaml.org,2002:str"
# Longer ones fit no field, and Python refuses to convert them.
_MOST_DIGITS = 400
_CONFLICT = re.compile(r"^(?:<{7} |={7}(?=\r?$)|>{7} )", re.MULTILINE)
_DECIDE = "decide, then run gitopsgen generate: it mends the generated files and the lock"


_SYNTAX_CURE = "check indentation, quotes and colons around here"
# A part of the parser's words -> what most likely mends it.
_SYNTAX_CURES = {
    "anchor": "put text that starts with & in quotes",
    "alias": "put text that starts with * in quotes",
    "cannot start any token": "put text that starts with this character in quotes",
    "directive": "put text that starts with % in quotes",
    "mapping values are not allowed": "put text that holds a colon and a space in quotes, or check the indentation",
    "Unicode character escape": "write the character itself; one beyond \\uffff is written \\U and eight digits",
    "escape character": "write \\\\ for one \\, or put the text in single quotes",
    "quoted scalar": "close the quote",
    "flow mapping": "close the bracket, and put a comma between two entries",
    "flow sequence": "close the bracket, and put a comma between two items",
}


class SourceDoc(NamedTuple):
    """A parsed document: `data` is plain dicts, lists and scalars; positions are found by path.

    What it takes from another document, its `base`, has its positions there; `inherited` are the paths of that.
    """

    path: str
    text: str
    data: dict[str, Any]
    keys: dict[Path, Position]
    values: dict[Path, Position]
    base: "SourceDoc | None" = None
    inherited: frozenset[Path] = frozenset()

    def line(self, position: Position) -> str:
        """Return the source line at `position`, without its line end."""
        return "".join(_lines(self.text)[position.line - 1 : position.line])  # a mark may lie behind the last line

    def find(self, code: str, message: str, cure: str, at: Path, *, key: bool = False) -> Diagnostic:
        """Make a Diagnostic at the key or the value of `at`, or at its nearest parent that the document holds."""
        while at and at not in self.values:
            at = at[:-1]
            # A scalar that is asked for its parts is a short form: what is wrong is its value.
            key = at in self.values and self._is_mapping(at)
        position = (self.keys.get(at) if key else None) or self.values.get(at) or Position(1, 1)
        source = self.source_of(at)
        return Diagnostic(code, message, cure, source.path, position, source.line(position))

    def written(self, at: Path) -> str:
        """Return the source text of the scalar at `at`, as the author wrote it."""
        position = self.values[at]
        return self.source_of(at).line(position)[position.column - 1 : position.column - 1 + position.length]

    def _is_mapping(self, at: Path) -> bool:
        """Whether a mapping is written at `at`; a short form is none, though `data` may hold what it stands for."""
        value = _at(self.data, at)
        return isinstance(value, dict) and (not value or any((*at, key) in self.keys for key in value))

    def source_of(self, at: Path) -> "SourceDoc":
        """Return the document in which the value at `at` is written."""
        return self.base if self.base is not None and at in self.inherited else self


# Every diagnostic asks for its line, and a bad file may have thousands of them.
@functools.lru_cache(maxsize=1)
def _lines(text: str) -> list[str]:
    return LINE_END.split(text)


def parse(path: str, raw: bytes) -> SourceDoc | Diagnostic:
    """Parse one YAML mapping. Every mistake comes back as one Diagnostic; nothing is raised for bad input."""
    if len(raw) > LARGEST:
        return Diagnostic(
            "yaml.too-large",
            f"the file has {len(raw):,} bytes; a spec has at most {LARGEST:,}",
            "check that this is the right file",
            path,
        )
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return _not_utf8(path, raw, error.start)
    return _Builder(path, text).build()


def _not_utf8(path: str, raw: bytes, at: int) -> Diagnostic:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = "the file is in UTF-16"
    else:
        message = f"the byte 0x{raw[at]:02x} is not UTF-8"
    before = LINE_END.split(raw[:at].decode())
    position = Position(len(before), len(before[-1]) + 1)
    return Diagnostic("yaml.not-utf8", message, "save the file as UTF-8", path, position)


class _Builder:
    """Turns composed nodes into data; one object per document because the budget of nodes is shared."""

    def __init__(self, path: str, text: str) -> None:
        self.doc = SourceDoc(path, text, {}, {}, {})
        self.nodes = 0

    def build(self) -> SourceDoc | Diagnostic:
        import yaml

        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        try:
            refuse_characters(self.doc.text)
            # Looked for in the text: inside of brackets the marks of git are good YAML.
            marks = list(_CONFLICT.finditer(self.doc.text)) if "<<<<<<< " in self.doc.text else []
            if len({mark[0] for mark in marks}) == 3:
                place = Position(len(LINE_END.split(self.doc.text[: marks[0].start()])), 1, 7)
                raise TrapError("spec.merge-markers", "git has left both sides of a conflict here", _DECIDE, place)
            refuse_depth(self.doc.text, loader)
            node = yaml.compose(self.doc.text, Loader=loader)
            if node is None:
                raise TrapError(
                    "yaml.empty",
                    "there is nothing in the file but comments" if self.doc.text.strip() else "the file is empty",
                    "`gitopsgen init` in an empty folder writes a first spec",
                    Position(1, 1),
                )
            data = self._value(node, ())
            if not isinstance(data, dict):
                raise TrapError(
                    "yaml.not-a-mapping", "the document is not a mapping", "write `key: value` lines", start(node)
                )
        except TrapError as trap:
            return self._found(*trap.args)
        except yaml.MarkedYAMLError as error:
            return self._syntax(error)
        self.doc.data.update(data)
        return self.doc

    def _found(self, code: str, message: str, cure: str, position: Position) -> Diagnostic:
        return Diagnostic(code, message, cure, self.doc.path, position, self.doc.line(position))

    def _syntax(self, error: Any) -> Diagnostic:
        problem, mark = str(error.problem or error.context), error.problem_mark or error.context_mark
        at_end = mark is not None and mark.index >= len(self.doc.text.rstrip())
        if error.context_mark and (at_end or ("flow" in str(error.context) and mark.line > error.context_mark.line)):
            mark = error.context_mark  # what was opened and not closed tells more than where that came out
        position = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        if "single document" in str(error.context):
            return self._found(
                "yaml.two-documents", "a second document starts here", "one file holds one spec", position
            )
        line = self.doc.line(position)
        if "\t" in line[: len(line) - len(line.lstrip())] or "\\t" in problem:
            return self._found("yaml.tab", "a tab is used as indentation", "indent with spaces", position)
        message = f"{problem} {error.context}" if error.context else problem
        cure = next((cure for part, cure in _SYNTAX_CURES.items() if part in message), _SYNTAX_CURE)
        return self._found("yaml.syntax", message, cure, position)

    def _value(self, node: Any, at: Path) -> Any:
        self.nodes += 1
        if self.nodes > _MOST_NODES:
            raise TrapError(
                "yaml.too-many-nodes",
                f"anchors and aliases expand to more than {_MOST_NODES:,} values",
                "write the values out, without aliases of aliases",
                start(node),
            )
        if len(at) > DEEPEST:
            raise too_deep(node)
        self.doc.values[at] = _span(node)
        if node.id == "scalar":
            return _scalar(node)
        if node.tag not in ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            raise _tag(node)
        if node.id == "sequence":
            return [self._value(item, (*at, index)) for index, item in enumerate(node.value)]
        return self._mapping(node, at)

    def _mapping(self, node: Any, at: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key in data:
                first = self.doc.keys[(*at, key)]
                raise TrapError(
                    "yaml.duplicate-key",
                    f'"{key}" is written twice; the first is on line {first.line}',
                    "remove one of the two",
                    _span(key_node),
                )
            self.doc.keys[(*at, key)] = _span(key_node)
            data[key] = self._value(value_node, (*at, key))
        return data

    def _key(self, node: Any) -> str:
        cure = "keys are text; put it in quotes"
        if node.id != "scalar":
            raise TrapError("yaml.key-not-text", f"a {node.id} is used as a key", "keys are text", start(node))
        if node.tag == _STR_TAG and not node.style and node.value == "<<":
            raise TrapError("yaml.merge-key", "merge keys are not supported", "write the values out", _span(node))
        key = _scalar(node)
        if not isinstance(key, str):
            raise TrapError("yaml.key-not-text", f"the key {node.value} is not text", cure, _span(node))
        return key


def _span(node: Any) -> Position:
    start, end = node.start_mark, node.end_mark
    length = end.column - start.column if end.line == start.line else 1
    return Position(start.line + 1, start.column + 1, max(1, length))


def _tag(node: Any) -> TrapError:
    tag = node.tag.replace("tag:yaml.org,2002:", "!!")
    return TrapError("yaml.tag", f"the tag {tag} is not supported", "remove the tag, keep the value", start(node))


def _scalar(node: Any) -> str | int | float | bool | None:
    """Resolve by the YAML 1.2 core schema; a quoted or block scalar is always text."""
    if node.tag != _STR_TAG:
        raise _tag(node)
    text: str = node.value
    if node.style:
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _OLD_BOOL.match(text):
        raise TrapError(
            "yaml.ambiguous",
            f"bare {text} is text to some YAML readers and a boolean to others",
            f'write "{text}" in quotes for the text, true or false for the boolean',
            _span(node),
        )
    if len(text) > _MOST_DIGITS and (_INT.match(text) or _FLOAT.match(text)):
        raise TrapError("yaml.number-too-long", f"a number of {len(text):,} digits", "put text in quotes", _span(node))
    if _INT.match(text):
        return int(text, 0) if text.startswith(("0o", "0x")) else int(text)
    if _FLOAT.match(text):
        return float(text.replace(".inf", "inf").replace(".nan", "nan") if text[-1].isalpha() else text)
    return text


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data
