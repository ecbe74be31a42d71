"""What `explain` finds out, as values."""

from typing import NamedTuple


class FieldHelp(NamedTuple):
    """One field of the spec. `default` and `because` are empty when there is none; `pack` owns a system's field."""

    field: str
    type: str
    description: str
    required: bool
    default: str
    because: str
    examples: tuple[str, ...]
    pack: str = ""


class FileHelp(NamedTuple):
    """One generated file: where it comes from, and which fields of the spec change it."""

    path: str
    pack: str
    template: str
    layer: str
    ownership: str
    blocks: tuple[str, ...]
    depends_on: tuple[str, ...]
