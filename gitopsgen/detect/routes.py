"""Routes of an app's code, each with the prefix that its router has, where that can be told.

A router is mounted below a path, made with one, or stands in a block that has one. A path is certain when every such
step is plain and ends at the app itself, or when no code has a prefix at all; else it is a guess with its doubt.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gitopsgen.detect.code import File, Mark, decorators, enclosing, holds, marks_of, read_file, stem, without_blocks
from gitopsgen.detect.scene import Found, Scene, paths_of

_MOST_FILES = 6
_BETWEEN = re.compile(r"""["']\s*[,/]\s*["']""")
_PLAIN = re.compile(r"/[\w./~-]*")
_CLASS = re.compile(r"^[^(@\[\"']*\b(?:class|object|interface)\s+(\w+?)(?:Controller)?\b")
_ABOVE_CLASS = re.compile(r"""\s*(?:@|#?\[|["')}]|$)""")
_MADE = re.compile(r"\s*(?:\w+\s+)?(\w+)\s*:?=(?!=)")
_PARENT = re.compile(r"\bclass\s+\w+[^{\n]{0,80}?(?:\bextends\s+|:\s*)(\w+)")
_BASE = re.compile(r"\babstract\b|\bclass\s+(?:Base[A-Z]?\w*|\w*Base(?:Controller)?)\b")
_VARIABLE = re.compile(r"\{[^{}/]*\}|:\w+")
_PREFIXED = "puts routes below a path"
_GUARDED = "may ask for a log-in"


class Traced(NamedTuple):
    """What stands before a route's own path, the outer first; a `doubt` says why that may not be all.

    `on` is what has it in the end, and `file` where that is.
    """

    prefixes: list[str]
    doubt: str = ""
    likely: bool = False
    on: str = ""
    file: File | None = None


def read_routes(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the paths that fit `named` with their prefixes, in the order of the files. Raises re.error."""
    rule, skip = source["routes"], re.compile(source.get("skip", "(?!)"))
    texts = ((path, scene.tree.text(path) or "") for path in paths_of(scene, source, source["in"]))
    files = [read_file(path, without_blocks(text.splitlines(), source), skip) for path, text in texts]
    book = _Book(files, rule)
    named = re.compile(rule["named"])
    for mark, whole in book.routes():
        own = _joined([mark.prefix or ""])
        traced = book.trace(mark, whole)
        path = _joined([*traced.prefixes, mark.prefix or ""])
        if not _PLAIN.fullmatch(path) and _PLAIN.fullmatch(own) and named.search(_VARIABLE.sub("x", path)):
            said = own if own != "/" else path
            yield Found(said, mark.place, doubt="a part of its path is a variable")
        elif _PLAIN.fullmatch(path) and (named.search(own) or named.search(path)):
            guarded = book.guard(mark) or book.beside(traced, str(scene.settled.get("port", "")))
            likely = traced.likely if traced.doubt else bool(guarded)
            yield Found(path, mark.place, doubt=traced.doubt or guarded, likely=likely)
    for mark in book.mounts:
        if mark.prefix and mark.of and named.search(_joined([mark.prefix])):
            yield Found(_joined([mark.prefix]), mark.place, doubt="no code tells what answers below it", likely=True)


def _joined(parts: Sequence[str]) -> str:
    """Return parts of a path as one; segments may be words of their own, as in `"health" / "ready"`."""
    clean = [_BETWEEN.sub("/", part) for part in parts]
    path = "/".join(part.strip("/") for part in clean if part.strip("/"))
    return f"/{path}/" if path and clean[-1].endswith("/") and clean[-1] != "/" else f"/{path}"


class _Book:
    """All marks of the files of an app."""

    def __init__(self, files: Sequence[File], rule: Mapping[str, Any]) -> None:
        self.files, self.rule = files, rule
        self.mounts = [self._of_chain(mark) for mark in self._marks("mounts")]
        self.joins = [self._of_chain(mark)._replace(prefix="") for mark in self._marks("joins")]
        self.classes = [each for mark in self._marks("classes") for each in _of_class(mark, rule.get("self", ""))]
        # The prefix of a class that others extend is theirs, too.
        parents = {name for file in files for name in _PARENT.findall(file.text)} if self.classes else set[str]()
        bases = [mark for mark in self.classes if _is_for_others(mark.file.lines[mark.line], parents)]
        self.mounts += [mark._replace(prefix=None) for mark in bases]
        self.mounts += [mark for file in files for mark in _unread(file)]
        # What several patterns find is one block; the first says of what.
        openers = {(mark.file.path, mark.line, mark.start): mark for mark in reversed(list(self._marks("within")))}
        self.openers = [self._of_chain(mark) for mark in reversed(openers.values())]
        self.roots = list(self._marks("roots"))
        self.imports = list(self._marks("imports"))
        self.servers = list(self._marks("servers"))

    def _marks(self, name: str) -> Iterator[Mark]:
        return marks_of(self.files, self.rule.get(name, ()))

    def _of_chain(self, mark: Mark) -> Mark:
        """Return a mark with what a chain of calls makes as that which it mounts something on."""
        owner = self._owner(mark, enclosing(mark.file, mark.line)) if mark.chained and not mark.of else ""
        return mark._replace(of=owner) if owner and owner != mark.on else mark

    def routes(self) -> Iterator[tuple[Mark, bool]]:
        """Yield the routes with what they stand on, and whether they are those of the server, whatever routers do."""
        for mark in self._marks("whole"):
            yield mark, True
        for mark in self._marks("route"):
            yield mark, False

    def trace(self, route: Mark, whole: bool) -> Traced:
        """Follow a route to the app: from block to block, from router to router, and to the file that mounts it."""
        prefixes, used, doubts = list[str](), list[Mark](), list[str]()
        step, name, around = route, route.on, enclosing(route.file, route.line)
        for _ in range(_MOST_FILES):
            name = self._upwards(step, around, prefixes, used, doubts)
            if whole or doubts:
                return Traced(prefixes, doubts[0] if doubts else "", on=route.on or "nil", file=step.file)
            # What is mounted on the router itself is not above it.
            others = [mark for mark in (*self.mounts, *self.openers) if name and mark.of == name]
            used += [mark for mark in others if _same_block(mark, step, around)]
            links = self._links(step.file, name)
            if len(links) != 1:
                break
            used += links
            prefixes.insert(0, links[0].prefix or "")
            doubts += [f"{links[0].place} {_PREFIXED}"] if links[0].prefix is None else []
            step = links[0]._replace(on=links[0].of)
            around = enclosing(step.file, step.line)
        marks = self._unresolved(step, name, around, used)
        if step is not route:  # It is known who mounts this file, so what mounts another one says nothing.
            marks = [mark for mark in marks if not self._is_of_another(mark, step.file, name)]
        known = {mark.prefix for mark in marks}
        only = known.pop() if len(known) == 1 else None
        prefixes.insert(0, only or "")
        return Traced(prefixes, f"{marks[0].place} {_PREFIXED}" if marks else "", bool(only), name, step.file)

    def _upwards(
        self, step: Mark, around: Sequence[int], prefixes: list[str], used: list[Mark], doubts: list[str]
    ) -> str:
        """Go from a route out of the blocks of its file, and from router to router; return where that ends."""
        blocks = [mark for mark in (*self.openers, *self.classes) if holds(mark, step, around)]
        blocks.sort(key=lambda mark: (-mark.line, -mark.start))
        used += blocks
        name = step.on or self._owner(step, around)
        for block in blocks:
            if name and not re.search(rf"\b{re.escape(name)}\b", block.rest):
                self._climb(step.file, name, prefixes, used, doubts)
            prefixes.insert(0, block.prefix or "")
            doubts += [f"{block.place} {_PREFIXED}"] if block.prefix is None else []
            name = block.of
        return self._climb(step.file, name, prefixes, used, doubts) if name else name

    def _links(self, file: File, name: str) -> list[Mark]:
        """Return the lines of other files that mount what a file has."""
        made = (mark for mark in (*self.mounts, *self.joins) if mark.file is not file and (mark.of or mark.module))
        return [mark for mark in made if self._is_of(mark, file, name)]

    def _is_of_another(self, mark: Mark, file: File, name: str) -> bool:
        """Whether what a line mounts comes from a file, and that is not this one."""
        imported = any(found.file is mark.file and mark.on in found.on.split(",") for found in self.imports)
        return bool(mark.module or (mark.on and imported)) and not self._is_of(mark, file, name)

    def _is_of(self, mark: Mark, file: File, name: str) -> bool:
        """Whether what a line mounts is the router of that name in a file, by the import of its own file."""
        other = rf"(?<![\w.]){re.escape(mark.on)}\s*(?::[^=]+)?=(?!=)"
        if mark.on and mark.on != name and any(re.search(other, line) for line in file.lines):
            return False
        named = (mark.module or mark.on).split(".")[0]
        modules = [found.module for found in self.imports if found.file is mark.file and named in found.on.split(",")]
        inner = {"", named, (mark.module or mark.on).replace(".", "/")}
        wanted = {f"{stem(module)}/{part}".strip("/") for module in modules for part in inner} or {stem(mark.module)}
        for end in sorted(filter(None, wanted), key=len, reverse=True):
            if reached := [other for other in self.files if f"/{other.stem}".endswith(f"/{end}")]:
                return reached == [file]
        return False

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
            here = [mark for mark in (*self.mounts, *self.joins) if mark.file is file and name in mark.on.split(",")]
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
        marks = [mark for mark in marks if (mark.place, mark.start) != (route.place, route.start)]
        marks = [mark for mark in marks if mark.of or not mark.on or (mark.file is route.file and mark.on == name)]
        if not self._is_root(route, name, around):
            return marks
        elsewhere = any(root.file is not route.file for root in self.roots)
        return [mark for mark in marks if mark.file is not route.file] if elsewhere else []

    def _is_root(self, route: Mark, name: str, around: Sequence[int]) -> bool:
        """Whether a name is that of the app itself, and of nothing else in its file."""
        here = [root for root in self.roots if root.file is route.file]
        if any(root.on in ("", name) and (root.line in around or root.line == route.line) for root in here):
            return True
        if not name or all(root.on != name for root in here):
            return False
        quoted = re.escape(name)
        made = re.compile(rf"(?<![\w.]){quoted}\s*(?::[^=]{{0,40}})?:?=(?![=>])")
        given = re.compile(
            rf"(?:func|function|def|fn|fun)\b[^(]*\((?:[^()]*\))?[^)]*\b{quoted}\b|\b{quoted}\b[^()]*\)?\s*=>"
        )
        times = sum(bool(made.search(line)) for line in route.file.lines)
        return times <= 1 and not any(given.search(route.file.lines[number]) for number in around)

    def beside(self, traced: Traced, port: str) -> str:
        """Say which other server may have a path, empty where there is none or the one of the app's port has it."""
        servers = [mark for mark in self.servers if mark.file is traced.file]
        others = [mark for mark in servers if mark.on != traced.on]
        if len({mark.on for mark in servers}) < 2 or any(
            mark.on == traced.on and mark.module == port for mark in servers
        ):
            return ""
        return f"{others[0].place} serves on a port, too"

    def guard(self, route: Mark) -> str:
        """Say what stands before a route that may ask who is there, empty for nothing."""
        lines, around = route.file.lines, enclosing(route.file, route.line)
        beside = [number for block in (route.line, *around) for number in (block, *decorators(lines, block))]
        for pattern in self.rule.get("guards", ()):
            for number in beside:
                if re.search(pattern, lines[number] if number != route.line else lines[number][route.start :]):
                    return f"{route.file.path}:{number + 1} {_GUARDED}"
        for pattern in self.rule.get("guarded", ()):
            for number, line in enumerate(lines[: route.line]):
                found = re.search(pattern, line)
                here = enclosing(route.file, number)[:1] == enclosing(route.file, route.line)[:1]
                if found and (found.groupdict().get("on", route.on if here else None) == route.on):
                    return f"{route.file.path}:{number + 1} {_GUARDED}"
        return ""


def _of_class(mark: Mark, itself: str) -> Iterator[Mark]:
    """Yield the prefix of a class where the class begins; `itself` in it stands for the name of the class."""
    lines, end = mark.file.lines, mark.file.ends[mark.line]
    for number in range(mark.line, len(lines) if end is not None else 0):
        if found := _CLASS.search(lines[number]):
            prefix = mark.prefix and itself and mark.prefix.replace(itself, found[1].lower())
            yield mark._replace(line=number, prefix=prefix or mark.prefix)
            return
        if number > (end or 0) and not _ABOVE_CLASS.match(lines[number]):
            break
    if not mark.file.indents[mark.line]:
        yield mark._replace(prefix=None)


def _unread(file: File) -> Iterator[Mark]:
    """Yield what is made by a call that ends too far away to say of what path."""
    for number, end in enumerate(file.ends):
        if end is None and (found := _MADE.match(file.lines[number])):
            yield Mark(file, number, 0, found[1], "", None, "")


def _is_for_others(line: str, parents: Collection[str]) -> bool:
    """Whether other classes extend the one of a line, or the line has none, so that it is unknown which one it is."""
    named = re.search(r"\b(?:class|interface)\s+(\w+)", line)
    return bool(not _CLASS.search(line) or _BASE.search(line) or (named and named[1] in parents))


def _same_block(mark: Mark, route: Mark, around: Sequence[int]) -> bool:
    """Whether a line stands in the same outermost block of the same file as a route, and the route not in its own."""
    if mark.file is not route.file or mark.line in (*around, route.line):
        return False
    return enclosing(mark.file, mark.line)[-1:] == list(around)[-1:]
