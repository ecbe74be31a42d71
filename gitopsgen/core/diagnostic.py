"""A user's mistake as a value: where, what, why, and what to do about it."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


class Position(NamedTuple):
    """A span in a source text: line and column count from 1, length in characters."""

    line: int
    column: int
    length: int = 1


class Diagnostic(NamedTuple):
    """One finding.

    `code` is stable and searchable; `path` is the file as the user names it, relative to the repository root;
    `source` is the text of the line at `position`, for the caret.
    """

    code: str
    message: str
    cure: str = ""
    path: str = ""
    position: Position | None = None
    source: str = ""
    severity: Severity = "error"


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any finding must stop the run."""
    return any(found.severity == "error" for found in diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort by place, drop duplicates: the one order in which findings are shown."""
    start = Position(0, 0)
    return sorted(set(diagnostics), key=lambda found: (found.path, found.position or start, found.code, found.message))


def untold(found: Iterable[Diagnostic], told: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return those of `found` whose code and place are not among the `told`."""
    places = {(one.code, one.path, one.position) for one in told}
    return [one for one in found if (one.code, one.path, one.position) not in places]
