"""Routes of an app's code, each with the prefix that its router has, where that can be told.

A router is mounted below a path, made with one, or stands in a block that has one. A path is certain when every such
step is plain in the same file and ends at the app itself, or when no code has a prefix at all; everything else is a
guess with its doubt. Blocks are told by their indentation, which all languages share.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gitopsgen.detect.scene import Found, Scene, paths_of
from gitopsgen.detect.variables import LONGEST_LINE

_LONGEST_STATEMENT = 6
_CLOSERS = re.compile(r"^[\s)}\];,]*(?:end)?[\s)}\];,]*$")
_DECORATOR = re.compile(r"^\s*(?:@|#?\[)")
_BETWEEN = re.compile(r"""["']\s*[,/]\s*["']""")
_PLAIN = re.compile(r"/[\w./~-]*")
_PREFIXED = "puts routes below a path"
_GUARDED = "may ask for a log-in"


class File(NamedTuple):
    """The lines of a file, comments empty, and each with those that its open brackets reach."""

    path: str
    lines: Sequence[str]
    statements: Sequence[str]
    indents: Sequence[int]


class Mark(NamedTuple):
    """A line that puts what is called `on` below a path of what is called `of`; a `prefix` of None is not told."""

    file: File
    line: int
    start: int
    on: str
    of: str
    prefix: str | None
    rest: str

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.file.path}:{self.line + 1}"


class Traced(NamedTuple):
    """What stands before a route's own path, the outer first; a `doubt` says why that may not be all."""

    prefixes: list[str]
    doubt: str = ""
    likely: bool = False


def read_routes(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the paths that fit `named` with their prefixes, in the order of the files. Raises re.error."""
    rule, skip = source["routes"], re.compile(source.get("skip", "(?!)"))
    texts = ((path, scene.tree.text(path) or "") for path in paths_of(scene, source, source["in"]))
    files = [_file(path, without_blocks(text.splitlines(), source), skip) for path, text in texts]
    book = _Book(files, rule)
    named = re.compile(rule["named"])
    for mark, whole in book.routes():
        own = _joined([mark.prefix or ""])
        traced = book.trace(mark, whole)
        path = _joined([*traced.prefixes, mark.prefix or ""])
        if _PLAIN.fullmatch(path) and (named.search(own) or named.search(path)):
            guarded = book.guard(mark)
            likely = traced.likely if traced.doubt else bool(guarded)
            yield Found(path, mark.place, doubt=traced.doubt or guarded, likely=likely)
    for mark in book.mounts:
        if mark.prefix and mark.of and named.search(_joined([mark.prefix])):
            yield Found(_joined([mark.prefix]), mark.place, doubt="no code tells what answers below it", likely=True)


def without_blocks(lines: Sequence[str], source: Mapping[str, Any]) -> list[str]:
    """Return lines with those empty that lie in a block which `block` has the first and the last line of."""
    if "block" not in source:
        return list(lines)
    first, last = map(re.compile, source["block"])
    kept, inside = list[str](), False
    for line in lines:
        opened = None if inside else first.search(line)
        kept.append("" if inside or opened else line)
        inside = (inside or bool(opened)) and not last.search(line, opened.end() if opened else 0)
    return kept


def _file(path: str, lines: Sequence[str], skip: re.Pattern[str]) -> File:
    lines = ["" if len(line) > LONGEST_LINE or skip.search(line) else line.expandtabs(4) for line in lines]
    statements = [_statement(lines, number) if line else "" for number, line in enumerate(lines)]
    return File(path, lines, statements, [len(line) - len(line.lstrip()) for line in lines])


def _statement(lines: Sequence[str], number: int) -> str:
    """Return a line with those that follow while it has open round brackets, as one."""
    text = lines[number]
    for line in lines[number + 1 : number + _LONGEST_STATEMENT]:
        if text.count("(") <= text.count(")"):
            break
        text += f" {line.strip()}"
    return text


def _joined(parts: Sequence[str]) -> str:
    """Return parts of a path as one; segments may be words of their own, as in `"health" / "ready"`."""
    clean = [_BETWEEN.sub("/", part) for part in parts]
    path = "/".join(part.strip("/") for part in clean if part.strip("/"))
    return f"/{path}/" if path and clean[-1].endswith("/") and clean[-1] != "/" else f"/{path}"


class _Book:
    """All marks of the files of an app."""

    def __init__(self, files: Sequence[File], rule: Mapping[str, Any]) -> None:
        self.files, self.rule = files, rule
        self.mounts = list(self._marks("mounts"))
        self.joins = [mark._replace(prefix="") for mark in self._marks("joins")]
        self.openers = list(self._marks("within"))
        self.classes = [_of_class(mark, rule.get("self", "")) for mark in self._marks("classes")]
        self.roots = list(self._marks("roots"))

    def _marks(self, name: str) -> Iterator[Mark]:
        patterns = [re.compile(pattern) for pattern in self.rule.get(name, ())]
        for file in self.files if patterns else ():
            for number, (line, text) in enumerate(zip(file.lines, file.statements, strict=True)):
                for pattern in patterns if line else ():
                    for found in pattern.finditer(text):
                        if found.start() < len(line):
                            yield _mark(file, number, found)

    def routes(self) -> Iterator[tuple[Mark, bool]]:
        """Yield the routes with what they stand on, and whether they are those of the server, whatever routers do."""
        for mark in self._marks("whole"):
            yield mark, True
        for mark in self._marks("route"):
            yield mark, False

    def _enclosing(self, file: File, number: int) -> list[int]:
        """Return the numbers of the lines whose blocks a line is in, the inner first."""
        found, indent = [], file.indents[number]
        for above in range(number - 1, -1, -1):
            line = file.lines[above]
            if line and file.indents[above] < indent and not _CLOSERS.match(line):
                found.append(above)
                indent = file.indents[above]
        return found

    def trace(self, route: Mark, whole: bool) -> Traced:
        """Follow a route to the app: from block to block, and from router to router."""
        around = self._enclosing(route.file, route.line)
        blocks = [mark for mark in (*self.openers, *self.classes) if _holds(mark, route, around)]
        blocks.sort(key=lambda mark: (-mark.line, -mark.start))
        prefixes, used, doubts = list[str](), list[Mark](blocks), list[str]()
        name = route.on or self._owner(route, around)
        for block in blocks:
            if name and not re.search(rf"\b{re.escape(name)}\b", block.rest):
                self._climb(route.file, name, prefixes, used, doubts)
            prefixes.insert(0, block.prefix or "")
            doubts += [f"{block.place} {_PREFIXED}"] if block.prefix is None else []
            name = block.of
        name = self._climb(route.file, name, prefixes, used, doubts) if name else name
        if doubts or whole:
            return Traced(prefixes, doubts[0] if doubts else "")
        marks = self._unresolved(route, name, around, used)
        known = {mark.prefix for mark in marks}
        only = known.pop() if len(known) == 1 else None
        prefixes.insert(0, only or "")
        return Traced(prefixes, f"{marks[0].place} {_PREFIXED}" if marks else "", bool(only))

    def _owner(self, route: Mark, around: Sequence[int]) -> str:
        """Return what a chain of calls makes, by the line that begins it."""
        if pattern := self.rule.get("owner"):
            for number in (route.line, *around):
                if found := re.search(pattern, route.file.lines[number]):
                    return found["on"]
        return ""

    def _climb(self, file: File, name: str, prefixes: list[str], used: list[Mark], doubts: list[str]) -> str:
        """Go from a router to what it is mounted on, in the same file; return where that ends."""
        seen = set[str]()
        while name and name not in seen:
            seen.add(name)
            here = [mark for mark in (*self.mounts, *self.joins) if mark.file is file and mark.on == name]
            made, mounted = [mark for mark in here if not mark.of], [mark for mark in here if mark.of]
            used += here
            for mark in (*made[:1], *mounted[:1]):
                prefixes.insert(0, mark.prefix or "")
                doubts += [f"{mark.place} {_PREFIXED}"] if mark.prefix is None else []
            if len(made) > 1 or len(mounted) > 1 or len([mark for mark in here if mark.prefix]) > 1:
                doubts.append(f"{here[-1].place} {_PREFIXED}")
            if not mounted:
                return name
            name = mounted[0].of
        return name

    def _unresolved(self, route: Mark, name: str, around: Sequence[int], used: Sequence[Mark]) -> list[Mark]:
        """Return what may put a path before a route, for all that its own file tells."""
        marks = [mark for mark in (*self.mounts, *self.openers) if mark not in used and mark.prefix != ""]
        marks = [mark for mark in marks if mark.of or not mark.on or (mark.file is route.file and mark.on == name)]
        if not self._is_root(route, name, around):
            return marks
        elsewhere = any(root.file is not route.file for root in self.roots)
        return [mark for mark in marks if mark.file is not route.file] if elsewhere else []

    def _is_root(self, route: Mark, name: str, around: Sequence[int]) -> bool:
        """Whether a name is that of the app itself, and of nothing else in its file."""
        here = [root for root in self.roots if root.file is route.file]
        if not name:
            return any(not root.on and root.line in around for root in here)
        if all(root.on != name for root in here):
            return False
        quoted = re.escape(name)
        made = re.compile(rf"(?<![\w.]){quoted}\s*(?::[^=]{{0,40}})?:?=(?![=>])")
        given = re.compile(
            rf"(?:func|function|def|fn|fun)\b[^(]*\((?:[^()]*\))?[^)]*\b{quoted}\b|\b{quoted}\b[^()]*\)?\s*=>"
        )
        times = sum(bool(made.search(line)) for line in route.file.lines)
        return times <= 1 and not any(given.search(route.file.lines[number]) for number in around)

    def guard(self, route: Mark) -> str:
        """Say what stands before a route that may ask who is there, empty for nothing."""
        lines, around = route.file.lines, self._enclosing(route.file, route.line)
        beside = [number for block in (route.line, *around) for number in (block, *_decorators(lines, block))]
        for pattern in self.rule.get("guards", ()):
            for number in beside:
                if re.search(pattern, lines[number] if number != route.line else lines[number][route.start :]):
                    return f"{route.file.path}:{number + 1} {_GUARDED}"
        for pattern in self.rule.get("guarded", ()):
            for number, line in enumerate(lines[: route.line]):
                found = re.search(pattern, line)
                if found and found["on"] == route.on:
                    return f"{route.file.path}:{number + 1} {_GUARDED}"
        return ""


def _mark(file: File, number: int, found: re.Match[str]) -> Mark:
    groups = found.groupdict()
    prefix = groups.get("prefix", groups.get("path"))
    text = found.string[found.end() :]
    return Mark(file, number, found.start(), groups.get("on") or "", groups.get("of") or "", prefix, text)


def _decorators(lines: Sequence[str], number: int) -> Iterator[int]:
    """Yield the numbers of the lines right above and below one that are decorators."""
    for step in (-1, 1):
        beside = number + step
        while 0 <= beside < len(lines) and _DECORATOR.match(lines[beside]):
            yield beside
            beside += step


def _of_class(mark: Mark, itself: str) -> Mark:
    """Put the prefix of a class where the class begins; `itself` in it stands for its name."""
    for number in range(mark.line, min(mark.line + 12, len(mark.file.lines))):
        if found := re.search(r"\b(?:class|object|interface)\s+(\w+?)(?:Controller)?\b", mark.file.lines[number]):
            prefix = mark.prefix and mark.prefix.replace(
                itself or mark.prefix, found[1].lower() if itself else mark.prefix
            )
            return mark._replace(line=number, prefix=prefix)
    return mark


def _holds(block: Mark, route: Mark, around: Sequence[int]) -> bool:
    """Whether a route lies in a block: below its line, or on it and behind its beginning."""
    if block.file is not route.file:
        return False
    return block.line in around or (block.line == route.line and block.start < route.start)
