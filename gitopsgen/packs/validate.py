"""Stage 2: a parsed spec against the models, the packs it chooses, and the rules across fields."""

import functools
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from gitopsgen.core import assets
from gitopsgen.core.diagnostic import Diagnostic, has_errors
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.packs.choice import choose
from gitopsgen.packs.environments import environment_errors, environment_packs, one_place_for_clusters, varied_errors
from gitopsgen.packs.lifetime import end_of_life, no_image
from gitopsgen.packs.limits import limits_below_requests
from gitopsgen.packs.previews import unfit_previews
from gitopsgen.packs.workload import unfit_workload
from gitopsgen.spec.rules import broken_rules
from gitopsgen.spec.sections import SECTIONS, Section, expand

WORKLOAD = "workload"
REPOSITORY = "repository"


class AppSpec(NamedTuple):
    """A checked spec: `data` with short forms written out, `packs` the chosen pack of each kind."""

    path: str
    data: dict[str, Any]
    packs: Mapping[str, Pack]


def validate(doc: SourceDoc, catalogue: Catalogue) -> tuple[AppSpec | None, list[Diagnostic]]:
    """Check a document. Returns the spec, or None with every mistake; warnings may come with a spec."""
    data = expand(doc.data)
    if not _is_good(data, catalogue):
        problems = _explain(doc, data, catalogue)
        if has_errors(problems):
            return None, [*problems, *_broken_anyway(doc, problems, catalogue)]
    packs, problems = _across_fields(doc, data, catalogue)
    if not has_errors(problems):
        problems += _without_pack(doc, data, packs)
    if not has_errors(problems):
        problems += end_of_life(doc, data["runtime"], packs["runtime"])
        problems += no_image(doc, data["runtime"], packs["runtime"])
        problems += limits_below_requests(doc, data, packs[WORKLOAD].manifest["data"]["sizes"])
    if has_errors(problems):
        return None, problems
    return AppSpec(doc.path, data, packs), problems


def _across_fields(
    doc: SourceDoc, data: dict[str, Any], catalogue: Catalogue
) -> tuple[dict[str, Pack], list[Diagnostic]]:
    """Return the packs that good data chooses, and what is wrong in more than one field."""
    packs, problems = select(doc, data, catalogue)
    problems += [
        *varied_errors(doc, data, catalogue),
        *broken_rules(doc, data),
        *_image_misfit(doc, data, packs.get("registry")),
        *_ci_elsewhere(doc, data, packs),
        *_approval_not_held(doc, data, packs.get("ci")),
        *unfit_previews(doc, data, packs),
        *_no_images(doc, data, packs.get("gitops")),
        *one_place_for_clusters(doc, data, packs.get("gitops")),
        *unfit_workload(doc, data, packs),
    ]
    return packs, problems


def _broken_anyway(doc: SourceDoc, problems: list[Diagnostic], catalogue: Catalogue) -> list[Diagnostic]:
    """Return the rules across fields that a spec with mistakes breaks, whatever is right in the place of these."""
    from gitopsgen.spec.repairs import repairs

    mended = [expand(data) for data in repairs(doc, problems)]
    good = [data for data in mended if _is_good(data, catalogue)]
    if not good or (len(good) == 1 and len(mended) > 1):
        return []
    found = [[one for one in _across_fields(doc, data, catalogue)[1] if one.severity == "error"] for data in good]
    told = {problem.position for problem in problems}
    # Words that differ speak of what was put in the place of a mistake, and nobody wrote that.
    everywhere = set.intersection(*map(set, found))
    return [one for one in found[0] if one in everywhere and one.position not in told]


def _is_good(data: dict[str, Any], catalogue: Catalogue) -> bool:
    """Whether the schema accepts the data; quick, and says nothing about what is wrong."""
    return not _has_float_or_null(data) and bool(_validator(catalogue).is_valid(data))


def _has_float_or_null(value: Any) -> bool:
    """JSON Schema takes 3.0 for a whole number and the models do not; no field holds a fraction or nothing."""
    if isinstance(value, dict):
        return any(_has_float_or_null(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_float_or_null(item) for item in value)
    return value is None or isinstance(value, float)


def _validator(catalogue: Catalogue) -> Any:
    if not catalogue.has_own_packs:
        return _shipped_validator()
    import jsonschema_rs

    from gitopsgen.packs.schema import spec_schema

    return jsonschema_rs.validator_for(spec_schema(catalogue))


@functools.cache
def _shipped_validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(assets.schema_text("gitopsgen.schema"))


def _explain(doc: SourceDoc, data: dict[str, Any], catalogue: Catalogue) -> list[Diagnostic]:
    from gitopsgen.spec.errors import missing_values, model_errors, other_version

    other = other_version(doc)
    if other is not None:
        return [other]
    problems = [*missing_values(doc), *model_errors(doc, data)]
    told = {found.position for found in problems}
    for section in SECTIONS:
        # A section that this mode does not need must be right all the same: the mode may change.
        problems += [found for found in _section(doc, data, section, catalogue) if found.position not in told]
    problems += [found for found in environment_errors(doc, data, catalogue) if found.position not in told]
    if not problems:
        raise AssertionError("the exported schema refuses a spec that the models accept")
    return problems


def _section(doc: SourceDoc, data: dict[str, Any], section: Section, catalogue: Catalogue) -> list[Diagnostic]:
    pack, written = choose(doc, data, section, catalogue), data.get(section.kind)
    if isinstance(pack, Diagnostic):
        return [pack]
    if pack is None or not isinstance(written, dict):
        return []
    from gitopsgen.packs.fields import field_errors

    return field_errors(doc, written, section, pack, catalogue)


def select(doc: SourceDoc, data: dict[str, Any], catalogue: Catalogue) -> tuple[dict[str, Pack], list[Diagnostic]]:
    """Return the packs that the spec chooses, and a Diagnostic for each name that no pack has.

    A pack stands under its kind; one that only an environment chooses stands under its id.
    """
    packs: dict[str, Pack] = {}
    problems: list[Diagnostic] = []
    for section in SECTIONS:
        if section.mode not in ("", data.get("mode")):
            continue
        for found in [choose(doc, data, section, catalogue), *environment_packs(doc, data, section, catalogue)]:
            if isinstance(found, Diagnostic):
                problems.append(found)
            elif found is not None and found not in packs.values():
                packs[found.id if section.kind in packs else section.kind] = found
    for kind in (WORKLOAD, REPOSITORY):
        pack = catalogue.default(kind)
        if pack is not None:
            packs[kind] = pack
    return packs, problems


def _without_pack(doc: SourceDoc, data: dict[str, Any], packs: Mapping[str, Pack]) -> list[Diagnostic]:
    """Report a kind that the delivery needs and for which nothing is chosen: a pack of ours was overridden so."""
    needed = [section.kind for section in SECTIONS if section.mode in ("", data["mode"])]
    cure = "write `default: true` in the pack.yaml of one"
    return [
        doc.find("pack.no-default", f"no {kind} pack is the default, and the spec names none", cure, (kind,))
        for kind in (*needed, WORKLOAD)
        if kind not in packs
    ]


def _image_misfit(doc: SourceDoc, data: dict[str, Any], registry: Pack | None) -> list[Diagnostic]:
    """Report an image name that the registry would refuse when it is pushed."""
    shape = registry.get("image", None) if registry else None
    if shape is None or re.search(shape["pattern"], data["image"]):
        return []
    return [doc.find("rule.image-name", f'"{data["image"]}" is no image name here', shape["says"], ("image",))]


def _ci_elsewhere(doc: SourceDoc, data: dict[str, Any], packs: Mapping[str, Pack]) -> list[Diagnostic]:
    """Warn when the repository is on another host than the one the CI system belongs to.

    A host of one's own may run any CI system: who names one has chosen it.
    """
    ci, known = packs.get("ci"), packs[REPOSITORY].get("data", {}).get("hosts", {}) if REPOSITORY in packs else {}
    host = ci.get("data", {}).get("host", "").partition("://")[2] if ci else ""
    url = str(data.get("repository", ""))
    if ci is None or not host or not url or host in url.replace("@", "/").split("/"):
        return []
    if "name" in data.get("ci", {}) and not any(other in url.replace("@", "/").split("/") for other in known):
        return []
    message = f"{ci.get('title', ci.name)} runs for repositories on {host}, and this one is on another host"
    cure = "name the CI system of that host in `ci:`; this one, if the host runs it"
    return [doc.find("rule.ci-elsewhere", message, cure, ("repository",))._replace(severity="warning")]


def _approval_not_held(doc: SourceDoc, data: dict[str, Any], ci: Pack | None) -> list[Diagnostic]:
    """Warn when a person shall approve, and the CI system may not wait for it."""
    approval = ci.get("offers", {}).get("approval") if ci else None
    if approval is None or data.get("ci", {}).get(approval["unless"], False):
        return []
    return [
        doc.find(
            "rule.approval-not-held", approval["caution"], approval["cure"], ("environments", name, "promotion")
        )._replace(severity="warning")
        for place, (name, own) in enumerate(data.get("environments", {}).items())
        if own.get("promotion", "approval" if place and data["mode"] == "push" else "") == "approval"
    ]


def _no_images(doc: SourceDoc, data: dict[str, Any], operator: Pack | None) -> list[Diagnostic]:
    """Refuse that the operator records images where it cannot."""
    reason = operator.get("offers", {}).get("images", "") if operator else ""
    if operator is None or not reason or data.get("gitops", {}).get("images") != "operator":
        return []
    message = f"{operator.get('title', operator.name)} cannot record images itself: {reason}"
    return [doc.find("rule.no-image-automation", message, "remove `images`: CI records them", ("gitops", "images"))]
