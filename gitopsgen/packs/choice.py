"""Which pack a section of the spec chooses: by name, by the host of the image, or by default."""

import re
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.spec.sections import Section


def choose(
    doc: SourceDoc, data: dict[str, Any], section: Section, catalogue: Catalogue, at: Path = ()
) -> Pack | Diagnostic | None:
    """Return the pack that a section chooses, the default one without a choice; a Diagnostic for an unknown name.

    `data` holds the section, and lies at `at` in the document.
    """
    written = data.get(section.kind)
    name = written.get(section.selector) if isinstance(written, dict) else None
    if name is None:
        return _by_host(doc, data, catalogue) if section.kind == "registry" else catalogue.default(section.kind)
    pack = catalogue.pack(section.kind, name) if isinstance(name, str) and re.fullmatch("[a-z0-9-]+", name) else None
    if pack is None and isinstance(name, str):
        known = catalogue.names(section.kind)
        return doc.find(
            "spec.unknown-system",
            f'gitopsgen knows no {section.kind} "{name}"{did_you_mean(name, known)}',
            f"choose {', '.join(known)}",
            (*at, section.kind, section.selector),
        )
    return pack


def _by_host(doc: SourceDoc, data: dict[str, Any], catalogue: Catalogue) -> Pack | Diagnostic | None:
    """Return the registry pack that claims the image's host, else a default one that takes any host."""
    if "image" not in data:
        return catalogue.default("registry")
    host = str(data["image"]).partition("/")[0]
    packs = list(catalogue.all("registry"))
    for pack in packs:
        if host in pack.get("hosts", []) or (pack.get("default", False) and not pack.get("hosts", [])):
            return pack
    known = sorted(name for pack in packs for name in pack.get("hosts", []))
    return doc.find(
        "spec.unknown-registry",
        f"gitopsgen knows no registry {host}",
        f"so far it knows {', '.join(known)}; `registry:` names a pack of your own",
        ("image",),
    )
