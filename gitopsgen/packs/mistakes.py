"""A mistake in a pack that shows only when it is used, told at its place in pack.yaml."""

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import Path, SourceDoc, parse
from gitopsgen.packs.catalogue import MANIFEST, Catalogue, Pack, PackError


def mistake(catalogue: Catalogue, pack: Pack, code: str, message: str, cure: str, at: Path) -> PackError:
    """Return the error to raise for what stands at `at` in a pack's manifest."""
    found = catalogue.find_template(f"{pack.id}/{MANIFEST}")
    if found is None:
        return PackError([Diagnostic(code, message, cure, f"{pack.id}/{MANIFEST}")])
    layer, path = found
    shown = f"{layer.shown}/{pack.id}/{MANIFEST}"
    with open(path, "rb") as file:
        doc = parse(shown, file.read())
    if not isinstance(doc, SourceDoc):
        return PackError([Diagnostic(code, message, cure, shown)])
    return PackError([doc.find(code, message, cure, at)])
