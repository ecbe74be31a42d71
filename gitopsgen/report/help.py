"""What `explain` prints."""

import textwrap
from collections.abc import Sequence

from gitopsgen.core.help import FieldHelp, FileHelp

_OWNERSHIP = {
    "managed": "managed: rewritten when its text changes; an edit by hand is shown, never overwritten",
    "once": "once: created, then yours or CI's; never touched again",
    "block": "block: your file with one marked block of ours; only the block is rewritten",
}


def fields_text(fields: Sequence[FieldHelp]) -> str:
    """Return one line for each field."""
    width = max(len(field.field) for field in fields)
    return "".join(f"{field.field:{width}}  {_short(field)}\n" for field in fields)


def _short(field: FieldHelp) -> str:
    needed = "required" if field.required else f"default {field.default}" if field.because else "optional"
    owner = f" [{field.pack}]" if field.pack else ""
    return f"{needed}{owner}: {field.description}"


def field_text(fields: Sequence[FieldHelp]) -> str:
    """Return all that is known about a field and the fields below it."""
    return "\n".join(_field(field) for field in fields)


def others_text(section: str, systems: Sequence[str], shown: str) -> str:
    """Return where to read of the other systems of a section; nothing for a field that chooses none."""
    others = [system for system in systems if system != shown]
    if not others:
        return ""
    whose = f"this is what {shown} has" if shown else "each of its systems has fields and defaults of its own"
    return f"\n{whose}; `gitopsgen explain {section}/NAME` shows {', '.join(others)}\n"


def _field(field: FieldHelp) -> str:
    lines = [f"{field.field}\n", *_wrapped(field.description), f"    type:     {field.type}\n"]
    lines.append(f"    needed:   {'yes' if field.required else 'no'}\n")
    if field.because:
        lines.append(f"    default:  {field.default}\n    because:  {field.because}\n")
    if field.examples:
        lines.append(f"    example:  {field.field.rpartition('.')[2]}: {field.examples[0]}\n")
    if field.pack:
        lines.append(f"    pack:     {field.pack}\n")
    return "".join(lines)


def _wrapped(text: str) -> list[str]:
    return [f"    {line}\n" for line in textwrap.wrap(text, 100)]


def file_text(file: FileHelp) -> str:
    """Return all that is known about a generated file."""
    blocks = f"    blocks:   {', '.join(file.blocks)} (an override can fill them alone)\n" if file.blocks else ""
    template = f"    template: {file.template} ({file.layer})\n" if file.layer else ""
    override = f"    override: .gitopsgen/templates/{file.template}\n" if file.layer else ""
    depends = ", ".join(file.depends_on) or "no field of the spec"
    return (
        f"{file.path}\n    pack:     {file.pack}\n{template}    class:    {_OWNERSHIP[file.ownership]}\n"
        f"    depends:  {depends}\n{override}{blocks}"
    )
