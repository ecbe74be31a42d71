"""Which pack a section of the spec chooses: by name, by the host of the image, or by default."""

import re
from fnmatch import fnmatchcase
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
    """Return the registry pack that claims the image's host most closely, else a default one that takes any host."""
    if "image" not in data:
        return catalogue.default("registry")
    host = str(data["image"]).partition("/")[0]
    claims = [
        (len(pattern.replace("*", "")), "*" not in pattern, pack)
        for pack in catalogue.all("registry")
        for pattern in _hosts(pack)
        if fnmatchcase(host, pattern)
    ]
    if claims:
        return max(claims, key=lambda claim: claim[:2])[2]
    known = sorted(pattern for pack in catalogue.all("registry") for pattern in _hosts(pack))
    return doc.find(
        "spec.unknown-registry",
        f"gitopsgen knows no registry {host}",
        f"so far it knows {', '.join(known)}; `registry:` names a pack of your own",
        ("image",),
    )


def _hosts(pack: Pack) -> list[str]:
    """Return the patterns of the hosts that choose a pack: any, when it is a default that names none."""
    hosts: list[str] = pack.get("hosts", [])
    return hosts or (["*"] if pack.get("default", False) else [])
