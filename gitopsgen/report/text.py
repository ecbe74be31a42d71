"""Text for people: diagnostics with their source line, changes with their reason, the tree of what was written."""

from collections.abc import Iterable, Sequence

from gitopsgen.core.diagnostic import Diagnostic, Position, in_order
from gitopsgen.repo.change import Change
from gitopsgen.repo.decide import NEW
from gitopsgen.report.safe import safe, shown, width

_WIDEST = 120
_BEFORE_CARET = 60
_CUT = "..."
_BOLD, _RED, _YELLOW, _GREEN, _CYAN, _RESET = "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[36m", "\x1b[0m"
_VERDICT_COLOURS = {"create": _GREEN, "update": _YELLOW, "orphan": _RED, "edited": _RED, "foreign": _RED, "gone": _RED}
_DONE = {"create": "created", "update": "updated", "orphan": "removed"}
_PLANNED = {"create": "to create", "update": "to update", "orphan": "to remove"}


def diagnostics_text(diagnostics: Iterable[Diagnostic], *, colour: bool = False) -> str:
    """Return all findings in their one order, and their number at the end; nothing for no finding."""
    found = in_order(diagnostics)
    if not found:
        return ""
    return "".join(_diagnostic(one, colour) for one in found) + count_text(found) + "\n"


def count_text(diagnostics: Sequence[Diagnostic]) -> str:
    """Return `2 errors, 1 warning`."""
    errors = sum(found.severity == "error" for found in diagnostics)
    counts = ((errors, "error"), (len(diagnostics) - errors, "warning"))
    return ", ".join(_plural(number, name) for number, name in counts if number)


def changes_text(changes: Iterable[Change], *, colour: bool = False) -> str:
    """Return one line for each path that has something to say: `edited  Dockerfile: why`, with the ways out below."""
    lines: list[str] = []
    for change in changes:
        if change.verdict == "keep":
            continue
        reason = "" if change.reason in ("", NEW) else f": {safe(change.reason)}"
        verb = _paint(f"{change.verdict:7}", _VERDICT_COLOURS.get(change.verdict, ""), colour)
        lines.append(f"{verb} {safe(change.path)}{reason}\n")
        lines += [f"        {safe(way)}\n" for way in change.ways_out]
    return "".join(lines)


def summary_text(changes: Sequence[Change], *, written: bool) -> str:
    """Return one line: what was written, or with `written` false what would be; conflicts say that nothing was."""
    conflicts = sum(change.is_conflict for change in changes)
    if conflicts:
        return f"{_plural(conflicts, 'conflict')}: nothing was written\n"
    words = _DONE if written else _PLANNED
    counts = [(sum(change.verdict == verdict for change in changes), word) for verdict, word in words.items()]
    unchanged = len(changes) - sum(number for number, _ in counts) - sum(change.is_note for change in changes)
    parts = [f"{number} {word}" for number, word in (*counts, (unchanged, "unchanged")) if number]
    return ", ".join(parts or ["nothing to do"]) + "\n"


def tree_text(paths: Iterable[str]) -> str:
    """Return a tree of the files, folders with a slash at the end."""
    root: dict[str, dict] = {}  # type: ignore[type-arg]
    for path in paths:
        folder = root
        for part in path.split("/"):
            folder = folder.setdefault(part, {})
    return "".join(_branches(root, "", ("├── ", "└── ", "│   ")))


def _branches(folder: dict, indent: str, marks: tuple[str, str, str]) -> list[str]:  # type: ignore[type-arg]
    lines: list[str] = []
    names = sorted(folder)
    for name in names:
        last = name == names[-1]
        lines.append(f"{indent}{marks[1] if last else marks[0]}{safe(name)}{'/' if folder[name] else ''}\n")
        lines += _branches(folder[name], indent + ("    " if last else marks[2]), marks)
    return lines


def _diagnostic(found: Diagnostic, colour: bool) -> str:
    place = safe(found.path)
    if found.position:
        place += f":{found.position.line}:{found.position.column}"
    kind = "warning: " if found.severity == "warning" else ""
    paint = _YELLOW if kind else _RED
    head = f"{_paint(place, _BOLD, colour)}: " if place else ""
    lines = [f"{head}{_paint(f'{kind}{found.code}', paint, colour)}: {safe(found.message)}\n"]
    if found.position and found.source:
        source, caret = source_lines(found.source, found.position)
        lines += [f"    {source}\n", f"    {_paint(caret, _GREEN, colour)}\n"]
    if found.cure:
        lines.append(f"    {_paint('cure:', _CYAN, colour)} {safe(found.cure)}\n")
    return "".join(lines)


def source_lines(source: str, position: Position) -> tuple[str, str]:
    """Return the source line as it is shown, and below it the caret; of a very long line the part around the caret."""
    start = min(max(position.column - 1, 0), len(source))
    first = max(0, start - _BEFORE_CARET) if len(source) > _WIDEST else 0
    last = min(len(source), first + _WIDEST)
    lead = _CUT if first else ""
    before = lead + "".join(map(shown, source[first:start]))
    span = "".join(map(shown, source[start : min(start + max(position.length, 1), last)]))
    behind = "".join(map(shown, source[start + max(position.length, 1) : last])) + (_CUT if last < len(source) else "")
    return (before + span + behind).rstrip(), " " * width(before) + "^" + "~" * (max(width(span), 1) - 1)


def _plural(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def _paint(text: str, code: str, colour: bool) -> str:
    return f"{code}{text}{_RESET}" if colour and code else text
