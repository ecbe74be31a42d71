"""How a value is written in each output language, so that it is one value there whatever is in it.

Each function takes any plain value and returns text, or raises EscapeError for what the language cannot hold.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from gitopsgen.core.command import Command

Escape = Callable[[Any], str]


class EscapeError(ValueError):
    """A value that an output language cannot carry."""


# Plain in YAML 1.1 and 1.2 alike: starts with a letter, and no word that any reader takes for something else.
_PLAIN = re.compile(
    r"[A-Za-z/][A-Za-z0-9_./@-]*(:[A-Za-z0-9_./@-]+)*\Z"
    r"|[A-Za-z][A-Za-z0-9_./@-]*( [A-Za-z0-9_./@-]+)*\Z"
    r"|[1-9][0-9]*(m|Mi|Gi)\Z"
)
_FLOW_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*\Z")
_NOT_TEXT = re.compile(r"(?i:null|true|false|yes|no|on|off|y|n|nan|inf)\Z")
_SPECIAL = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]")
_SHELL_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+\Z")
_INSIDE = re.compile(r"[A-Za-z0-9_./@:+\[\]-]+\Z")
_GROOVY = re.compile(
    "[\\\\'\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]"
)
_DOCKER_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+\Z")
_DOCKER_COMMAND = re.compile(r"[A-Za-z0-9_@%+:,./][A-Za-z0-9_@%+:,./-]*( [A-Za-z0-9_@%+=:,./-]+)*\Z")
# What a shell takes for its own, and what would change it for the commands after.
_SHELL_WORD = re.compile(
    r"(\.|:|alias|break|case|cd|continue|do|done|elif|else|esac|eval|exec|exit|export|fi|for|function|hash|if|in|readonly|"
    r"return|select|set|shift|source|then|time|times|trap|ulimit|umask|unalias|unset|until|wait|while)\Z"
)


def yaml(value: Any) -> str:
    """One YAML node: a scalar, or a list or mapping in flow style. Right for YAML 1.1 and 1.2 readers."""
    if isinstance(value, str):
        if _PLAIN.match(value) and not _NOT_TEXT.match(value):
            return value
        return _quoted(value)
    if value is None or isinstance(value, (bool, int)):
        return json.dumps(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_in_flow(str(key))}: {_in_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_in_flow(item) for item in value) + "]"
    raise EscapeError(f"{type(value).__name__} has no form in YAML")


def _in_flow(value: Any) -> str:
    """Quote more than a block needs: readers differ about colons inside brackets."""
    if isinstance(value, str) and not _FLOW_PLAIN.match(value):
        return _quoted(value)
    return yaml(value)


def _quoted(text: str) -> str:
    _refuse_surrogates(text)
    return _SPECIAL.sub(_yaml_escape, json.dumps(text, ensure_ascii=False))


def _yaml_escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def shell(value: Any, variables: Collection[str] = ()) -> str:
    """One word of a POSIX shell; a list becomes one word each.

    Names of `variables` in a text stand for the values of these shell variables.
    """
    if variables:
        longest_first = sorted(variables, key=len, reverse=True)
        parts = re.split(f"({'|'.join(longest_first)})", _text(value))
        return "".join(f'"${part}"' if part in variables else shell(part) for part in parts if part)
    if isinstance(value, (list, tuple)):
        return " ".join(shell(item) for item in value)
    text = _text(value)
    if "\0" in text:
        raise EscapeError("a NUL character has no form in a shell word")
    return text if _SHELL_SAFE.match(text) else "'" + text.replace("'", "'\"'\"'") + "'"


def dockerfile(value: Any) -> str:
    """One argument of a Dockerfile instruction; a list becomes the JSON form of CMD and ENTRYPOINT."""
    if isinstance(value, (list, tuple)):
        return json.dumps([_text(item) for item in value])
    text = _text(value)
    if _DOCKER_SAFE.match(text):
        return text
    if not text.isprintable():
        raise EscapeError("a control character has no form in a Dockerfile instruction")
    return '"' + re.sub(r'(["\\$])', r"\\\1", text) + '"'


def docker_command(text: str) -> str:
    """Write the author's command as one command of a RUN instruction: what stands around it stays as it is.

    Anything but a program with plain arguments goes to a shell of its own: a comment, an open quote, `cd`, `exit` or a
    here-document would reach into the rest of the instruction, or of the file.
    """
    first = text.partition(" ")[0]
    plain = _DOCKER_COMMAND.match(text) and not _SHELL_WORD.match(first)
    return text if plain else shell(["sh", "-c", text])


def groovy(value: Any) -> str:
    """One single-quoted Groovy string, in which nothing is expanded; one of several lines keeps its lines."""
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(groovy(item) for item in value) + "]"
    text = _text(value)
    quote = "'''" if "\n" in text else "'"
    return quote + _GROOVY.sub(_groovy_escape, text) + quote


def _groovy_escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in "\\'":
        return "\\" + character
    return f"\\u{ord(character):04x}"


def lines(value: Any) -> str:
    """A part of a line in a file of lines, such as an ignore file."""
    text = _text(value)
    if not text.isprintable():
        raise EscapeError("a control character has no form in a file of lines")
    return text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        _refuse_surrogates(str(value))
        return str(value)
    raise EscapeError(f"{type(value).__name__} has no form here")


def _refuse_surrogates(text: str) -> None:
    """Refuse half a character, which no file in UTF-8 can hold."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise EscapeError("half of a surrogate pair has no form in UTF-8")


LANGUAGES: dict[str, Escape] = {
    "yaml": yaml,
    "shell": shell,
    "dockerfile": dockerfile,
    "lines": lines,
    "groovy": groovy,
}


class Inside(str):
    """A value that was proved harmless in the middle of a larger text, see `inside`."""

    __slots__ = ()


def inside(value: Any) -> Inside:
    """Allow a value in the middle of a scalar, word or argument: only characters that no language gives a meaning."""
    text = _text(value)
    if not _INSIDE.match(text):
        raise EscapeError(f"{text!r} cannot stand inside a larger text; let it be a value of its own")
    return Inside(text)


def remark(value: Any) -> Inside:
    """Allow a line of text in a comment that goes to the end of its line, in any language."""
    text = _text(value)
    if not text.isprintable() or "\\" in text:
        raise EscapeError(f"{text!r} has no form in a comment")
    return Inside(text)


def finalizer(language: str, literals: Mapping[str, str]) -> Escape:
    """Return what the template engine applies to every interpolated value of one output language.

    `literals` maps texts that the reader of the file would act on to the way they are written when they are data.
    """
    escape = LANGUAGES[language]
    pattern = re.compile("|".join(re.escape(text) for text in literals)) if literals else None

    def literal(value: Any) -> Any:
        if pattern is None:
            return value
        if isinstance(value, str):
            return pattern.sub(lambda match: literals[match[0]], value)
        if isinstance(value, (list, tuple)):
            return [literal(item) for item in value]
        if isinstance(value, Mapping):
            return {key: literal(item) for key, item in value.items()}
        return value

    def finalize(value: Any) -> str:
        if isinstance(value, Inside):
            return str(value)
        if isinstance(value, Command) and language == "shell":
            return str(value)
        if isinstance(value, Command) and language == "dockerfile":
            return docker_command(str(value))
        return escape(literal(value))

    return finalize
