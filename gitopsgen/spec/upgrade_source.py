"""A spec as text that is rewritten by offsets: what is not named by an edit stays byte for byte.

Each character remembers where it stood in the first text, so that a mistake found at the end has a place in the file
that its author knows.
"""

import bisect
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from gitopsgen.core.diagnostic import Position

_LINE_END = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"#[^\r\n]*")
_HEADER_COMMENT = re.compile(r"[|>][^\s#]*[ \t]+(#[^\r\n]*)")

Piece: TypeAlias = "str | slice"
"""New text, or a part of the old one."""


class Node(NamedTuple):
    """One YAML node: its text is `[start, end)`, line end and comment behind it not included.

    `style` is that of a scalar, empty when it is plain, and `word` what it stands for. `anchored` tells of an anchor at
    the node itself.
    """

    kind: Literal["scalar", "sequence", "mapping", "alias"]
    start: int
    end: int
    style: str = ""
    word: str = ""
    flow: bool = False
    anchored: bool = False
    entries: tuple["Entry", ...] = ()
    items: tuple["Node", ...] = ()

    def entry(self, key: str) -> "Entry | None":
        """Return the entry of a mapping by its key."""
        return next((entry for entry in self.entries if entry.key.word == key), None)

    def inside(self) -> Iterator["Node"]:
        """Yield this node and all inside it."""
        yield self
        for entry in self.entries:
            yield from entry.key.inside()
            yield from entry.value.inside()
        for item in self.items:
            yield from item.inside()


class Entry(NamedTuple):
    """One `key: value` of a mapping."""

    key: Node
    value: Node


class Edit(NamedTuple):
    """Put `pieces` in the place of `[start, end)`."""

    start: int
    end: int
    pieces: tuple[Piece, ...] = ()


class Source:
    """A text with its tree. The text must have passed the YAML door."""

    def __init__(self, text: str, origins: Sequence[int] | None = None) -> None:
        self.text = text
        self.origins: Sequence[int] = range(len(text) + 1) if origins is None else origins
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
        first = _LINE_END.search(text)
        self.line_end = first[0] if first else "\n"
        events = self._events()
        self.root = self._node(next(events), events)

    def edited(self, edits: Iterable[Edit]) -> "Source":
        """Return the source after `edits`, which must not overlap. Raises yaml.YAMLError when that is no YAML."""
        text: list[str] = []
        origins: list[int] = []
        done = 0
        for edit in [*sorted(edits, key=lambda edit: edit.start), Edit(len(self.text), len(self.text))]:
            for piece in (slice(done, edit.start), *edit.pieces):
                if isinstance(piece, slice):
                    text.append(self.text[piece])
                    origins += self.origins[piece]
                else:
                    text.append(piece)
                    origins += [self.origins[edit.start]] * len(piece)
            done = max(done, edit.end)
        return Source("".join(text), [*origins, self.origins[-1]])

    def line_of(self, offset: int) -> int:
        """Return the number of the line that holds `offset`, from 0."""
        return bisect.bisect_right(self._starts, offset) - 1

    def line_start(self, offset: int) -> int:
        """Return where the line of `offset` starts."""
        return self._starts[self.line_of(offset)]

    def next_line(self, offset: int) -> int:
        """Return where the line after that of `offset` starts; the end of the text when there is none."""
        line = self.line_of(offset) + 1
        return self._starts[line] if line < len(self._starts) else len(self.text)

    def lines_in(self, start: int, end: int) -> list[int]:
        """Return where each line starts that starts inside `[start, end)`."""
        return self._starts[bisect.bisect_left(self._starts, start) : bisect.bisect_left(self._starts, end)]

    def column(self, offset: int) -> int:
        """Return how many characters stand before `offset` on its line."""
        return offset - self.line_start(offset)

    def offset(self, position: Position) -> int:
        """Return the offset of a position."""
        return self._starts[position.line - 1] + position.column - 1

    def comments(self) -> list[slice]:
        """Return the place of every comment, in order."""
        import yaml

        found: list[slice] = []
        done = 0
        for token in yaml.scan(self.text, Loader=_loader()):
            start, end = token.start_mark.index, token.end_mark.index
            found += [slice(*match.span()) for match in _COMMENT.finditer(self.text, done, max(done, start))]
            if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
                header = _HEADER_COMMENT.match(self.text, start, end)
                found += [slice(*header.span(1))] if header else []
            done = max(done, end)
        return [*found, *(slice(*match.span()) for match in _COMMENT.finditer(self.text, done))]

    def _events(self) -> Iterator[Any]:
        import yaml

        for event in yaml.parse(self.text, Loader=_loader()):
            if isinstance(event, (yaml.NodeEvent, yaml.CollectionEndEvent)):
                yield event

    def _node(self, event: Any, events: Iterator[Any]) -> Node:
        import yaml

        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            return Node("alias", start, end)
        anchored = event.anchor is not None
        if isinstance(event, yaml.ScalarEvent):
            style = event.style or ""
            if style in ("|", ">"):
                end = self._last_line(start, end)
            return Node("scalar", start, end, style, event.value, anchored=anchored)
        items: list[Node] = []
        inner: Any = next(events)
        while not isinstance(inner, yaml.CollectionEndEvent):
            items.append(self._node(inner, events))
            inner = next(events)
        # The parser finds the end of a block collection only where the next thing starts.
        flow = bool(event.flow_style)
        mark: Any = inner.end_mark
        end = mark.index if flow or not items else items[-1].end
        if isinstance(event, yaml.SequenceStartEvent):
            return Node("sequence", start, end, flow=flow, anchored=anchored, items=tuple(items))
        pairs = tuple(Entry(key, value) for key, value in zip(items[::2], items[1::2], strict=True))
        return Node("mapping", start, end, flow=flow, anchored=anchored, entries=pairs)

    def _last_line(self, start: int, end: int) -> int:
        """Return the end of a block scalar without its last line end; `+` keeps the empty lines, which are text."""
        text = self.text[start:end]
        header = _LINE_END.split(text, maxsplit=1)[0].partition("#")[0]
        if "+" not in header:
            return start + len(text.rstrip("\r\n"))
        last = re.search(r"(\r\n|\r|\n)\Z", text)
        return start + last.start() if last else end


def _loader() -> Any:
    import yaml

    return getattr(yaml, "CBaseLoader", yaml.BaseLoader)
