"""`.gitopsgen/pins.yaml`: committed, an input like the spec, and untrusted: whatever is odd in it is a Diagnostic."""

import os
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic, in_order
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.yamldoc import Path, SourceDoc, parse

PINS = RepoPath(".gitopsgen/pins.yaml")
_CURE = "`gitopsgen pin --update` writes this file"


class ImagePin(NamedTuple):
    """The digest that an image reference had on the day `checked`."""

    digest: str
    checked: str


class ActionPin(NamedTuple):
    """The commit that a tag of an action's repository stood for on the day `checked`."""

    tag: str
    sha: str
    checked: str


class ToolPin(NamedTuple):
    """The version of a tool that the pipeline installs."""

    version: str
    checked: str


class Pins(NamedTuple):
    """What is recorded: images by reference with tag, actions by owner/repository, tools by name."""

    images: Mapping[str, ImagePin] = {}
    actions: Mapping[str, ActionPin] = {}
    tools: Mapping[str, ToolPin] = {}


NO_PINS = Pins()

# A host with a dot or a port, or `localhost`, then the path; always with a tag, never with a digest.
IMAGE = re.compile(
    r"(?:(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?|[a-z0-9-]+:[0-9]{1,5}|localhost)/)?"
    r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
    r":[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z"
)
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}\Z")
TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}\Z")
_TOOL = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}\Z")
_FIELDS = {
    "digest": (re.compile(r"sha256:[0-9a-f]{64}\Z"), "sha256: and 64 hexadecimal digits"),
    "sha": (re.compile(r"[0-9a-f]{40}\Z"), "the 40 hexadecimal digits of a commit"),
    "tag": (TAG, "the name of a tag"),
    "version": (re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}\Z"), "a version, in quotes"),
    "checked": (re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z"), "a date such as 2026-11-27"),
}


class _Kind(NamedTuple):
    name: re.Pattern[str]
    form: str
    make: type[ImagePin] | type[ActionPin] | type[ToolPin]


_KINDS = {
    "images": _Kind(IMAGE, "an image with its tag, such as node:24.21.0-trixie-slim", ImagePin),
    "actions": _Kind(REPOSITORY, "owner/repository", ActionPin),
    "tools": _Kind(_TOOL, "the name of a tool", ToolPin),
}


def read_pins(root: Root) -> Pins | list[Diagnostic]:
    """Read what the repository has pinned. Gives `pins.unreadable` and `pins.invalid`."""
    try:
        raw = pins_source(root)
    except (OSError, UnsafePathError) as error:
        return [Diagnostic("pins.unreadable", str(error), "put a file of your own there, not a link", PINS)]
    return NO_PINS if raw is None else parse_pins(raw)


def pins_source(root: Root) -> bytes | None:
    """Return the text of the pins file, None without one. Raises OSError and UnsafePathError for what is no file."""
    if os.path.islink(f"{root.path}/{os.path.dirname(PINS)}"):
        return None  # the packs say what is wrong with such a link
    return root.read(PINS)


def parse_pins(raw: bytes) -> Pins | list[Diagnostic]:
    """Return what the text of a pins file records, or every mistake in it."""
    doc = parse(PINS, raw)
    if isinstance(doc, Diagnostic):
        return [doc._replace(cure=_CURE) if doc.code == "yaml.empty" else doc]
    problems: list[Diagnostic] = []
    found: dict[str, dict[str, Any]] = {}
    for section, entries in doc.data.items():
        if section not in _KINDS:
            problems.append(_unknown(doc, (section,), "section", _KINDS))
        elif not isinstance(entries, dict):
            problems.append(_wrong(doc, (section,), f'"{section}" is not a mapping'))
        else:
            found[section] = _entries(doc, section, entries, problems)
    return in_order(problems) if problems else Pins(**found)


def _entries(doc: SourceDoc, section: str, entries: dict[str, Any], problems: list[Diagnostic]) -> dict[str, Any]:
    kind = _KINDS[section]
    good = {}
    for name, entry in entries.items():
        at = (section, name)
        wrong = [] if kind.name.match(name) else [_wrong(doc, at, f'"{name}" is not {kind.form}', key=True)]
        wrong += _wrong_fields(doc, at, entry, kind.make._fields)
        if not wrong:
            good[name] = kind.make(**entry)
        problems += wrong
    return good


def _wrong_fields(doc: SourceDoc, at: Path, entry: Any, fields: tuple[str, ...]) -> list[Diagnostic]:
    if not isinstance(entry, dict):
        return [_wrong(doc, at, f"not a mapping with {', '.join(fields)}")]
    wrong = [_unknown(doc, (*at, field), "field", fields) for field in entry if field not in fields]
    for field in fields:
        pattern, form = _FIELDS[field]
        value = entry.get(field)
        if field not in entry:
            wrong.append(_wrong(doc, at, f'"{field}" is missing', key=True))
        elif not isinstance(value, str) or not pattern.match(value):
            wrong.append(_wrong(doc, (*at, field), f'"{field}" is not {form}'))
    return wrong


def _unknown(doc: SourceDoc, at: Path, what: str, known: Any) -> Diagnostic:
    message = f'"{at[-1]}" is no {what} of the pins{did_you_mean(str(at[-1]), list(known))}'
    return doc.find("pins.invalid", message, _CURE, at, key=True)


def _wrong(doc: SourceDoc, at: Path, message: str, *, key: bool = False) -> Diagnostic:
    return doc.find("pins.invalid", message, _CURE, at, key=key)


def pins_text(pins: Pins) -> bytes:
    """Return the text of the pins file, sorted, a block for each entry so that git merges it."""
    lines = ["---\n# What `gitopsgen pin --update` recorded, and what you set; commit it. Every generate goes by it.\n"]
    for section in _KINDS:
        entries: Mapping[str, Any] = getattr(pins, section)
        lines += [f"{section}:\n"] if entries else []
        for name, entry in sorted(entries.items()):
            values = "".join(f"    {field}: {_quoted(field, value)}\n" for field, value in entry._asdict().items())
            lines.append(f'  "{name}":\n{values}')
    return "".join(lines if any(pins) else [*lines, "images: {}\n"]).encode()


def _quoted(field: str, value: str) -> str:
    return value if field == "digest" else f'"{value}"'
