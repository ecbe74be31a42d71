"""Any YAML text as nodes with lines. Nothing is expanded: an alias is the very node that it stands for."""

from typing import Any, NamedTuple

_DEEPEST = 60
_MOST_FOUND = 500
_MOST_PLAIN = 500


class NoYamlError(ValueError):
    """A text that cannot be read as YAML; the message completes "<path> is passed over:"."""


class Node(NamedTuple):
    """A scalar as text (None for null), a mapping or a sequence, and the line on which it begins, from 1."""

    value: "str | dict[str, Node] | list[Node] | None"
    line: int


def read_documents(text: str) -> list[Node]:
    """Return the root of every document of a text. Raises NoYamlError.

    Works on the parser's events, so that neither depth nor aliases of aliases can exhaust anything.
    """
    import yaml

    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise NoYamlError(f"{error.problem or error.context}{line}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise NoYamlError(str(error) if isinstance(error, NoYamlError) else "it is no YAML") from error
    return reader.documents


class _Reader:
    """Builds nodes from events; `keys` holds for each open collection the key that waits for its value."""

    def __init__(self) -> None:
        self.documents: list[Node] = []
        self._open: list[Node] = []
        self._keys: list[str | None] = []
        self._anchors: dict[str, Node] = {}

    def take(self, event: Any) -> None:
        """Add what an event says."""
        kind = type(event).__name__
        line = event.start_mark.line + 1
        if kind == "ScalarEvent":
            null = event.style is None and event.value in ("", "~", "null", "Null", "NULL")
            self._place(Node(None if null else event.value, line), event.anchor)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            node = Node({} if kind == "MappingStartEvent" else [], line)
            self._place(node, event.anchor)
            self._open.append(node)
            self._keys.append(None)
            if len(self._open) > _DEEPEST:
                raise NoYamlError(f"it is nested too deeply, line {line}")
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._open.pop()
            self._keys.pop()
        elif kind == "AliasEvent":
            if event.anchor not in self._anchors:
                raise NoYamlError(f"*{event.anchor} stands for nothing, line {line}")
            self._place(self._anchors[event.anchor], None)
        elif kind == "DocumentStartEvent":
            self._anchors.clear()

    def _place(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self.documents.append(node)
            return
        into, key = self._open[-1].value, self._keys[-1]
        if isinstance(into, list):
            into.append(node)
        elif key is None:
            self._keys[-1] = text_of(node)
        elif isinstance(into, dict):
            into[key] = node
            self._keys[-1] = None


def find(node: Node, path: str) -> list[Node]:
    """Return the nodes at a dotted path; `*` is every item of a sequence or mapping, an empty path the node itself."""
    nodes = [node]
    for part in path.split(".") if path else ():
        nodes = [inner for outer in nodes for inner in _step(outer, part)][:_MOST_FOUND]
    return nodes


def _step(node: Node, part: str) -> list[Node]:
    if isinstance(node.value, dict):
        return list(node.value.values()) if part == "*" else [node.value[part]] if part in node.value else []
    return node.value if isinstance(node.value, list) and part == "*" else []


def text_of(node: Node) -> str:
    """Return the text of a scalar, empty for anything else."""
    return node.value if isinstance(node.value, str) else ""


def plain(node: Node) -> Any:
    """Return a node as text, dict and list; None for null and for what is larger than any value of a spec."""
    budget = [_MOST_PLAIN]
    value = _plain(node, budget, 0)
    return value if budget[0] > 0 else None


def _plain(node: Node, budget: list[int], depth: int) -> Any:
    budget[0] -= 1
    if budget[0] <= 0 or depth > _DEEPEST:
        return None
    if isinstance(node.value, dict):
        return {key: _plain(inner, budget, depth + 1) for key, inner in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(inner, budget, depth + 1) for inner in node.value]
    return node.value
