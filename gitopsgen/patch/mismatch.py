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
    known = f"; there is {', '.join(there)}" if there else ""
    return NoMatchError(f"{wish(edit)}; no document {edit.document or 'with entries'}{known}")


def gone(edit: Edit, place: Place, depth: int, label: str) -> NoMatchError:
    """Say that an entry on the way or the entry itself is not there."""
    import difflib

    names = {name: entry for entry in place.block.entries for name in ([entry.key] if entry.key else labels(entry))}
    close = difflib.get_close_matches(label, list(names), n=1, cutoff=0.4)
    nearest = f"; the nearest is {_name(close[0])}" if close else ""
    message = f"{wish(edit)}; no entry {_name(label)} in {where(edit.document, edit.at[:depth])} now{nearest}"
    return NoMatchError(message, names[close[0]].line if close else 0)


def other_kind(edit: Edit, entry: Entry | None, depth: int) -> NoMatchError:
    """Say that a value is written in a way that the change does not fit."""
    here = where(edit.document, edit.at[: depth + 1])
    return NoMatchError(f"{wish(edit)}; {here} is written in another way now", entry.line if entry else 0)


def taken(edit: Edit, entry: Entry) -> NoMatchError:
    """Say that the template has now what was to be added, with other data."""
    name = entry.key if entry.key is not None else next(iter(labels(entry)), "the item")
    message = f"wants to add {_name(name)} to {where(edit.document, edit.at)}; there is one with other data now"
    return NoMatchError(message, entry.line)


def other_data(edit: Edit, entry: Entry, old: Entry, new: Entry | None) -> NoMatchError:
    """Say that the template changed what the person changed."""
    name = _name(edit.item) if old.key is None else ".".join([*edit.at[-1:], edit.item])
    path, was, now = _first_difference(old.data(), entry.data(), name)
    if new is None:
        wish = f"wants to remove {name}"
    elif path == name:
        wish = f"wants {name} {_short(old.data())} -> {_short(new.data())}"
    else:
        wish = f"wants {name} changed"
    detail = f"there is now {_short(now)}" if path == name else f"{path} was {_short(was)} and is {_short(now)} now"
    return NoMatchError(f"{wish} at {where(edit.document, edit.at)}; {detail}", entry.line)


def where(document: str, at: Iterable[str]) -> str:
    """Return a place in words: `Deployment web / spec / replicas`."""
    return " / ".join(part for part in (document, *at) if part) or "the document"


def wish(edit: Edit) -> str:
    """Say what the change is about."""
    new = next((line for line in edit.new.split("\n") if line.strip() and not line.startswith("#")), "")
    words = {
        "replace": f"wants `{_short(new)}`",
        "add": f"wants to add `{_short(new)}`",
        "remove": f"wants to remove {_name(edit.item)}",
        "move": f"wants to move {_name(edit.item)}",
    }
    comment = (edit.new or edit.old).strip().split("\n", 1)[0]
    return words.get(edit.action, f"wants the comment `{_short(comment)}` changed")


def _name(label: str) -> str:
    return label.removeprefix("=") or "with no text"


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
