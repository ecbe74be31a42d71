"""`gitopsgen init` in a workspace: the first specs of all services, or the spec of one more."""

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import click

from gitopsgen.cli.interview import MissingError, ask_one, complete, look_again, look_around
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.detect import finds, label
from gitopsgen.enclosing import enclosing_workspace
from gitopsgen.many import Spec, first_texts, one_text
from gitopsgen.packs.catalogue import Catalogue
from gitopsgen.project import SPEC_NAME, WORKSPACE_NAME, Project, read_project
from gitopsgen.report.out import emit
from gitopsgen.scaffold import Question
from gitopsgen.spec.inherit import DEFAULTS, NAME
from gitopsgen.spec.sections import SECTIONS, expand
from gitopsgen.spec.workspace import SERVICES

# What services of one repository mostly have in common, so that nobody is asked for it twice.
_ASKED_ONCE = ("mode", "repository", "branch", *(section.kind for section in SECTIONS if section.kind != "runtime"))


# What differs from app to app: an answer for all of them is for those whose files tell nothing.
_OF_ONE = ("port", "health")


class Scene(NamedTuple):
    """Where `init` works: the folder of the workspace, and how it asks."""

    root: str
    catalogue: Catalogue
    ask: bool
    quiet: bool


class Written(NamedTuple):
    """The specs that are new, by path, and where what they say was found."""

    texts: dict[RepoPath, bytes]
    evidence: tuple[str, ...]


def workspace_around(folder: str) -> str:
    """Return the folder of the workspace that `folder` is in, empty when it is in none."""
    here = os.path.lexists(os.path.join(folder, WORKSPACE_NAME))
    return folder if here else enclosing_workspace(folder)


def first_specs(scene: Scene, given: dict[str, Any]) -> Written:
    """Find the services, and write down the spec of each and what they share; note in `given` what was asked for all.

    Raises click.UsageError.
    """
    answers, own = _by_service(given)
    services = look_again(scene.root, scene.catalogue, answers).services
    if not services:
        raise click.UsageError(f"--workspace: no app is found in a folder here; {_why_none(scene)}")
    _refuse_strangers(own, [service.folder for service in services])
    image, lacking = _image(scene, answers)
    specs: dict[str, Spec] = {}
    evidence: list[str] = []
    origins: dict[str, str] = {}
    for folder in (service.folder for service in services):
        emit("" if scene.quiet else f"{folder}:\n", sys.stderr)
        taken = [known["name"] for known in specs.values()]
        told = {**answers, "image": image, **own.get(folder, {})}
        try:
            specs[folder], seen = _spec(
                scene, folder, told, origins, taken, set(_OF_ONE).difference(own.get(folder, {}))
            )
        except MissingError as error:
            lacking += [_for_service(folder, question) for question in error.questions]
            continue
        evidence += seen
        common = {field: value for field, value in _flat(specs[folder]).items() if field.split(".")[0] in _ASKED_ONCE}
        common = {field: value for field, value in common.items() if field not in own.get(folder, {})}
        origins |= {field: f"as for {folder}" for field in common if field not in answers}
        answers |= common
    if lacking:
        raise MissingError(list(dict.fromkeys(lacking)))
    given |= {**answers, "image": image}
    return Written(first_texts(specs), tuple(evidence))


def _why_none(scene: Scene) -> str:
    """Say what a pack knows about a repository in which no app is found."""
    packs = (pack.get("detect", {}) for pack in scene.catalogue.all("runtime"))
    notes = (note for found in packs for note in found.get("unsplit", ()))
    known = (note["say"] for note in notes if finds(scene.root, "", note["from"], {}))
    return next(known, "`gitopsgen init` is for one at the root")


def _by_service(answers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the answers for all services, and those for one alone (`FOLDER:field`) by its folder."""
    shared: dict[str, Any] = {}
    own: dict[str, dict[str, Any]] = {}
    for named, value in answers.items():
        folder, colon, field = named.rpartition(":")
        (own.setdefault(folder.rstrip("/"), {}) if colon else shared)[field] = value
    return shared, own


def _refuse_strangers(folders: Collection[str], services: Sequence[str]) -> None:
    for folder in folders:
        if folder not in services:
            near = did_you_mean(folder, services)
            raise click.UsageError(
                f"--set {folder}:...: there is no app in {folder}{near}\nchoose {', '.join(services)}"
            )


def _for_service(folder: str, question: Question) -> Question:
    """Return the question with the flag that answers it for one service, unless the answer is for all anyway."""
    if question.field.split(".")[0] in _ASKED_ONCE:
        return question
    otherwise = question.otherwise.replace("--set ", f"--set {folder}:")
    return question._replace(flag=f"--set {folder}:{question.field}=VALUE", otherwise=otherwise)


def one_more(scene: Scene, folder: str, answers: dict[str, Any]) -> Written:
    """Write down the spec of one more service of a workspace. Raises click.UsageError."""
    inside = os.path.relpath(os.path.realpath(folder), os.path.realpath(scene.root))
    inside = str(answers.pop("runtime.folder", "")).removesuffix("/") or ("" if inside == "." else inside)
    if not inside:
        raise click.UsageError("this is a workspace: name the folder of the new service with --folder")
    path = RepoPath(f"{inside}/{SPEC_NAME}")
    if os.path.lexists(os.path.join(scene.root, path)):
        raise click.UsageError(f"{path} is there already; edit it, then run `gitopsgen generate`")
    project = read_project(Root(scene.root), {path: b"# to come\n"})
    if isinstance(project, list):
        raise click.UsageError(f"{project[0].path}: {project[0].message}; {project[0].cure}")
    if path not in [source.path for source in project.specs]:
        raise click.UsageError(f"{inside} is no service yet; add it to `{SERVICES}` in {WORKSPACE_NAME}")
    defaults = expand(project.workspace.doc.data.get(DEFAULTS, {})) if project.workspace else {}
    known = {field: value for field, value in _flat(defaults).items() if field.split(".")[0] in (*_ASKED_ONCE, "image")}
    others = _others(project, path)
    alike = _alike(list(others.values()))
    origins = {field: f"as for {next(iter(others))}" for field in alike}
    origins |= dict.fromkeys(known, f"the defaults of {WORKSPACE_NAME}")
    origins = {field: origin for field, origin in origins.items() if field not in answers}
    taken = () if "name" in answers else [other.get("name") for other in others.values()]
    spec, evidence = _spec(scene, inside, {**alike, **known, **answers}, origins, taken)
    return Written(one_text(inside, spec, defaults), evidence)


def _others(project: Project, path: RepoPath) -> dict[str, dict[str, Any]]:
    """Return what all specs but that at `path` say, and take from the defaults, by folder and dotted names."""
    docs = {source.home.rstrip("/"): project.read(source) for source in project.specs if source.path != path}
    return {home: _flat(expand(doc.data)) for home, doc in docs.items() if isinstance(doc, SourceDoc)}


def _alike(others: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what all the other services say alike of what nobody is asked for twice."""
    first, *more = others or [{}]
    return {
        field: value
        for field, value in first.items()
        if field.split(".")[0] in _ASKED_ONCE and all(other.get(field) == value for other in more)
    }


def _spec(
    scene: Scene,
    folder: str,
    answers: dict[str, Any],
    origins: Mapping[str, str],
    taken: Collection[Any],
    weak: Collection[str] = (),
) -> tuple[Spec, tuple[str, ...]]:
    """Detect one service and complete its spec; `{name}` in the answer for the image is its name.

    `origins` says where answers come from that nobody gave for it. A name that is `taken` is replaced by the folder's.
    Of `weak` fields what is found outdoes an answer.
    """
    told = {**answers, "runtime.folder": folder}
    found = look_around(scene.root, scene.catalogue, told, ask=scene.ask, quiet=scene.quiet, origins=origins)
    known = {fact.field for fact in found.facts}
    told = {field: value for field, value in told.items() if field not in weak or field not in known}
    found, spec = complete(scene.root, found, told, scene.catalogue, ask=scene.ask)
    if spec["name"] in taken:
        # Copies of one template often have its name; folders differ.
        other = label(folder.rpartition("/")[2])
        emit("" if scene.quiet else f"  ? name: {spec['name']} is another service; this one is {other}\n", sys.stderr)
        spec["name"] = other
    spec["image"] = str(spec["image"]).replace(NAME, str(spec["name"]))
    if isinstance(spec.get("runtime"), dict):
        spec["runtime"].pop("folder", None)
    return spec, (*(fact.evidence for fact in found.facts), *found.problems)


def _image(scene: Scene, answers: Mapping[str, Any]) -> tuple[str, list[Question]]:
    """Return the name of the images, with `{name}` in it, and what must still be said about it."""
    image, example = str(answers.get("image", "")), f"docker.io/acme/{NAME}"
    missing: list[Question] = []
    if not image:
        text = f"Where are the images, without a tag? ({NAME} is the name of each service)"
        question = Question("image", "--image", text, example)
        missing = [] if scene.ask else [question._replace(flag=f"--image HOST/OWNER/{NAME}")]
        image = str(ask_one(question)) if scene.ask else example
    return (image if NAME in image else f"{image.rstrip('/')}/{NAME}"), missing


def _flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the values of nested mappings by dotted names."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {f"{prefix}{key}": value}
    return found
