"""What services of one repository must not do to each other: rules across the specs of a workspace."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.packs.catalogue import Catalogue
from gitopsgen.packs.validate import validate
from gitopsgen.plan.model import Environment, Plan, System
from gitopsgen.spec.inherit import DEFAULTS, NAME, inherit
from gitopsgen.spec.sections import SECTIONS, expand
from gitopsgen.spec.workspace import VERSION

# Mistakes that are in one field, whatever else a spec says.
_OF_A_FIELD = tuple(
    f"spec.{what}"
    for what in (
        *("bad-text", "bad-type", "bad-value", "no-value", "out-of-range", "secret-value"),
        *("unknown-field", "unknown-registry", "unknown-system"),
    )
)


class Member(NamedTuple):
    """A service with its spec."""

    doc: SourceDoc
    plan: Plan

    def find(self, code: str, message: str, cure: str, at: Path) -> Diagnostic:
        """Make a Diagnostic in the spec."""
        return self.doc.find(code, message, cure, at)


def unfit_services(members: Sequence[Member]) -> list[Diagnostic]:
    """Return what stands between the services of one repository, once for each line that is wrong.

    The members are in the order of their folders.
    """
    pairs = [(first, second) for number, second in enumerate(members) for first in members[:number]]
    found = [one for first, second in pairs for one in (*_unfit(first, second), *_in_one_place(first, second))]
    found += _shared_keys(members)
    told: dict[tuple[object, ...], Diagnostic] = {}
    for one in found:
        told.setdefault((one.code, one.path, one.position), one)
    return list(told.values())


def unheard_mistakes(workspace: SourceDoc, docs: Sequence[SourceDoc], catalogue: Catalogue) -> list[Diagnostic]:
    """Return the mistakes in those defaults that every service says otherwise, so that none of `docs` shows them.

    A section that names no system says too little to be judged, and what is missing a service may say.
    """
    taken = {path for doc in docs for path in doc.inherited}
    unheard = {path for path in workspace.values if path[:1] == (DEFAULTS,) and path[1:] not in taken}
    places = {known[path] for path in unheard for known in (workspace.keys, workspace.values) if path in known}
    if not places:
        return []
    told = expand(workspace.data.get(DEFAULTS, {}))
    vague = [
        one.kind for one in SECTIONS if isinstance(told.get(one.kind), dict) and one.selector not in told[one.kind]
    ]
    clear = workspace._replace(data={DEFAULTS: {key: value for key, value in told.items() if key not in vague}})
    nobody = SourceDoc("", "", {"apiVersion": VERSION, "name": "app"}, {}, {(): Position(1, 1)})
    found = validate(inherit(nobody, clear, ""), catalogue)[1]
    return [one for one in found if one.code in _OF_A_FIELD and one.path == workspace.path and one.position in places]


def _unfit(first: Member, second: Member) -> Iterator[Diagnostic]:
    one, other = first.plan, second.plan
    if one.name == other.name:
        message = f"{first.doc.path} has the name {one.name} too, and names tell pipelines and images apart"
        yield second.find("workspace.same-name", message, "give one of them another name", ("name",))
    if other.home.startswith(one.home):
        message = f"the service lies in the folder of another, {one.home}, which would own its files too"
        yield second.find("workspace.nested", message, "move one of the two beside the other", ())
    if one.repository.branch != other.repository.branch:
        message = f"{first.doc.path} is delivered from the branch {one.repository.branch}"
        cure = (
            "write `branch` once, below `defaults` of the workspace file: one branch is what all services deliver from"
        )
        yield second.find("workspace.other-branch", message, cure, ("branch",))
    if one.repository.url != other.repository.url:
        message = f"{first.doc.path} says that this repository is {one.repository.url}"
        cure = "write `repository` once, below `defaults` of the workspace file"
        yield second.find("workspace.other-repository", message, cure, ("repository",))


def _in_one_place(first: Member, second: Member) -> Iterator[Diagnostic]:
    """Yield where a service would overwrite what another has pushed or deployed."""
    one, other = first.plan, second.plan
    if one.name == other.name:  # told already, and most of what is alike comes of it
        return
    if one.image.ref == other.image.ref:
        message = f"{one.name} and {other.name} have the same image, so each would run what the other has built last"
        shown = f"{other.image.ref.rpartition('/')[0]}/{NAME}"
        cure = f"write `image: {shown}` below `defaults` of the workspace file, or an image of its own in each service"
        yield second.find("workspace.same-image", message, cure, ("image",))
    alike = {f"{one.name}-{place.name}" for place in one.environments} & {
        f"{other.name}-{place.name}" for place in other.environments
    }
    if alike:
        message = f"{one.name} and {other.name} would both have objects that are called {min(alike)}"
        yield second.find("workspace.same-name", message, "give one of them another name", ("name",))
    yield from _in_one_folder(second, one)
    yield from _in_one_registry(second, one)
    if other.mode != "pull":
        return
    taken = {_destination(environment): environment.name for environment in one.environments}
    for environment in other.environments:
        if (there := taken.get(_destination(environment))) is not None:
            message = (
                f"{other.name} in {environment.name} would be in the namespace {environment.namespace}, as {one.name} "
                f"in {there} is, and the operator lets one of them own it"
            )
            shown = f'namespace: "{NAME}-{environment.name}"'
            cure = f"write `{shown}` below `defaults` of the workspace file, or another namespace here"
            at = ("environments", environment.name, "namespace")
            yield second.find("workspace.shared-namespace", message, cure, at)


def _in_one_folder(second: Member, one: Plan) -> Iterator[Diagnostic]:
    """Yield where two services have their manifests in one repository of their own, and in one folder of it."""
    here, there = second.plan.config, one.config
    if not (here.separate and there.separate):
        return
    if here.repository.url != there.repository.url:
        message = f"{one.name} has its manifests in {there.repository.url}, and CI has one token for such a repository"
        cure = "write `gitops.repository` once, below `defaults` of the workspace file"
        yield second.find("workspace.shared-credential", message, cure, ("gitops", "repository"))
    elif here.prefix.startswith(there.prefix) or there.prefix.startswith(here.prefix):
        message = f"{one.name} has its manifests in the folder {there.prefix.rstrip('/') or '.'} of that repository too"
        cure = f'leave `folder` out, or write `folder: "apps/{NAME}"` below `defaults` of the workspace file'
        yield second.find("workspace.same-folder", message, cure, ("gitops", "folder"))


def _in_one_registry(second: Member, one: Plan) -> Iterator[Diagnostic]:
    """Yield where two services would log in to two registries with one stored secret."""
    other = second.plan
    known = {(kept.environment, kept.key) for kept in one.credentials if kept.pack.startswith("registry/")}
    both = [kept.key for kept in other.credentials if (kept.environment, kept.key) in known]
    if both and other.image.host != one.image.host:
        message = f"{one.name} pushes to {one.image.host}, and both would log in with {both[0]}"
        cure = "push the images of all services to one registry of this kind"
        yield second.find("workspace.shared-credential", message, cure, ("image",))


def _destination(environment: Environment) -> str:
    """Return the namespace and where its cluster is, as the operator's section says it."""
    operator = environment.gitops
    fields = operator["data"].get("destination", ())
    return json.dumps([environment.namespace, [operator.get(field) for field in fields]])


def _shared_keys(members: Sequence[Member]) -> Iterator[Diagnostic]:
    """Yield where services would read one secret of the CI system, and mean several clusters."""
    apart: dict[tuple[str, Path], tuple[Member, str, list[str]]] = {}
    for name in dict.fromkeys(environment.name for member in members for environment in member.plan.environments):
        readers: dict[str, list[Member]] = {}
        for member in members:
            for key in _cluster_keys(member, name):
                readers.setdefault(key, []).append(member)
        for key, those in readers.items():
            most = _usual(those, name)
            for member in those:
                if (at := _differs(member, most, name)) is not None:
                    _, _, places = apart.setdefault((member.doc.path, at), (member, key, []))
                    places += [name] if name not in places else []
    for (_, at), (member, key, places) in apart.items():
        message = (
            f"{member.plan.name} deploys to another cluster than other services in {' and '.join(places)}, and all "
            f"would read {key} of that environment"
        )
        cure = f"give the environment another name in this service, such as {places[0]}-{member.plan.name}"
        yield member.find("workspace.shared-credential", message, cure, at)


def _cluster_keys(member: Member, environment: str) -> list[str]:
    """Return the secrets of the CI environment that lead into the service's cluster."""
    used = [one for one in member.plan.credentials if one.environment == environment]
    return [one.key for one in used if one.pack.startswith("cluster/")]


def _cluster(member: Member, environment: str) -> System:
    return next((one.cluster for one in member.plan.environments if one.name == environment), {})


def _usual(members: Sequence[Member], environment: str) -> System:
    """Return the cluster that most services mean; of several, the one that is written for all."""

    def weight(cluster: System) -> tuple[int, int]:
        alike = [member for member in members if _cluster(member, environment) == cluster]
        return len(alike), sum(("cluster",) in member.doc.inherited for member in alike)

    return max((_cluster(member, environment) for member in members), key=weight)


def _differs(member: Member, usual: System, environment: str) -> Path | None:
    """Return where the spec says that its cluster is another one, None when it is the same."""
    own = _cluster(member, environment)
    fields = [field for field in own if own[field] != usual.get(field) and field != "data"]
    if own == usual:
        return None
    places: list[Path] = [("environments", environment, "cluster"), ("cluster",)]
    written = [(*place, field) for place in places for field in fields] + places
    ours = [at for at in written if at in member.doc.values and at not in member.doc.inherited]
    return ours[0] if ours else ("environments", environment)
