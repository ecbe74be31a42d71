"""Text patches: hunks as `diff -u` writes them, found again by their lines and not by their number."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from gitopsgen.core.diagnostic import Position
from gitopsgen.patch.model import Hunk, NoMatchError, PatchError

_CONTEXT = 3
_MOST_HUNKS = 2_000
# Comparing costs the product of the two lengths; beyond this the whole of what differs becomes one hunk.
_MOST_WORK = 4_000_000
# How far from its place a line is looked for that somebody changed.
_AROUND = 30
_HEADER = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_NO_LINE_END = "\\ No newline at end of file\n"

Side = Literal["-", "+"]
Opcode = tuple[str, int, int, int, int]


def split(text: str) -> list[str]:
    """Return the lines of `text` with their line ends; only a line feed ends a line."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def write_hunks(base: str, edited: str) -> str:
    """Return the hunks that turn `base` into `edited`."""
    old, new = split(base), split(edited)
    return "".join(_hunk_text(group, old, new) for group in _groups(old, new))


def read_hunks(lines: list[str], first: int) -> tuple[Hunk, ...]:
    """Read the hunks in the lines of a patch file from index `first`. Raises PatchError."""
    hunks: list[Hunk] = []
    at = first
    while at < len(lines):
        header = _HEADER.match(lines[at])
        if header:
            if len(hunks) == _MOST_HUNKS:
                raise PatchError(f"more than {_MOST_HUNKS:,} hunks", Position(at + 1, 1))
            hunk, at = _read_hunk(lines, at, header)
            hunks.append(hunk)
        elif lines[at].startswith(("#", "--- ", "+++ ")) or not lines[at].strip():
            at += 1
        else:
            message = "a line of a hunk starts with a space, - or +; a hunk with @@"
            raise PatchError(message, Position(at + 1, 1), lines[at].rstrip("\n"))
    return tuple(hunks)


def apply_hunks(hunks: Iterable[Hunk], base: str) -> tuple[str, list[tuple[Hunk, NoMatchError]]]:
    """Return the text with every hunk applied that fits, and each one that does not."""
    text = _Text(split(base))
    failed: list[tuple[Hunk, NoMatchError]] = []
    for hunk in hunks:
        try:
            text.apply(hunk)
        except NoMatchError as error:
            failed.append((hunk, error))
    return "".join(text.lines), failed


def side(lines: Iterable[tuple[str, str]], mark: Side) -> list[str]:
    """Return the old (`-`) or the new (`+`) lines of a hunk, context included."""
    return [line for found, line in lines if found in (" ", mark)]


def wish(hunk: Hunk) -> str:
    """Say what the change is about."""
    going, coming = _first(hunk, "-"), _first(hunk, "+")
    if not going:
        return f"wants to add `{_short(coming)}`"
    return f"wants `{_short(going)}` -> `{_short(coming)}`" if coming else f"wants to remove `{_short(going)}`"


def _first(hunk: Hunk, mark: str) -> str:
    return next((line for found, line in hunk.lines if found == mark and line.strip()), "")


class _Text:
    """A text that hunks are applied to one by one."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        # Where earlier hunks made the text longer or shorter: (line, by how much).
        self._moved: list[tuple[int, int]] = []

    def apply(self, hunk: Hunk) -> None:
        start = hunk.start - 1 + sum(by for line, by in self._moved if line < hunk.start)
        for context in range(_CONTEXT, 0, -1):
            skipped, lines = _with_context(hunk.lines, context)
            old, new = side(lines, "-"), side(lines, "+")
            near, unique = start + skipped, context < _CONTEXT
            place = self._find(old, near, unique=unique)
            there = self._find(new, near, unique=unique)
            if there is not None and (place is None or abs(there - near) < abs(place - near)):
                return
            if place is not None:
                self.lines[place : place + len(old)] = new
                self._moved.append((hunk.start, len(new) - len(old)))
                return
        raise self._what_is_there(hunk)

    def _find(self, wanted: list[str], near: int, *, unique: bool) -> int | None:
        if not wanted:
            return 0 if not self.lines else None
        places = list(self._places(wanted))
        if not places or (unique and len(places) > 1):
            return None
        return min(places, key=lambda place: abs(place - near))

    def _places(self, wanted: list[str]) -> Iterator[int]:
        at = -1
        last = len(self.lines) - len(wanted)
        while True:
            try:
                at = self.lines.index(wanted[0], at + 1, last + 1) if last >= 0 else -1
            except ValueError:
                return
            if at < 0:
                return
            if self.lines[at : at + len(wanted)] == wanted:
                yield at

    def _what_is_there(self, hunk: Hunk) -> NoMatchError:
        import difflib

        wanted = _first(hunk, "-") or _first(hunk, " ")
        said = wish(hunk)
        if wanted in self.lines:
            message = f"{said}; the lines around `{_short(wanted)}` are others now"
            return NoMatchError(message, self.lines.index(wanted) + 1)
        start = max(0, hunk.start - _AROUND)
        near = self.lines[start : start + 2 * _AROUND]
        close = difflib.get_close_matches(wanted, near, n=1, cutoff=0.6)
        if not close:
            return NoMatchError(f"{said}; there is no line like `{_short(wanted)}` near line {hunk.start} now")
        return NoMatchError(f"{said}; there is now `{_short(close[0])}`", start + near.index(close[0]) + 1)


def _with_context(lines: tuple[tuple[str, str], ...], most: int) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Cut the context at both ends to `most` lines; also return how many were cut at the start."""
    changed = [index for index, (mark, _) in enumerate(lines) if mark != " "]
    if not changed:
        return 0, lines
    start = max(0, changed[0] - most)
    return start, lines[start : changed[-1] + 1 + most]


def _groups(old: list[str], new: list[str]) -> Iterable[list[Opcode]]:
    import difflib

    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    middle = (start, len(old) - end, start, len(new) - end)
    if middle[0] == middle[1] and middle[2] == middle[3]:
        return []
    if (middle[1] - start) * (middle[3] - start) > _MOST_WORK:
        return [_one_group(old, middle)]
    groups = list(difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT))
    return groups if len(groups) <= _MOST_HUNKS else [_one_group(old, middle)]


def _one_group(old: list[str], middle: tuple[int, int, int, int]) -> list[Opcode]:
    a, b, c, d = middle
    before = max(0, a - _CONTEXT)
    after = min(len(old), b + _CONTEXT) - b
    group = [("equal", before, a, c - (a - before), c), ("replace", a, b, c, d), ("equal", b, b + after, d, d + after)]
    return [code for code in group if code[1] != code[2] or code[3] != code[4]]


def _hunk_text(group: list[Opcode], old: list[str], new: list[str]) -> str:
    first, last = group[0], group[-1]
    body = [f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"]
    for kind, a, b, c, d in group:
        if kind == "equal":
            body += [_ended(" " + line) for line in old[a:b]]
        else:
            body += [_ended("-" + line) for line in old[a:b]]
            body += [_ended("+" + line) for line in new[c:d]]
    return "".join(body)


def _range(start: int, stop: int) -> str:
    count = stop - start
    return f"{start + 1 if count else start},{count}"


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n{_NO_LINE_END}"


def _read_hunk(lines: list[str], at: int, header: re.Match[str]) -> tuple[Hunk, int]:
    position, source = Position(at + 1, 1, header.end()), lines[at].rstrip("\n")
    old_left, new_left = int(header[2] or "1"), int(header[4] or "1")
    body: list[tuple[str, str]] = []
    at += 1
    while at < len(lines) and not _HEADER.match(lines[at]):
        line = lines[at]
        if line.startswith("\\"):
            if body:
                body[-1] = (body[-1][0], body[-1][1].removesuffix("\n"))
        elif line == "\n" and old_left > 0:
            body.append((" ", "\n"))  # an editor took the space at the end of an empty context line
        elif line[0] in " -+" and not (old_left <= 0 and new_left <= 0 and line.startswith(("--- ", "+++ "))):
            body.append((line[0], line[1:]))
        else:
            break
        if not line.startswith("\\"):
            old_left -= body[-1][0] != "+"
            new_left -= body[-1][0] != "-"
        at += 1
    if all(mark == " " for mark, _ in body):
        raise PatchError("the hunk changes nothing", position, source)
    start = int(header[1]) + (0 if int(header[2] or "1") else 1)
    return Hunk(start, tuple(body), position, source), at


def _short(line: str) -> str:
    text = line.strip()
    return text if len(text) <= 60 else f"{text[:57]}..."
