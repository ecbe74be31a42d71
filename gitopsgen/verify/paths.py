"""Paths of the app: what the spec names must be in the repository.

The rules are data of the packs (`paths`). What the image cannot be built without is an error where the spec says it;
what follows from a default may still be written, as by a first install, so it is a warning.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.packs.catalogue import Pack
from gitopsgen.plan.model import Plan, Service

Holds = Callable[[str], bool]


class Missing(NamedTuple):
    """A path that is not in the repository, as the first form of its rule has it, and what to say of it.

    None for a path that no repository can hold.
    """

    path: RepoPath | None
    diagnostic: Diagnostic


def missing_paths(services: Iterable[tuple[SourceDoc, Service]], holds: Holds) -> list[Missing]:
    """Return what is named and is not there, of each service with its spec.

    `holds` says whether the repository has a file, or a folder when the path ends with a slash; names may be patterns.
    """
    return [missing for doc, service in services for missing in _of_service(doc, *service, holds)]


def _of_service(doc: SourceDoc, plan: Plan, packs: Mapping[str, Pack], holds: Holds) -> list[Missing]:
    rules = [rule for kind in sorted(packs) for rule in packs[kind].get("paths", [])]
    found = []
    for rule in rules:
        if rule.get("unless") and _planned(plan, rule["unless"]):
            continue
        for at, value in _named(rule, plan):
            if rule.get("written") and at not in doc.values:
                continue
            places = [_place(form, value, plan) for form in rule.get("forms", ["{}"])]
            if not any(map(holds, places)):
                found.append(Missing(_repo_path(places[0]), _problem(rule, at, value, plan, doc)))
    return found


def _named(rule: Mapping[str, Any], plan: Plan) -> Iterator[tuple[Path, str]]:
    """Yield every path that a rule finds in the plan, and its place in the spec."""
    field: Path = tuple(rule["field"].split("."))
    known = _planned(plan, rule.get("plan") or rule["field"])
    items: Sequence[tuple[Path, Any]] = [(field, known)]
    if isinstance(known, (list, tuple)):
        items = [((*field, index), item) for index, item in enumerate(known)]
    for at, item in items:
        match = re.search(rule.get("pattern") or r"^(.+)$", item) if isinstance(item, str) else None
        if match and match[1]:
            yield at, match[1].rstrip("/")


def _place(form: str, value: str, plan: Plan) -> str:
    path = form.replace("{/}", value.replace(".", "/")).replace("{}", value)
    below = "" if form.startswith("/") else plan.runtime["folder"]
    return posixpath.normpath(posixpath.join(below, path.strip("/"))) + ("/" if form.endswith("/") else "")


def _repo_path(place: str) -> RepoPath | None:
    try:
        return RepoPath(place.rstrip("/"))
    except UnsafePathError:
        return None


def _problem(rule: Mapping[str, Any], at: Path, value: str, plan: Plan, doc: SourceDoc) -> Diagnostic:
    cure = rule.get("cures", {}).get(_planned(plan, rule.get("by", "")), rule["cure"])
    message = rule["message"].replace("{}", value)
    found = doc.find(f"{at[0]}.{rule['code']}", message, cure, at)
    return found if rule.get("severity") == "error" and at in doc.values else found._replace(severity="warning")


def _planned(plan: Plan, name: str) -> Any:
    """Return what the plan has at a dotted name, None when it has nothing there."""
    found: Any = plan
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else getattr(found, part, None) if part else None
    return found
