"""Why a change does not fit any more: what it wanted, where, and what is there now."""

from collections.abc import Iterable
from typing import NamedTuple

from gitopsgen.patch.identity import document_labels, labels
from gitopsgen.patch.model import Edit, NoMatchError
from gitopsgen.patch.tree import Block, Entry, Section


class Place(NamedTuple):
    """A collection, the entry that holds it and the collection that entry is in; None above the document."""

    block: Block
    entry: Entry | None
    above: "Place | None"


def no_document(edit: Edit, sections: list[Section]) -> NoMatchError:
    """Say that the document is not there."""
    there = [label for section in sections for label in document_labels(section)[:1]]
    known = f"; there is now {', '.join(there)}" if there else ""
    return NoMatchError(f"no document {edit.document or 'with entries'}{known}")


def gone(edit: Edit, place: Place, depth: int, label: str) -> NoMatchError:
    """Say that an entry on the way or the entry itself is not there."""
    here = where(edit.document, edit.at[:depth])
    return NoMatchError(f"{_wish(edit)}: no entry {label} in {here}{_nearest(place.block, label)}")


def other_kind(edit: Edit, entry: Entry | None, depth: int) -> NoMatchError:
    """Say that a value is written in a way that the change does not fit."""
    here = where(edit.document, edit.at[: depth + 1])
    line = f" (line {entry.line})" if entry is not None and entry.line else ""
    return NoMatchError(f"{_wish(edit)}: {here} holds something else now{line}")


def other_data(edit: Edit, entry: Entry, old: Entry | None, new: Entry | None) -> NoMatchError:
    """Say that the template changed, or has now, what the person changed."""
    here = where(edit.document, edit.at)
    line = f" (line {entry.line})" if entry.line else ""
    name = ".".join([*edit.at[-1:], edit.item or (new.key if new is not None else None) or "item"])
    if old is None:
        return NoMatchError(f"wants to add {name} to {here}; there is one now with other data{line}")
    path, was, now = _first_difference(old.data(), entry.data(), name)
    wish = f"wants to remove {name}" if new is None else f"wants {name} changed"
    if new is not None and isinstance(old.data(), str | tuple) and isinstance(new.data(), str | tuple):
        wish = f"wants {name} {_short(old.data())} -> {_short(new.data())}"
    detail = f"there is now {_short(now)}" if path == name else f"{path} was {_short(was)} and is now {_short(now)}"
    return NoMatchError(f"{wish} at {here}; {detail}{line}")


def where(document: str, at: Iterable[str]) -> str:
    """Return a place in words: `Deployment web / spec / replicas`."""
    return " / ".join(part for part in (document, *at) if part) or "the document"


def _wish(edit: Edit) -> str:
    words = {
        "replace": f"wants {edit.item} changed",
        "add": "wants to add entries",
        "remove": f"wants to remove {edit.item}",
        "move": f"wants to move {edit.item}",
    }
    return words.get(edit.action, "wants to change a comment")


def _nearest(block: Block, label: str) -> str:
    import difflib

    names = {name: entry for entry in block.entries for name in ([entry.key] if entry.key else labels(entry)[:1])}
    close = difflib.get_close_matches(label, list(names), n=1, cutoff=0.4)
    if not close:
        return ""
    line = names[close[0]].line
    return f"; the nearest is {close[0]}" + (f" (line {line})" if line else "")


def _first_difference(old: object, now: object, path: str) -> tuple[str, object, object]:
    if isinstance(old, dict) and isinstance(now, dict):
        for key in [*old, *now]:
            if old.get(key) != now.get(key):
                return _first_difference(old.get(key), now.get(key), f"{path}.{key}")
    if isinstance(old, list) and isinstance(now, list) and len(old) == len(now):
        for number, (one, other) in enumerate(zip(old, now, strict=True)):
            if one != other:
                return _first_difference(one, other, f"{path}[{number}]")
    return path, old, now


def _short(data: object) -> str:
    if data is None:
        return "nothing"
    if isinstance(data, tuple):
        data = data[-1]
    if isinstance(data, dict):
        return "a mapping"
    if isinstance(data, list):
        return f"a list of {len(data)}"
    text = str(data)
    return repr(text) if not text.isprintable() or not text else text if len(text) <= 60 else f"{text[:57]}..."
