"""What goes with this run, and what it leaves behind: in the repository, and outside of it."""

import re
from collections.abc import Container, Sequence

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import RepoPath
from gitopsgen.outcome import Compiled
from gitopsgen.packs.catalogue import Catalogue
from gitopsgen.project import SPEC_NAME, WORKSPACE_NAME
from gitopsgen.repo.change import Change, Decision
from gitopsgen.verify.references import dangling

_BEFORE_DELIVERY = "do it before the next delivery"
_BEFORE_HAND_OVER = "do it before the app is handed over again, or delivered to what has come instead"
_WHEN_NOTHING_THERE = "do it when nobody needs what is there any more"
_WHEN_UNUSED = "do it when nobody needs the app any more"
# The label that says in manifests which app an object is of.
_APP = re.compile(rb"^ *app\.kubernetes\.io/part-of: [\"']?([a-z0-9-]{1,63})[\"']?\r?$", re.MULTILINE)
# Of each environment there is one such file, in a folder that has its name.
_OVERLAY = re.compile(r"/overlays/([a-z0-9-]+)/namespace\.yaml$")
_NAMESPACE = re.compile(rb"^kind: Namespace\r?\nmetadata:\r?\n  name: [\"']?([a-z0-9-]{1,63})[\"']?\r?$", re.MULTILINE)


def left_dangling(compiled: Compiled, decision: Decision) -> list[Diagnostic]:
    """Return what refers to a file that is written once and was deleted since, or that goes now, and how to have it."""
    gone = [change.path for change in decision.changes if change.verdict == "gone"]
    needed = sorted(going(decision).intersection(compiled.needs))
    if not gone and not needed:
        return []
    outputs = [output for output in compiled.outputs if output.file.path not in gone]
    here = set(compiled.needs).difference(needed)
    # What an ejected file says is not among the outputs: only what comes of this run counts.
    before = dangling(list(compiled.outputs), compiled.services, lambda path: path in compiled.needs)
    found = dangling(outputs, compiled.services, lambda path: path in here)
    again = f"`gitopsgen generate {' '.join(f'--take {path}' for path in gone)}` writes again what was deleted"
    stay = f"`gitopsgen eject {' '.join(needed)}` keeps what goes now"
    cure = "; ".join([*([again] if gone else []), *([stay] if needed else [])])
    return [problem._replace(cure=cure) for problem in found if problem.severity == "error" and problem not in before]


def going(decision: Decision) -> set[RepoPath]:
    """Return the paths that this run removes."""
    return {change.path for change in decision.changes if change.is_write and change.after is None}


def farewells(catalogue: Catalogue, compiled: Compiled, decision: Decision) -> list[Diagnostic]:
    """Return what is left behind outside the repository: by systems whose last files go now, and by apps that go."""
    changed = [change for change in decision.changes if change.verdict in ("orphan", "update")]
    leaving = {change.pack for change in changed if change.verdict == "orphan"}
    staying = {pack.id for pack in compiled.packs.values()}
    names = sorted(service.plan.name for service in compiled.services)
    gone = _gone(compiled, changed)
    parting = {pack: sorted({*names, *gone}) for pack in leaving - staying}
    parting |= {change.pack: gone for change in changed if change.pack in staying and gone}
    place = WORKSPACE_NAME if compiled.plan.home else SPEC_NAME
    told = [
        _left_behind(
            place,
            re.sub(r"\bNAME\b", ", ".join(apps), words),
            _BEFORE_DELIVERY if name in leaving - staying else _WHEN_UNUSED,
        )
        for name, apps in sorted(parting.items())
        if name.count("/") == 1 and (pack := catalogue.pack(*name.split("/"))) and (words := pack.get("farewell", ""))
    ]
    return [*told, *_of_environments(compiled, changed)]


def _left_behind(place: str, message: str, cure: str) -> Diagnostic:
    return Diagnostic("pack.left-behind", message, cure, place, severity="warning")


def _of_environments(compiled: Compiled, changed: Sequence[Change]) -> list[Diagnostic]:
    """Return what is left behind of the environments that go from apps that stay, or get another namespace."""
    told: list[Diagnostic] = []
    everywhere = {environment.name for service in compiled.services for environment in service.plan.environments}
    for service in compiled.services:
        plan = service.plan
        here = {environment.name for environment in plan.environments}
        namespaces = {environment.namespace for environment in plan.environments}
        homes = [each.plan.home for each in compiled.services if each.plan.home.startswith(plan.home)]
        mine = [each for each in changed if max(filter(each.path.startswith, homes), key=len, default="") == plan.home]
        for name, namespace in _gone_environments(mine, set() if plan.mode == "push" else here):
            for pack in sorted(service.packs.values(), key=lambda pack: pack.id):
                words = pack.get("parting", "")
                # CI holds credentials in push mode alone, maybe for others; an environment may have a new name only.
                kept = {"ci": plan.mode == "pull" or name in everywhere, "workload": namespace in namespaces}
                if words and not kept.get(pack.kind, name in here):
                    words = re.sub(r"\bENVIRONMENT\b", name, re.sub(r"\bNAMESPACE\b", namespace, words))
                    words = re.sub(r"\bNAME\b", plan.name, words)
                    cure = _WHEN_NOTHING_THERE if pack.kind == "workload" else _BEFORE_HAND_OVER
                    told.append(_left_behind(f"{plan.home}{SPEC_NAME}", words, cure))
    return told


def _gone_environments(changed: Sequence[Change], here: Container[str]) -> list[tuple[str, str]]:
    """Return name and former namespace of each environment whose namespace is written no more, or not as it was."""
    going = {change.path: change.before or b"" for change in changed}
    found = []
    for path, text in sorted(going.items()):
        overlay = _OVERLAY.search(path)
        namespace = _NAMESPACE.search(text)
        if overlay and namespace and overlay[1] not in here:
            found.append((overlay[1], namespace[1].decode()))
    return found


def _gone(compiled: Compiled, changed: Sequence[Change]) -> list[str]:
    """Return the names of apps that manifests had before this run, and that there are no more, here or elsewhere."""
    before = {name for change in changed for name in apps_in(change.before or b"")}
    if not before:
        return []
    here = {name for file in compiled.files for name in apps_in(file.text.encode())}
    return sorted(before - here - {service.plan.name for service in compiled.services})


def apps_in(manifest: bytes) -> set[str]:
    """Return the names of the apps that the objects of a manifest are of."""
    return {name.decode() for name in _APP.findall(manifest)}
