"""YAML events as a tree of nodes with their places; limits instead of recursion, because the text may be anybody's."""

from typing import Any, NamedTuple

_MOST_NODES = 200_000
_DEEPEST = 60
_PLAIN_WORDS = {"", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"}


class UnsupportedError(Exception):
    """The text is no YAML, or written in a way that cannot be edited entry by entry."""


class Mark(NamedTuple):
    """A place in the text: line and column from 0, in characters."""

    line: int
    column: int


class Node:
    """A value as it is written. `items` are pairs of a key (None in a sequence) and a value."""

    __slots__ = ("anchor", "end", "flow", "items", "kind", "start", "style", "tag", "text")

    def __init__(self, kind: str, event: Any) -> None:
        self.kind = kind
        self.start = Mark(event.start_mark.line, event.start_mark.column)
        self.end = Mark(event.end_mark.line, event.end_mark.column)
        self.anchor: str | None = event.anchor
        self.tag: str | None = getattr(event, "tag", None)
        self.flow: bool = getattr(event, "flow_style", False)
        self.style: str = getattr(event, "style", "") or ""
        self.text: str = getattr(event, "value", "")
        self.items: list[tuple[Node | None, Node]] = []


class Document(NamedTuple):
    """A document of the stream; `marker` is the line of its `---`, None when it has none."""

    root: Node
    marker: int | None
    ended: bool


class _Open:
    """A collection that is being read."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.key: Node | None = None

    def add(self, child: Node) -> None:
        if self.node.kind == "seq":
            self.node.items.append((None, child))
        elif self.key is None:
            self.key = child
        else:
            self.node.items.append((self.key, child))
            self.key = None


def read_documents(text: str) -> list[Document]:
    """Read every document of `text`. Raises UnsupportedError."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    found: list[Document] = []
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.DocumentStartEvent):
                if event.version or event.tags:
                    raise UnsupportedError("a directive")
                reader = _Reader()
                marker = event.start_mark.line if event.explicit and event.start_mark else None
            elif isinstance(event, yaml.DocumentEndEvent):
                if reader.root is not None:
                    found.append(Document(reader.root, marker, bool(event.explicit)))
            else:
                reader.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise UnsupportedError(f"line {mark.line + 1} is not YAML" if mark else "it is not YAML") from None
    return found


class _Reader:
    """Collects the nodes of one document."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[_Open] = []
        self._count = 0

    def take(self, event: Any) -> None:
        name = type(event).__name__
        if name == "ScalarEvent":
            self._add(Node("scalar", event))
        elif name == "AliasEvent":
            self._add(Node("alias", event))
        elif name in ("MappingStartEvent", "SequenceStartEvent"):
            node = Node("map" if name == "MappingStartEvent" else "seq", event)
            self._add(node)
            self._open.append(_Open(node))
            if len(self._open) > _DEEPEST:
                raise UnsupportedError(f"more than {_DEEPEST} levels inside each other")
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            closed = self._open.pop().node
            closed.end = Mark(event.end_mark.line, event.end_mark.column)

    def _add(self, node: Node) -> None:
        self._count += 1
        if self._count > _MOST_NODES:
            raise UnsupportedError(f"more than {_MOST_NODES:,} values")
        if self._open:
            self._open[-1].add(node)
        else:
            self.root = node


def last_place(node: Node, lines: list[str]) -> Mark:
    """Return where the text of `node` ends: the mark behind a block collection or a block scalar is too far."""
    while node.kind in ("map", "seq") and not node.flow and node.items:
        node = node.items[-1][1]
    if node.style not in ("|", ">"):
        return node.end
    line = (
        node.end.line if node.end.line < len(lines) and node.end.column and _is_last(node, lines) else node.end.line - 1
    )
    keeps = "+" in lines[node.start.line][node.start.column :].split("#")[0]
    while not keeps and line > node.start.line and not lines[line].strip():
        line -= 1
    return Mark(line, len(lines[line]))


def _is_last(node: Node, lines: list[str]) -> bool:
    return node.end.line == len(lines) - 1 and bool(lines[-1])


def scalar_data(node: Node) -> object:
    """Return what tells two scalars apart for every reader of YAML: text is text however it is quoted."""
    if node.kind == "alias":
        return ("alias", node.anchor)
    if node.tag:
        return ("tag", node.tag, node.text)
    if node.style == "" and _is_not_text(node.text):
        return ("plain", node.text.lower())
    return node.text


def _is_not_text(word: str) -> bool:
    if word.lower() in _PLAIN_WORDS:
        return True
    if word[0] not in "+-.0123456789":
        return False
    import yaml

    tag = yaml.resolver.Resolver.yaml_implicit_resolvers
    known = any(pattern.match(word) for _, pattern in tag.get(word[0], ()))
    return known or _is_number(word)


def _is_number(word: str) -> bool:
    try:
        float(word.replace("o", "").replace("x", "") if word.startswith("0") else word)
    except ValueError:
        return False
    return True
