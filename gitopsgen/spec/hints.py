"""Cures for the mistakes that people make most, made from what they wrote."""

import re
from typing import Any

from gitopsgen.spec import patterns

_SSH_SHORT = re.compile(r"git@([A-Za-z0-9.-]+):(.+)")
_PERCENT = re.compile(r"[0-9]+ ?%")
_PLAIN_WORDS = re.compile(r"[A-Za-z0-9_./-]+( [A-Za-z0-9_./-]+)*")


def for_text(pattern: str, value: str) -> str:
    """Return what to write instead of a text that its pattern refuses, empty when there is no good guess."""
    if pattern == patterns.IMAGE:
        return _image(value)
    if pattern == patterns.REPOSITORY:
        return _repository(value)
    if pattern == patterns.COMMAND and "\n" in value.strip():
        return "join the commands by &&, or put them in a script of the app"
    return ""


def for_type(value: Any, expected: str) -> str:
    """Return how to write a value of the wrong type, empty when there is no good guess."""
    if expected == "a list" and isinstance(value, str) and _PLAIN_WORDS.fullmatch(value):
        return f"write [{', '.join(value.split())}]"
    if expected == "a whole number" and isinstance(value, str) and value.isascii() and value.isdigit():
        return f"write {value} without quotes"
    if expected == "a whole number" and isinstance(value, str) and _PERCENT.fullmatch(value):
        return f"write {value.rstrip('% ')}: the unit is known"
    return ""


def _image(value: str) -> str:
    name = value.partition("@")[0]
    path, colon, tag = name.rpartition(":")
    name, tag = (path, tag) if colon and "/" not in tag else (name, "")
    better = name.lower()
    if "/" not in better or not re.search("[.:]", better.partition("/")[0]):
        better = f"docker.io/{better}"
    if better == value or not re.search(patterns.IMAGE, better):
        return ""
    why = "; CI makes the tag from the commit" if tag or "@" in value else ""
    return f"write {better}{why}"


def _repository(value: str) -> str:
    short = _SSH_SHORT.fullmatch(value)
    better = f"ssh://git@{short[1]}/{short[2]}" if short else re.sub("^https://[^@/]+@", "https://", value)
    return f"write {better}" if better != value and re.search(patterns.REPOSITORY, better) else ""
