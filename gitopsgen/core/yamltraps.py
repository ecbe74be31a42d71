"""What is refused in the text of a YAML document before it becomes data: a trap is an exception with its diagnostic."""

import re
from contextlib import suppress
from typing import Any

from gitopsgen.core.diagnostic import Position

DEEPEST = 60
"""Levels inside each other."""
LINE_END = re.compile(r"\r\n|\r|\n")
_UNPRINTABLE = "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
_UNPRINTABLE_ASCII = re.compile("[^\t\n\r\x20-\x7e]")
# YAML 1.1 ends a line at these, YAML 1.2 does not.
_OLD_LINE_ENDS = "\x85\u2028\u2029"
# What opens a node inside another one on the same line, and indentation that only deep nesting needs.
_NESTING = re.compile(r"[\[{]|[-?:][ \t]+(?=[-?:]\s)|\n {60}")


class TrapError(Exception):
    """A mistake in the text; its arguments are code, message, cure and position of the diagnostic."""

    def __init__(self, code: str, message: str, cure: str, position: Position) -> None:
        super().__init__(message)
        self.args = (code, message, cure, position)


def refuse_characters(text: str) -> None:
    """Refuse what YAML forbids in a file, and what its versions read differently."""
    # Compiled when it is needed: what covers all of Unicode takes ten times as long to compile as a spec to read.
    found = _UNPRINTABLE_ASCII.search(text) if text.isascii() else re.search(_UNPRINTABLE, text)
    if found is None:
        return
    before = LINE_END.split(text[: found.start()])
    name = f"U+{ord(found[0]):04X}"
    message, cure = f"the control character {name} is not allowed in YAML", "remove it"
    if found[0] == "\0":
        cure = "remove it; when there are many, the file is no UTF-8: save it as UTF-8"
    if found[0] in _OLD_LINE_ENDS:
        message = f"{name} ends a line for some YAML readers only"
    if found[0] in _OLD_LINE_ENDS or found[0] == "\ufeff":
        cure = f'remove it, or write "\\u{ord(found[0]):04x}" in double quotes'
    if found[0] == "\ufeff":
        message = "a byte order mark (U+FEFF) stands inside the file"
    raise TrapError("yaml.control-character", message, cure, Position(len(before), len(before[-1]) + 1))


def refuse_depth(text: str, loader: Any) -> None:
    """Refuse what would overflow the stack of the composer, which recurses without a limit that we could rely on."""
    import yaml

    if len(_NESTING.findall(text)) <= DEEPEST:
        return
    try:
        _count_levels(text, loader)
    except yaml.MarkedYAMLError as error:
        # The scanner runs ahead of the parser, and some releases have a limit of their own for it: look at what it has
        # taken before. A mistake of another kind is found again by the composer, and told there.
        with suppress(yaml.MarkedYAMLError):
            _count_levels(text[: error.problem_mark.index] if error.problem_mark else "", loader)


def _count_levels(text: str, loader: Any) -> None:
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise too_deep(event)


def start(node: Any) -> Position:
    """Return where a node or an event starts."""
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def too_deep(node: Any) -> TrapError:
    """Return the trap `yaml.too-deep` at a node or an event."""
    message = f"more than {DEEPEST} levels inside each other"
    return TrapError(
        "yaml.too-deep",
        message,
        "a spec needs four; remove levels, and an alias inside what it stands for",
        start(node),
    )
