"""Manifest files (JSON with or without comments, TOML, YAML, XML) as detection asks them: dotted key in, values out.

Nothing is expanded or fetched: XML with a document type is refused, YAML is read as events (`yamlnodes`), and depth
is bounded everywhere.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gitopsgen.detect.yamlnodes import Node, plain, read_documents

_DEEPEST = 60
_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LAST_COMMA = re.compile(r'"(?:\\.|[^"\\])*"|,(?=\s*[}\]])')


class NoManifestError(ValueError):
    """A text that no manifest is; the message completes "<path> is passed over:"."""


class Value(NamedTuple):
    """A value of a manifest, the key as it stands there, and its line from 1, 0 when that is not known."""

    value: Any
    line: int
    key: str


class Manifest(NamedTuple):
    """A parsed file: `data` of a JSON or TOML file, or the `root` of a YAML or XML file."""

    text: str
    data: Any = None
    root: Node | None = None
    toml: bool = False

    def find(self, key: str, where: Mapping[str, str] | None = None, unset: Sequence[str] = ()) -> list[Value]:
        """Return the values at a dotted key; `*` is every item, and keys that hold dots themselves are found too.

        The items of a YAML sequence, and XML elements of one name, need no `*`. An item that the first `*` stands for
        counts when the values at the keys of `where` below it fit their patterns, and there is none at those of
        `unset`. Raises re.error for a bad pattern.
        """
        if self.root is not None:
            nodes = _walk(_nodes, self.root, key, where or {}, unset)
            return [Value(plain(node), node.line, ".".join(keys)) for node, keys in nodes]
        items = _walk(_items, self.data, key, where or {}, unset)
        return [Value(value, self._line(keys), _written(keys)) for value, keys in items]

    def _line(self, keys: Sequence[str | int]) -> int:
        named = list[str]()
        for key in keys:
            if isinstance(key, int):
                break
            named.append(key)
        return toml_line(self.text, named) if self.toml else _json_line(self.text, named)


def parse(path: str, text: str) -> Manifest:
    """Return the content of a manifest by the ending of its path. Raises ValueError and RecursionError."""
    ending = path.rpartition(".")[2].lower()
    if ending == "toml" or path.endswith("Pipfile"):
        import tomllib

        return Manifest(text, tomllib.loads(text), toml=True)
    if ending in ("yaml", "yml"):
        documents = read_documents(text)
        return _named(Manifest(text, root=documents[0] if documents else Node({}, 1)))
    if ending == "xml" or ending.endswith("proj") or text.lstrip().startswith("<"):
        return Manifest(text, root=_xml(text))
    return _json(text)


def _named(manifest: Manifest) -> Manifest:
    if not isinstance(manifest.data if manifest.root is None else manifest.root.value, dict):
        raise NoManifestError("it does not hold named values")
    return manifest


def _json(text: str) -> Manifest:
    try:
        return _named(Manifest(text, json.loads(text)))
    except json.JSONDecodeError as error:
        # Many tools allow comments and a last comma; blanks keep every position as it is.
        bare = _LAST_COMMA.sub(_blank, _COMMENT.sub(_blank, text))
        try:
            return _named(Manifest(bare, json.loads(bare)))
        except json.JSONDecodeError:
            raise error from None


def _blank(found: re.Match[str]) -> str:
    return found[0] if found[0][0] == '"' else re.sub(r"\S", " ", found[0])


def _xml(text: str) -> Node:
    """Return the root element: elements by name, each a sequence; attributes by `@name`; else the text."""
    from xml.parsers import expat

    parser, builder = expat.ParserCreate(), _Elements()
    parser.StartElementHandler = lambda name, attributes: builder.start(name, attributes, parser.CurrentLineNumber)
    parser.EndElementHandler = lambda _: builder.end()
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return builder.root


class _Elements:
    def __init__(self) -> None:
        self.root = Node({}, 1)
        self._open: list[Node] = []
        self._texts: list[list[str]] = []
        self._owners: list[list[Node]] = []

    def start(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        children: dict[str, Node] = {f"@{key}": Node(value, line) for key, value in attributes.items()}
        node = Node(children, line)
        if self._open:
            into = self._open[-1].value
            siblings = into.setdefault(name.rpartition(":")[2], Node([], line)).value if isinstance(into, dict) else []
            self._owners.append(siblings if isinstance(siblings, list) else [])
            self._owners[-1].append(node)
        else:
            self.root = node
            self._owners.append([])
        self._open.append(node)
        self._texts.append([])
        if len(self._open) > _DEEPEST:
            raise ValueError(f"it is nested too deeply, line {line}")

    def end(self) -> None:
        node, text, owner = self._open.pop(), "".join(self._texts.pop()).strip(), self._owners.pop()
        if owner and not node.value:
            owner[-1] = Node(text, node.line)

    def characters(self, text: str) -> None:
        self._texts[-1].append(text)

    def refuse(self, *_: Any) -> None:
        raise ValueError("it has a document type, which no manifest needs")


def _nodes(node: Node, parts: Sequence[str], at: tuple[str, ...]) -> Iterator[tuple[Node, tuple[str, ...]]]:
    if isinstance(node.value, list):
        for inner in node.value:
            yield from _nodes(inner, parts[parts[:1] == ["*"] :], at)
    elif not parts:
        yield node, at
    elif isinstance(node.value, dict) and parts[0] == "*":
        for inner in node.value.values():
            yield from _nodes(inner, parts[1:], at)
    elif isinstance(node.value, dict):
        for size in range(len(parts), 0, -1):
            name = ".".join(parts[:size])
            if name in node.value:
                yield from _nodes(node.value[name], parts[size:], (*at, name))
                return


Keys = tuple[str | int, ...]


def _walk(
    within: Callable[..., Iterator[Any]], start: Any, key: str, where: Mapping[str, str], unset: Sequence[str]
) -> Iterator[Any]:
    """Yield what `within` finds at a key, of the items that are as `where` and `unset` say."""
    head, star, rest = key.partition("*")
    if not star or not (where or unset):
        yield from within(start, key.split("."), ())
        return
    for item, keys in within(start, [*filter(None, head.split(".")), "*"], ()):
        texts = {path: [_text(value) for value, _ in within(item, path.split("."), ())] for path in (*where, *unset)}
        fits = all(any(re.search(pattern, text) for text in texts[path]) for path, pattern in where.items())
        if fits and not any(texts[path] for path in unset):
            yield from within(item, [*filter(None, rest.split("."))], keys)


def _text(value: Any) -> str:
    return str(plain(value) if isinstance(value, Node) else value)


def _items(value: Any, parts: Sequence[str], at: Keys) -> Iterator[tuple[Any, Keys]]:
    if not parts:
        yield value, at
    elif parts[0] == "*":
        pairs: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in pairs:
            yield from _items(inner, parts[1:], (*at, key))
    elif isinstance(value, dict):
        for size in range(len(parts), 0, -1):
            name = ".".join(parts[:size])
            if name in value:
                yield from _items(value[name], parts[size:], (*at, name))
                return


def _written(keys: Keys) -> str:
    return ".".join(str(key) for key in keys if isinstance(key, str))


def _json_line(text: str, keys: Sequence[str]) -> int:
    """Step over the values of a valid document with the real decoder, so that a key in a string is not taken for it."""
    decoder, key_end = json.JSONDecoder(), 0
    start = _past_space(text, 0)
    for key in keys:
        at, found = _past_space(text, start + 1), 0
        while text[at] == '"':
            name, name_end = decoder.raw_decode(text, at)
            value = _past_space(text, _past_space(text, name_end) + 1)
            if name == key:
                found, key_end = value, name_end
            _, end = decoder.raw_decode(text, value)
            at = _past_space(text, end)
            if text[at] == ",":
                at = _past_space(text, at + 1)
        start = found
    return text.count("\n", 0, key_end) + 1


def _past_space(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def toml_line(text: str, keys: Sequence[str]) -> int:
    """Return the line of a key in a TOML document, of its table when it stands in one line with it, else 0."""
    header, inside = f"[{'.'.join(keys[:-1])}]", len(keys) == 1
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            inside = stripped.startswith(header)
        elif inside and stripped.partition("=")[0].strip(" \t\"'") == keys[-1]:
            return number
    return 0
