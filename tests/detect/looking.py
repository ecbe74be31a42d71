"""A repository looked at with the pack of one runtime."""

from pathlib import Path
from typing import Any

from gitopsgen.detect import Detection, detect
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue

APPS = Path(__file__).parents[1] / "images/apps"
_PACKS = Catalogue((BUILT_IN,))


def look(runtime: str, root: Path) -> Detection:
    """Detect with the runtime's pack alone."""
    pack = _PACKS.pack("runtime", runtime)
    assert pack
    return detect(str(root), [pack.manifest])


def values(found: Detection) -> dict[str, Any]:
    """Return the facts by field, those of the runtime without its name in front."""
    return {fact.field.removeprefix("runtime."): fact.value for fact in reversed(found.facts)}
