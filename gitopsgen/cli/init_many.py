"""`gitopsgen init` in a workspace: the first specs of all services, or the spec of one more."""

import os
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import click

from gitopsgen.cli.interview import ask_one, complete, look_again, look_around
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.detect import label
from gitopsgen.many import Spec, first_texts, one_text
from gitopsgen.packs.catalogue import Catalogue
from gitopsgen.project import SPEC_NAME, WORKSPACE_NAME, enclosing_workspace, read_project
from gitopsgen.report.out import emit
from gitopsgen.scaffold import Question
from gitopsgen.spec.inherit import DEFAULTS, NAME
from gitopsgen.spec.sections import SECTIONS, expand
from gitopsgen.spec.workspace import SERVICES

# What services of one repository mostly have in common, so that nobody is asked for it twice.
_ASKED_ONCE = ("mode", "repository", "branch", *(section.kind for section in SECTIONS if section.kind != "runtime"))


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


def first_specs(scene: Scene, answers: dict[str, Any]) -> Written:
    """Find the services, and write down the spec of each and what they share. Raises click.UsageError."""
    services = look_again(scene.root, scene.catalogue, answers).services
    if not services:
        raise click.UsageError("--workspace: no app is found in a folder here; `gitopsgen init` is for one at the root")
    image = _image(scene, answers)
    specs: dict[str, Spec] = {}
    evidence: list[str] = []
    for service in services:
        emit("" if scene.quiet else f"{service.folder}:\n", sys.stderr)
        spec, seen = _spec(scene, service.folder, {**answers, "image": image})
        if spec["name"] in [known["name"] for known in specs.values()]:
            # Copies of one template often have its name; folders differ.
            told = {**answers, "image": image, "name": label(service.folder.rpartition("/")[2])}
            spec, seen = _spec(scene._replace(quiet=True), service.folder, told)
        specs[service.folder] = spec
        evidence += seen
        answers |= {field: value for field, value in _flat(spec).items() if field.split(".")[0] in _ASKED_ONCE}
    return Written(first_texts(specs), tuple(evidence))


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
    spec, evidence = _spec(scene, inside, {**known, **answers})
    return Written(one_text(inside, spec, defaults), evidence)


def _spec(scene: Scene, folder: str, answers: dict[str, Any]) -> tuple[Spec, tuple[str, ...]]:
    """Detect one service and complete its spec; `{name}` in the answer for the image is its name."""
    told = {**answers, "runtime.folder": folder}
    found = look_around(scene.root, scene.catalogue, told, ask=scene.ask, quiet=scene.quiet)
    found, spec = complete(scene.root, found, told, scene.catalogue, ask=scene.ask)
    spec["image"] = str(spec["image"]).replace(NAME, str(spec["name"]))
    if isinstance(spec.get("runtime"), dict):
        spec["runtime"].pop("folder", None)
    return spec, (*(fact.evidence for fact in found.facts), *found.problems)


def _image(scene: Scene, answers: Mapping[str, Any]) -> str:
    """Return the name of the images, with `{name}` in it. Raises click.UsageError when nobody can be asked."""
    image = str(answers.get("image", ""))
    if not image:
        text = f"Where are the images, without a tag? ({NAME} is the name of each service)"
        if not scene.ask:
            raise click.UsageError(f"gitopsgen cannot find out everything; say it by:\n  --image HOST/OWNER/{NAME}")
        image = str(ask_one(Question("image", "--image", text, f"docker.io/acme/{NAME}")))
    return image if NAME in image else f"{image.rstrip('/')}/{NAME}"


def _flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the values of nested mappings by dotted names."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {f"{prefix}{key}": value}
    return found
