"""Files of code, read for what their lines say: without comments, statement by statement, block by block.

Blocks are told by their indentation, which all languages share.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from gitopsgen.detect.needed import MANY, worth_trying
from gitopsgen.detect.variables import LONGEST_LINE

_LONGEST_STATEMENT = 40  # lines
_LONGEST_TEXT = 4000
"""Characters of a statement; one more line may stand behind."""
_BRACKETS = re.compile(r"^[\s(){}\[\];,]*(?:end)?[\s)}\];,]*$")
_DECORATOR = re.compile(r"^\s*(?:@|#?\[)")
_COMMENT = re.compile(
    r"""\"(?:[^"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`"""
    r"""|(?P<comment>(?<![^\s;,(){}])(?://.*|/\*.*?(?:\*/|$))|(?<![^\s;])\#(?![\[{]).*)"""
)
_BODY = re.compile(r"(?:\)(?:\s*:\s*[?\w]+)?|[=-]>|\|\s*async(?: move)?|\|)\s*\{$")
_NAME = re.compile(r"(\(\?P<\w+>(\[?\\w\$?\]?)\+\))")


class File(NamedTuple):
    """The lines of a file, comments empty, and each with those that its open brackets reach; `text` is all of these.

    `ends` are the numbers of the lines that close these brackets, None where that is too far away.
    """

    path: str
    lines: Sequence[str]
    statements: Sequence[str]
    indents: Sequence[int]
    text: str
    ends: Sequence[int | None]

    @property
    def stem(self) -> str:
        """Its path as imports say it."""
        return _bare(self.path)


class Mark(NamedTuple):
    """A line that puts what is called `on` below a path of what is called `of`; a `prefix` of None is not told.

    `module` is where `on` comes from, as the line says it, or the port of a server; `rest` is what stands behind on
    the line; `chained`: it is one of a chain of calls.
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
    """Return lines without the blocks that `block` has the begin and the end of; no line is left out for that."""
    if "block" not in source:
        return list(lines)
    first, last = map(re.compile, source["block"])
    kept, inside = list[str](), False
    for line in lines:
        opened = None if inside else first.search(line)
        if not (inside or opened):
            kept.append(without_comments(line, first))
            inside = any(not line.endswith("*/") for _, end in comments(line, first) if end == len(line))
            continue
        kept.append("")
        inside = not last.search(line, opened.end() if opened else 0)
    return kept


def without_comments(line: str, begins: re.Pattern[str]) -> str:
    """Return a line without the comments on it."""
    for start, end in reversed(list(comments(line, begins))):
        line = f"{line[:start]} {line[end:]}"
    return line.rstrip()


def comments(line: str, begins: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield from where to where comments are on a line, outside of texts; they begin as `begins` says lines do."""
    for found in _COMMENT.finditer(line) if "/" in line or "#" in line else ():
        if found["comment"] and begins.match(found[0]):
            yield found.span()


def read_file(path: str, lines: Sequence[str], skip: re.Pattern[str]) -> File:
    """Return a file of these lines; those that `skip` finds something in are empty."""
    lines = ["" if len(line) > LONGEST_LINE or skip.search(line) else line.expandtabs(4) for line in lines]
    lines = [without_comments(line, skip) for line in lines]
    indents = [len(line) - len(line.lstrip()) for line in lines]
    read = [_statement(lines, indents, number) if line else ("", number) for number, line in enumerate(lines)]
    statements = [text for text, _ in read]
    return File(path, lines, statements, indents, "\n".join(statements), [end for _, end in read])


def _statement(lines: Sequence[str], indents: Sequence[int], number: int) -> tuple[str, int | None]:
    """Return a line with those that follow while it has open round brackets, or is a decorator; and which closes them.

    Bodies of functions are left out: what stands behind them belongs to what stands before.
    """
    text, decorates = lines[number], _DECORATOR.match(lines[number])
    closed = number if _is_closed(text) else None
    taken, body = 1, indents[number] if _BODY.search(text) else None
    for at in range(number + 1, len(lines)):
        line = lines[at]
        if body is not None and (not line or indents[at] > body):
            continue
        far = taken == _LONGEST_STATEMENT or len(text) > _LONGEST_TEXT
        if far or (closed is not None and not decorates):
            break
        decorates = _DECORATOR.match(line) if _is_closed(text) else decorates
        text, taken = f"{text} {line.strip()}", taken + 1
        closed = at if closed is None and _is_closed(text) else closed
        body = indents[at] if _BODY.search(line) else None
    return text, closed


def _is_closed(text: str) -> bool:
    return text.count("(") <= text.count(")")


def marks_of(files: Sequence[File], patterns: Sequence[str]) -> Iterator[Mark]:
    """Yield what the patterns find in the files, line by line. Raises re.error."""
    patterns = [from_the_first_letter(pattern) for pattern in patterns]
    all_of_them = [re.compile(pattern) for pattern in patterns]
    for file in files if patterns else ():
        expressions = worth_trying(patterns, file.text) if len(files) >= MANY else all_of_them
        for number, (line, text) in enumerate(zip(file.lines, file.statements, strict=True)):
            for expression in expressions if line else ():
                for found in expression.finditer(text):
                    if found.start() < len(line):
                        yield _mark(file, number, found)


@cache
def from_the_first_letter(pattern: str) -> str:
    """Return a pattern that tries a name it begins with as a whole only: a line may be one long word."""
    named = _NAME.match(pattern)
    return f"(?<!{named[2]}){pattern}" if named else pattern


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
        groups.get("module") or groups.get("port") or "",
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
