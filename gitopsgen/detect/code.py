"""Files of code, read for what their lines say: without comments, statement by statement, block by block.

Blocks are told by their indentation, which all languages share.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from gitopsgen.detect.needed import MANY, worth_trying
from gitopsgen.detect.variables import LONGEST_LINE

_LONGEST_STATEMENT = 6
_BRACKETS = re.compile(r"^[\s(){}\[\];,]*(?:end)?[\s)}\];,]*$")
_DECORATOR = re.compile(r"^\s*(?:@|#?\[)")


class File(NamedTuple):
    """The lines of a file, comments empty, and each with those that its open brackets reach; `text` is all of these."""

    path: str
    lines: Sequence[str]
    statements: Sequence[str]
    indents: Sequence[int]
    text: str

    @property
    def stem(self) -> str:
        """Its path as imports say it."""
        return _bare(self.path)


class Mark(NamedTuple):
    """A line that puts what is called `on` below a path of what is called `of`; a `prefix` of None is not told.

    `module` is where `on` comes from, as the line says it; `rest` is what stands behind on the line; `chained`: it is
    one of a chain of calls.
    """

    file: File
    line: int
    start: int
    on: str
    of: str
    prefix: str | None
    rest: str
    module: str = ""
    chained: bool = False

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.file.path}:{self.line + 1}"


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


def read_file(path: str, lines: Sequence[str], skip: re.Pattern[str]) -> File:
    """Return a file of these lines; those that `skip` finds something in are empty."""
    lines = ["" if len(line) > LONGEST_LINE or skip.search(line) else line.expandtabs(4) for line in lines]
    statements = [_statement(lines, number) if line else "" for number, line in enumerate(lines)]
    indents = [len(line) - len(line.lstrip()) for line in lines]
    return File(path, lines, statements, indents, "\n".join(statements))


def _statement(lines: Sequence[str], number: int) -> str:
    """Return a line with those that follow while it has open round brackets, or is a decorator, as one."""
    text = lines[number]
    decorates = _DECORATOR.match(text)
    for line in lines[number + 1 : number + _LONGEST_STATEMENT]:
        if text.count("(") <= text.count(")"):
            if not decorates:
                break
            decorates = _DECORATOR.match(line)
        text += f" {line.strip()}"
    return text


def marks_of(files: Sequence[File], patterns: Sequence[str]) -> Iterator[Mark]:
    """Yield what the patterns find in the files, line by line. Raises re.error."""
    all_of_them = [_expression(pattern) for pattern in patterns]
    for file in files if patterns else ():
        expressions = worth_trying(patterns, file.text) if len(files) >= MANY else all_of_them
        for number, (line, text) in enumerate(zip(file.lines, file.statements, strict=True)):
            for expression in expressions if line else ():
                for found in expression.finditer(text):
                    if found.start() < len(line):
                        yield _mark(file, number, found)


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _mark(file: File, number: int, found: re.Match[str]) -> Mark:
    groups = found.groupdict()
    prefix = groups.get("prefix", groups.get("path"))
    prefix = "" if prefix and "prefix" in groups and not prefix.strip("/") else prefix
    text = found.string[found.end() :]
    names = ",".join(re.findall(r"[\w$]+", groups.get("names") or "")) or groups.get("on") or ""
    return Mark(
        file,
        number,
        found.start(),
        names,
        groups.get("of") or "",
        prefix,
        text,
        groups.get("module") or "",
        "chain" in groups,
    )


def stem(module: str) -> str:
    """Return what an import says of a file as a plain path, without what languages leave out."""
    path = module if "/" in module else module.replace("::", "/").replace(".", "/")
    return _bare(re.sub(r"^(?:[.~@]*/)+|^crate/", "", path))


def _bare(path: str) -> str:
    return re.sub(r"(?:^|/)(?:index|__init__|mod)$", "", re.sub(r"\.\w{1,3}$", "", path))


def decorators(lines: Sequence[str], number: int) -> Iterator[int]:
    """Yield the numbers of the lines right above and below one that are decorators."""
    for step in (-1, 1):
        beside = number + step
        while 0 <= beside < len(lines) and _DECORATOR.match(lines[beside]):
            yield beside
            beside += step


def enclosing(file: File, number: int) -> list[int]:
    """Return the numbers of the lines whose blocks a line is in, the inner first."""
    found, indent = [], file.indents[number]
    for above in range(number - 1, -1, -1):
        line = file.lines[above]
        if line and file.indents[above] < indent and not _BRACKETS.match(line):
            found.append(above)
            indent = file.indents[above]
    return found


def holds(block: Mark, route: Mark, around: Sequence[int]) -> bool:
    """Whether a route lies in a block: below its line, or on it and behind its beginning."""
    if block.file is not route.file:
        return False
    return block.line in around or (block.line == route.line and block.start < route.start)
