"""What the generated files pin, for people and for machines."""

from collections.abc import Mapping, Sequence

from gitopsgen.pins.used import Used
from gitopsgen.report.safe import safe

_NEXT = "recorded in .gitopsgen/pins.yaml; `gitopsgen generate` uses it\n"


def pins_text(items: Sequence[Used], newer: Mapping[str, str], *, updated: bool) -> str:
    """Return a line for each item; `newer` are later releases by name, `updated` that all was looked up just now."""
    cells = [
        (item.kind, item.name, item.version, item.fixed[:19] or "-", f"{_where(item)}{_newer(item, newer)}")
        for item in items
    ]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(4)]
    lines = ["  ".join(f"{cell:{size}}" for cell, size in zip(row, [*widths, 0], strict=True)) for row in cells]
    return "".join(f"{safe(line)}\n" for line in lines) + (_NEXT if updated else "")


def _where(item: Used) -> str:
    place = "recorded here" if item.pinned else "from the pack"
    moves = "its tag moves until a digest or commit is recorded" if item.moves else ""
    return ", ".join(filter(None, (place, item.checked, item.source, moves)))


def _newer(item: Used, newer: Mapping[str, str]) -> str:
    return f"; {newer[item.name]} is newer" if item.name in newer else ""


def pins_json(items: Sequence[Used], newer: Mapping[str, str]) -> str:
    """Return the same as one JSON document."""
    import json

    pins = [{**item._asdict(), "newer": newer.get(item.name, "")} for item in items]
    return json.dumps({"format": 1, "pins": pins}, indent=2) + "\n"
