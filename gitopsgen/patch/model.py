"""What a patch file says, as values."""

from typing import Literal, NamedTuple

from gitopsgen.core.diagnostic import Position
from gitopsgen.core.repopath import RepoPath

LARGEST = 32 * 1024 * 1024
"""The most bytes of a text patch."""

UNREADABLE = "patch.unreadable"
NO_MATCH = "patch.no-match"

Action = Literal["replace", "add", "remove", "move", "above", "behind", "below"]
Where = Literal["after", "before", "first", "last"]


class Hunk(NamedTuple):
    """A change of a text: each line with its mark, ` ` (context), `-` (goes) or `+` (comes), and its line end.

    `start` is the line, from 1, where the first of the old lines was; `position` and `source` are in the patch file.
    """

    start: int
    lines: tuple[tuple[str, str], ...]
    position: Position
    source: str


class Edit(NamedTuple):
    """A change of a YAML document.

    `document` is its kind and name or its number, empty for the only one. `at` leads to the collection, for the comment
    `above`, `behind` or `below` to the entry itself. `item` is which entry of the collection is replaced, removed or
    moved. `old` is the text that was there, `new` the one that comes. `where` and `anchor` place what is added or moved
    among its siblings.
    """

    action: Action
    document: str
    at: tuple[str, ...]
    item: str = ""
    old: str = ""
    new: str = ""
    where: Where = "last"
    anchor: str = ""
    position: Position = Position(1, 1)
    source: str = ""


class Patch(NamedTuple):
    """The hand edit of `target`. `source` is the patch file; the changes are all Hunks or all Edits, in order."""

    target: RepoPath
    source: RepoPath
    changes: tuple[Hunk, ...] | tuple[Edit, ...]


class PatchError(Exception):
    """A patch file that cannot be read; read() turns it into a Diagnostic."""

    def __init__(self, message: str, position: Position, source: str = "") -> None:
        super().__init__(message)
        self.message, self.position, self.source = message, position, source


class NoMatchError(Exception):
    """A change that does not fit the text; apply() turns it into a Diagnostic. `line` is where to look, or 0."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message, self.line = message, line
