"""Every file with its verdict, its class and its pack, for people and for machines."""

from collections.abc import Iterable

from gitopsgen.core.files import RenderedFile
from gitopsgen.repo.change import Change
from gitopsgen.report.safe import safe


def status_text(changes: Iterable[Change], ejected: Iterable[RenderedFile], patched: frozenset[str]) -> str:
    """Return a line for each file: verdict, class, pack, path, and what makes it special."""
    rows = _rows(changes, ejected, patched)
    cells = [[*row[:3], safe(row[3]) + _note(row)] for row in rows]
    widths = [max((len(line[column]) for line in cells), default=0) for column in range(3)]
    return "".join(
        "  ".join(f"{cell:{width}}" for cell, width in zip(line, [*widths, 0], strict=True)) + "\n" for line in cells
    )


def status_json(changes: Iterable[Change], ejected: Iterable[RenderedFile], patched: frozenset[str]) -> str:
    """Return the same as one JSON document."""
    import json

    names = ("verdict", "class", "pack", "path", "patched")
    files = [dict(zip(names, row, strict=True)) for row in _rows(changes, ejected, patched)]
    return json.dumps({"format": 1, "files": files}, indent=2) + "\n"


_Row = tuple[str, str, str, str, bool]


def _rows(changes: Iterable[Change], ejected: Iterable[RenderedFile], patched: frozenset[str]) -> list[_Row]:
    theirs = list(ejected)
    not_theirs = {file.path for file in theirs}
    rows: list[_Row] = [
        (change.verdict, change.ownership, change.pack, str(change.path), change.path in patched)
        for change in changes
        if change.path not in not_theirs
    ]
    rows += [("-", "ejected", file.pack, str(file.path), False) for file in theirs]
    return sorted(rows, key=lambda row: row[3])


def _note(row: _Row) -> str:
    return "  (patched)" if row[4] else ""
