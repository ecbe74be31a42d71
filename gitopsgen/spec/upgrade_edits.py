"""What each step changes in the text of a spec: as little as possible, and never a comment."""

from collections.abc import Callable
from typing import NamedTuple

from gitopsgen.spec.upgrade_pieces import (
    as_lines,
    at_column,
    comments_in,
    ended,
    first_line,
    flow_field,
    lines_above,
    new_line,
    requoted,
    shifted,
)
from gitopsgen.spec.upgrade_source import Edit, Entry, Node, Piece, Source
from gitopsgen.spec.upgrade_steps import Kind, Place, Step

_INDENT = 2
# Plain text that holds one of these ends inside of brackets.
_ENDS_PLAIN = set(",[]{}")


class CannotError(Exception):
    """A step that the author must do by hand; `start` and `end` say where in the text as it is now."""

    def __init__(self, code: str, message: str, cure: str, node: Node) -> None:
        super().__init__(message)
        self.code, self.message, self.cure, self.start, self.end = code, message, cure, node.start, node.end


class _Found(NamedTuple):
    """A field in the text: `outer` is the entry of the mapping around it, None at the root."""

    parent: Node
    entry: Entry
    outer: Entry | None
    around: Node


def edits(source: Source, step: Step) -> list[Edit]:
    """Return the edits of a step that applies to the source. Raises CannotError."""
    found = _find(source, step.at, deep=step.kind != "rename")
    return _EDITS[step.kind](source, step, found)


def key_of(source: Source, at: Place) -> Node:
    """Return the key of a field. Raises CannotError when an anchor or alias stands on the way to it."""
    return _find(source, at, deep=False).entry.key


def by_hand(step: Step, node: Node) -> CannotError:
    """Return the error for what cannot be rewritten where it stands."""
    at, to = ".".join(step.at), ".".join(step.to)
    cure = f"write it as {to} by hand, then run gitopsgen upgrade" if to else "write it in plain lines, without anchors"
    return CannotError("upgrade.by-hand", f'"{at}" cannot be rewritten as it is written', cure, node)


def _find(source: Source, at: Place, *, deep: bool) -> _Found:
    """Find a field. With `deep`, what is inside of it must be free of anchors and aliases too."""
    around = parent = source.root
    outer: Entry | None = None
    entry = _entry(source, parent, at[0])
    for part in at[1:]:
        _refuse_anchor(entry.value)
        outer, around, parent = entry, parent, entry.value
        entry = _entry(source, parent, part)
    for node in entry.value.inside() if deep else ():
        _refuse_anchor(node)
    return _Found(parent, entry, outer, around)


def _entry(source: Source, parent: Node, key: str) -> Entry:
    found = parent.entry(key)
    if found is None:
        raise AssertionError(f"{key} is in the data and not in the text")
    _refuse_anchor(found.key)
    between = source.text[found.key.end :].lstrip(" \t")
    own_line = parent.flow or not source.text[source.line_start(found.key.start) : found.key.start].strip(" ")
    if found.value.kind != "alias" and (between[:1] != ":" or not own_line):
        message, cure = f'"{key}" is not written as `key: value`', "write it so, on a line of its own"
        raise CannotError("upgrade.by-hand", message, cure, found.key)
    return found


def _refuse_anchor(node: Node) -> None:
    if node.anchored or node.kind == "alias":
        what = "an alias" if node.kind == "alias" else "an anchor"
        message = f"{what} stands in what is to be rewritten, so that another place would change or break"
        raise CannotError("upgrade.anchor", message, "write the values out, then run gitopsgen upgrade", node)


def _rename(source: Source, step: Step, found: _Found) -> list[Edit]:  # noqa: ARG001
    return [Edit(found.entry.key.start, found.entry.key.end, (requoted(found.entry.key, step.to[-1]),))]


def _values(source: Source, step: Step, found: _Found) -> list[Edit]:  # noqa: ARG001
    node = found.entry.value
    return [Edit(node.start, node.end, (requoted(node, step.words[node.word]),))]


def _wrap(source: Source, step: Step, found: _Found) -> list[Edit]:
    node = found.entry.value
    opening, closing = ("[", "]") if step.form == "list" else ("{", ": {}}")
    return [Edit(node.start, node.end, (opening, *_in_brackets(source, step, node), closing))]


def _unwrap(source: Source, step: Step, found: _Found) -> list[Edit]:
    node = found.entry.value
    if len(node.items) != 1:
        there = f"the list has {len(node.items)}" if node.items else "the list is empty"
        message = f'"{step.at[-1]}" takes one value, and {there}'
        cure = "keep the one that counts" if node.items else "write one, or remove the field"
        raise CannotError("upgrade.not-one", message, cure, node.items[1] if node.items else node)
    item, key = node.items[0], found.entry.key
    comments = comments_in(source, key.end, item.start)
    if not node.flow and (comments or (item.kind != "scalar" and not item.flow)):
        dash = source.text.rindex("-", node.start, item.start)
        return [Edit(dash, dash + 1, (" ",))]
    above = lines_above(source, key, [*comments, *comments_in(source, item.end, node.end)])
    return [Edit(key.start, key.start, above), Edit(key.end, node.end, (": ", slice(item.start, item.end)))]


def _drop(source: Source, step: Step, found: _Found) -> list[Edit]:  # noqa: ARG001
    if len(found.parent.entries) == 1 and found.outer is not None:
        return _remove(source, found.around, found.outer)
    return _remove(source, found.parent, found.entry)


def _move(source: Source, step: Step, found: _Found) -> list[Edit]:
    return _outward(source, step, found) if step.is_outward else _inward(source, step, found)


def _outward(source: Source, step: Step, found: _Found) -> list[Edit]:
    """Move a field before the mapping that holds it, or into its place when it is the last one there."""
    outer, entry = found.outer, found.entry
    if outer is None:
        raise AssertionError("a move out of a mapping has a mapping")
    field = flow_field(source, entry, step.to[-1])
    alone = len(found.parent.entries) == 1
    if found.parent.flow and alone:
        left = [
            comment
            for comment in comments_in(source, outer.key.start, outer.value.end)
            if not entry.key.start <= comment.start < entry.value.end
        ]
        return [Edit(outer.key.start, outer.value.end, (*lines_above(source, outer.key, left), *field))]
    if found.parent.flow:
        end = (", ",) if found.around.flow else new_line(source, outer.key)
        return [Edit(outer.key.start, outer.key.start, (*field, *end)), *_remove(source, found.parent, entry)]
    start, stop = first_line(source, entry), source.next_line(entry.value.end)
    lines = at_column(source, entry, step.to[-1], source.column(outer.key.start))
    first = source.line_start(outer.key.start)
    if not alone:
        return [Edit(first, first, lines), Edit(start, stop)]
    header = source.next_line(outer.key.end)
    kept = as_lines(source, comments_in(source, first, header), outer.key)
    return [Edit(first, header, kept), Edit(start, stop, lines)]


def _inward(source: Source, step: Step, found: _Found) -> list[Edit]:
    """Move a field to the end of the mapping that is to hold it; where there is none it is made around the field."""
    entry, key = found.entry, step.to[-1]
    target = found.parent.entry(step.to[-2])
    if target is None and found.parent.flow:
        field = flow_field(source, entry, key)
        return [Edit(entry.key.start, entry.value.end, (step.to[-2], ": {", *field, "}"))]
    if target is None:
        lines = shifted(source, entry.key.end, entry.value.end, _INDENT)
        header = (f"{step.to[-2]}:", *new_line(source, entry.key), " " * _INDENT)
        return [Edit(entry.key.start, entry.value.end, (*header, key, *lines))]
    holder = _find(source, step.to[:-1], deep=False).entry.value
    _refuse_anchor(holder)
    if holder.kind == "mapping" and not holder.flow:
        return _append(source, key, entry, holder, source.column(holder.entries[0].key.start))
    if holder.kind == "scalar" and not found.parent.flow:
        column = source.column(target.key.start) + _INDENT
        return [_written_out(source, step, target, column), *_append(source, key, entry, holder, column)]
    field = (f"{key}: ", *_in_brackets(source, step, entry.value))
    removed = _remove(source, found.parent, entry)
    if holder.kind == "mapping":
        at = holder.entries[-1].value.end if holder.entries else holder.start + 1
        return [Edit(at, at, (", " if holder.entries else "", *field)), *removed]
    short = (f"{{{step.short}: ", *_in_brackets(source, step, holder), ", ")
    return [Edit(holder.start, holder.end, (*short, *field, "}")), *removed]


def _written_out(source: Source, step: Step, target: Entry, column: int) -> Edit:
    """Return the edit that writes a short form out: its value becomes the first field of a mapping below the key."""
    start, colon = target.value.start, source.text.index(":", target.key.end) + 1
    if not source.text[colon:start].strip():
        start = colon
    return Edit(start, target.value.start, (source.line_end, " " * column, f"{step.short}: "))


def _append(source: Source, key: str, entry: Entry, holder: Node, column: int) -> list[Edit]:
    """Move the lines of a field below those of a mapping, to a column."""
    start, stop = first_line(source, entry), source.next_line(entry.value.end)
    at = source.next_line(holder.end)
    return [Edit(at, at, (*ended(source, at), *at_column(source, entry, key, column))), Edit(start, stop)]


def _remove(source: Source, parent: Node, entry: Entry) -> list[Edit]:
    """Take a field out and leave its comments."""
    if not parent.flow:
        start, stop = source.line_start(entry.key.start), source.next_line(entry.value.end)
        return [Edit(start, stop, as_lines(source, comments_in(source, start, stop), entry.key))]
    index = parent.entries.index(entry)
    if index + 1 < len(parent.entries):
        start, stop = entry.key.start, parent.entries[index + 1].key.start
        return [Edit(start, stop, lines_above(source, entry.key, comments_in(source, start, stop)))]
    start, stop = parent.entries[index - 1].value.end if index else parent.start + 1, entry.value.end
    under = new_line(source, entry.key)
    lines = [piece for comment in comments_in(source, start, stop) for piece in (*under, comment)]
    return [Edit(start, stop, (*lines, *under) if lines else ())]


def _in_brackets(source: Source, step: Step, node: Node) -> tuple[Piece, ...]:
    """Return a value as it is written inside of brackets. Raises CannotError for what needs lines of its own."""
    if (node.kind == "scalar" and node.style in ("|", ">")) or (node.kind != "scalar" and not node.flow):
        raise by_hand(step, node)
    text = source.text[node.start : node.end]
    if node.kind == "scalar" and not node.style and _ENDS_PLAIN & set(text):
        return ("'", slice(node.start, node.end), "'") if "'" not in text else (_double_quoted(node),)
    return (slice(node.start, node.end),)


def _double_quoted(node: Node) -> str:
    import json

    return json.dumps(node.word, ensure_ascii=False)


_EDITS: dict[Kind, Callable[[Source, Step, _Found], list[Edit]]] = {
    "rename": _rename,
    "move": _move,
    "values": _values,
    "wrap": _wrap,
    "unwrap": _unwrap,
    "drop": _drop,
}
