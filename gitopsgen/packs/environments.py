"""What an environment says for itself: a cluster of its own, fields of the operator that are different there."""

from collections.abc import Iterator
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.packs.choice import choose
from gitopsgen.spec.sections import ENVIRONMENTS, PREVIEWS, SECTIONS, Section

# A system of its own, and the system whose fields are varied.
_OWN, _VARIED = "cluster", "gitops"


def _section(kind: str) -> Section:
    return next(section for section in SECTIONS if section.kind == kind)


def _each(data: dict[str, Any], kind: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the place and the data of every environment that has a section of a kind, and of previews."""
    environments = data.get(ENVIRONMENTS)
    places: list[tuple[Path, Any]] = [((PREVIEWS,), data.get(PREVIEWS))]
    places += (
        [((ENVIRONMENTS, name), own) for name, own in environments.items()] if isinstance(environments, dict) else []
    )
    for at, own in places:
        if isinstance(own, dict) and isinstance(own.get(kind), dict):
            yield at, own


def environment_packs(
    doc: SourceDoc, data: dict[str, Any], section: Section, catalogue: Catalogue
) -> list[Pack | Diagnostic | None]:
    """Return the packs that environments choose for a section, in their order."""
    if section.kind != _OWN:
        return []
    return [choose(doc, own, section, catalogue, at) for at, own in _each(data, _OWN)]


def environment_errors(doc: SourceDoc, data: dict[str, Any], catalogue: Catalogue) -> list[Diagnostic]:
    """Return every mistake in the sections of environments that the models cannot see."""
    from gitopsgen.packs.fields import field_errors

    section, problems = _section(_OWN), []
    for at, own in _each(data, _OWN):
        pack = choose(doc, own, section, catalogue, at)
        if isinstance(pack, Diagnostic):
            problems.append(pack)
        elif pack is not None:
            problems += field_errors(doc, own[_OWN], section, pack, catalogue, at)
    return problems + varied_errors(doc, data, catalogue)


def varied_errors(doc: SourceDoc, data: dict[str, Any], catalogue: Catalogue) -> list[Diagnostic]:
    """Return every mistake in the operator's fields that environments vary; the schema does not know the operator."""
    varied = list(_each(data, _VARIED))
    pack = choose(doc, data, _section(_VARIED), catalogue) if varied else None
    if pack is None or isinstance(pack, Diagnostic):
        return []
    from gitopsgen.packs.fields import varied_field_errors

    return [
        wrong for at, own in varied for wrong in varied_field_errors(doc, own[_VARIED], pack, catalogue, (*at, _VARIED))
    ]


def one_place_for_clusters(doc: SourceDoc, data: dict[str, Any], operator: Pack | None) -> list[Diagnostic]:
    """Warn where environments that have clusters of their own in push mode all go to one by the operator."""
    fields = operator.get("data", {}).get("destination", ()) if operator else ()
    if data["mode"] != "pull" or not fields:
        return []
    there: dict[str, tuple[str, Any]] = {}
    for name, own in data.get(ENVIRONMENTS, {}).items():
        cluster = own.get(_OWN, data.get(_OWN))
        varied = {**data.get(_VARIED, {}), **own.get(_VARIED, {})}
        first, its = there.setdefault(repr([varied.get(field) for field in fields]), (name, cluster))
        if cluster != its:
            message = f"{name} and {first} have clusters of their own in push mode, and the operator syncs both to one"
            cure = f"say by `gitops.{'` or `gitops.'.join(fields)}` of {name} where it runs, or remove its `{_OWN}`"
            return [doc.find("rule.one-cluster", message, cure, (ENVIRONMENTS, name))._replace(severity="warning")]
    return []
