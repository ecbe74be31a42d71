"""The YAML door: text in, plain data with the position of every key and value out, every trap as a Diagnostic.

Scalars follow the YAML 1.2 core schema, so `on` is text and `0o14` is twelve; words that YAML 1.1 readers take for
booleans are refused when bare, because the next tool that reads the file may be one of them.
"""

import re
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic, Position

LARGEST = 256 * 1024
_MOST_NODES = 20_000
_DEEPEST = 60

Path = tuple[str | int, ...]

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_OLD_BOOL = re.compile(r"(?i:y|n|yes|no|on|off)\Z")
_INT = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z|[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
_STR_TAG = "tag:yaml.org,2002:str"


class SourceDoc(NamedTuple):
    """A parsed document: `data` is plain dicts, lists and scalars; positions are found by path."""

    path: str
    text: str
    data: dict[str, Any]
    keys: dict[Path, Position]
    values: dict[Path, Position]

    def line(self, position: Position) -> str:
        """Return the source line at `position`, without its line end."""
        return self.text.split("\n")[position.line - 1].rstrip("\r")

    def find(self, code: str, message: str, cure: str, at: Path, *, key: bool = False) -> Diagnostic:
        """Make a Diagnostic at the key or the value of `at`, or at its nearest parent that the document holds."""
        while at and at not in self.values:
            at, key = at[:-1], True
        position = (self.keys.get(at) if key else None) or self.values.get(at) or Position(1, 1)
        return Diagnostic(code, message, cure, self.path, position, self.line(position))

    def written(self, at: Path) -> str:
        """Return the source text of the scalar at `at`, as the author wrote it."""
        position = self.values[at]
        return self.line(position)[position.column - 1 : position.column - 1 + position.length]


class _TrapError(Exception):
    def __init__(self, code: str, message: str, cure: str, position: Position) -> None:
        super().__init__(message)
        self.args = (code, message, cure, position)


def parse(path: str, raw: bytes) -> SourceDoc | Diagnostic:
    """Parse one YAML mapping. Every mistake comes back as one Diagnostic; nothing is raised for bad input."""
    if len(raw) > LARGEST:
        return Diagnostic(
            "yaml.too-large",
            f"the file has {len(raw):,} bytes; a spec has at most {LARGEST:,}",
            "check that this is the right file",
            path,
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        return Diagnostic(
            "yaml.not-utf8",
            f"byte 0x{raw[error.start]:02x} is not UTF-8",
            "save the file as UTF-8",
            path,
            Position(line, column),
        )
    return _Builder(path, text).build()


class _Builder:
    """Turns composed nodes into data; one object per document because the budget of nodes is shared."""

    def __init__(self, path: str, text: str) -> None:
        self.doc = SourceDoc(path, text, {}, {}, {})
        self.nodes = 0

    def build(self) -> SourceDoc | Diagnostic:
        import yaml

        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        try:
            _refuse_depth(self.doc.text, loader)
            node = yaml.compose(self.doc.text, Loader=loader)
            if node is None:
                raise _TrapError(
                    "yaml.empty", "the file is empty", "`gitopsgen init` writes a first spec", Position(1, 1)
                )
            data = self._value(node, ())
            if not isinstance(data, dict):
                raise _TrapError(
                    "yaml.not-a-mapping", "the document is not a mapping", "write `key: value` lines", _start(node)
                )
        except _TrapError as trap:
            return self._found(*trap.args)
        except yaml.MarkedYAMLError as error:
            return self._syntax(error)
        except yaml.YAMLError as error:
            return self._found("yaml.syntax", str(error).split("\n")[0], "remove the character", Position(1, 1))
        self.doc.data.update(data)
        return self.doc

    def _found(self, code: str, message: str, cure: str, position: Position) -> Diagnostic:
        return Diagnostic(code, message, cure, self.doc.path, position, self.doc.line(position))

    def _syntax(self, error: Any) -> Diagnostic:
        mark = error.problem_mark or error.context_mark
        position = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        position = position._replace(line=min(position.line, self.doc.text.count("\n") + 1))
        problem = str(error.problem or error.context)
        if "single document" in str(error.context):
            return self._found(
                "yaml.two-documents", "a second document starts here", "one file holds one spec", position
            )
        line = self.doc.line(position)
        if "\t" in line[: len(line) - len(line.lstrip())] or "\\t" in problem:
            return self._found("yaml.tab", "a tab is used as indentation", "indent with spaces", position)
        return self._found("yaml.syntax", problem, "check indentation, quotes and colons around here", position)

    def _value(self, node: Any, at: Path) -> Any:
        self.nodes += 1
        if self.nodes > _MOST_NODES:
            raise _TrapError(
                "yaml.too-many-nodes",
                f"anchors and aliases expand to more than {_MOST_NODES:,} values",
                "write the values out, without aliases of aliases",
                _start(node),
            )
        if len(at) > _DEEPEST:
            raise _TrapError("yaml.too-deep", "the document is nested too deeply", "flatten it", _start(node))
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
                raise _TrapError(
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
            raise _TrapError("yaml.key-not-text", f"a {node.id} is used as a key", cure, _start(node))
        if node.tag == _STR_TAG and not node.style and node.value == "<<":
            raise _TrapError("yaml.merge-key", "merge keys are not supported", "write the values out", _span(node))
        key = _scalar(node)
        if not isinstance(key, str):
            raise _TrapError("yaml.key-not-text", f"the key {node.value} is not text", cure, _span(node))
        return key


def _refuse_depth(text: str, loader: Any) -> None:
    """Refuse what would overflow the stack of the C composer, which recurses without a limit of its own.

    Block nesting needs ever deeper indentation, so the size limit bounds it; only these openers nest for free.
    """
    import yaml

    if sum(text.count(opener) for opener in ("[", "{", "- - ", "? ")) <= _DEEPEST:
        return
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise _TrapError("yaml.too-deep", "the document is nested too deeply", "flatten it", _start(event))


def _start(node: Any) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _span(node: Any) -> Position:
    start, end = node.start_mark, node.end_mark
    length = end.column - start.column if end.line == start.line else 1
    return Position(start.line + 1, start.column + 1, max(1, length))


def _tag(node: Any) -> _TrapError:
    return _TrapError("yaml.tag", f"the tag {node.tag} is not supported", "remove the tag", _start(node))


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
        raise _TrapError(
            "yaml.ambiguous",
            f"bare {text} is text to some YAML readers and a boolean to others",
            f'write "{text}" in quotes for the text, true or false for the boolean',
            _span(node),
        )
    if _INT.match(text):
        return int(text, 0) if text.startswith(("0o", "0x")) else int(text)
    if _FLOAT.match(text):
        return float(text.replace(".inf", "inf").replace(".nan", "nan") if text[-1].isalpha() else text)
    return text
