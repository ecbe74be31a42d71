"""What is compiled into one repository: the spec of its app, or a workspace file and the specs of all services."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from gitopsgen.core.diagnostic import Diagnostic, in_order
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.core.yamldoc import SourceDoc, parse
from gitopsgen.spec.inherit import inherit
from gitopsgen.spec.workspace import SERVICES, workspace_errors

SPEC_NAME = RepoPath("gitopsgen.yaml")
WORKSPACE_NAME = RepoPath("gitopsgen.workspace.yaml")


class Source(NamedTuple):
    """The spec of one app, where it lies."""

    path: RepoPath
    raw: bytes

    @property
    def home(self) -> str:
        """The folder of the app: empty for the root, else with a slash at its end."""
        return self.path.removesuffix(SPEC_NAME)


class Workspace(NamedTuple):
    """The workspace file: its bytes, and what they say."""

    raw: bytes
    doc: SourceDoc


class Project(NamedTuple):
    """The specs of one repository, and the workspace file when there is one."""

    specs: tuple[Source, ...]
    workspace: Workspace | None = None

    @property
    def texts(self) -> list[tuple[RepoPath, bytes]]:
        """Every file that tells what is wanted."""
        shared = [(WORKSPACE_NAME, self.workspace.raw)] if self.workspace else []
        return [*shared, *self.specs]

    def with_spec(self, source: Source) -> "Project":
        """Return the project with one spec as it is in `source`."""
        others = [one for one in self.specs if one.path != source.path]
        return self._replace(specs=tuple(sorted([*others, source])))

    def only(self, home: str) -> "Project":
        """Return the part of the project that is the app in `home`."""
        return self._replace(specs=tuple(source for source in self.specs if source.home == home))

    def home_of(self, folder: str) -> str:
        """Return the home of the service that has the folder, a path from the root; empty when none has."""
        inside = os.path.normpath(folder).replace(os.sep, "/") + "/"
        return max((one.home for one in self.specs if inside.startswith(one.home)), key=len, default="")

    def read(self, source: Source) -> SourceDoc | Diagnostic:
        """Return one of the specs with what it takes from the workspace file."""
        doc = parse(source.path, source.raw)
        if isinstance(doc, Diagnostic) or self.workspace is None:
            return doc
        return inherit(doc, self.workspace.doc, source.home)


def one_app(raw: bytes) -> Project:
    """Return the project of a repository with one app at its root."""
    return Project((Source(SPEC_NAME, raw),))


def read_project(root: Root, new: Mapping[RepoPath, bytes] | None = None) -> Project | list[Diagnostic]:
    """Read what there is at `root`, or say why nothing can be compiled; `new` are files that are not on disk yet."""

    def read(path: RepoPath) -> bytes | None:
        return (new or {}).get(path) or root.read(path)

    spec, shared = read(SPEC_NAME), read(WORKSPACE_NAME)
    if shared is None:
        return one_app(spec) if spec is not None else [_missing(root)]
    doc = parse(WORKSPACE_NAME, shared)
    problems = [doc] if isinstance(doc, Diagnostic) else workspace_errors(doc)
    if spec is not None:
        problems.append(_both())
    if problems or isinstance(doc, Diagnostic):
        return in_order(problems)
    specs: dict[RepoPath, Source] = {}
    for index, pattern in enumerate(doc.data[SERVICES]):
        found = {path: raw for path in _specs_in(root, pattern) if (raw := read(path)) is not None}
        if not found:
            problems.append(_no_service(doc, index, pattern))
        specs |= {path: Source(path, raw) for path, raw in found.items()}
    return problems or Project(tuple(specs[path] for path in sorted(specs)), Workspace(shared, doc))


def folders_without_spec(root: Root, project: Project) -> frozenset[str]:
    """Return the folders that `services` of the workspace file names by a star, and that hold no spec."""
    known = {source.path for source in project.specs}
    patterns = project.workspace.doc.data[SERVICES] if project.workspace else []
    places = [path for pattern in patterns if "*" in pattern for path in _specs_in(root, pattern)]
    return frozenset(
        path.parent for path in places if path not in known and os.path.isdir(f"{root.path}/{path.parent}")
    )


def _specs_in(root: Root, pattern: str) -> Iterator[RepoPath]:
    """Yield where a spec may lie; a star is any one folder that is no link and not hidden."""
    folders = [""]
    for part in pattern.split("/"):
        names = ([part] if part != "*" else _folders(root, folder) for folder in folders)
        folders = [f"{folder}{name}/" for folder, inner in zip(folders, names, strict=True) for name in inner]
    for folder in folders:
        with suppress(UnsafePathError):  # a folder that no RepoPath can name holds nothing of ours
            yield RepoPath(f"{folder}{SPEC_NAME}")


def _folders(root: Root, folder: str) -> list[str]:
    place = os.path.join(root.path, folder)
    if not os.path.isdir(place):
        return []
    with os.scandir(place) as entries:
        return sorted(
            entry.name for entry in entries if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
        )


def _no_service(doc: SourceDoc, index: int, pattern: str) -> Diagnostic:
    message = f"there is no {SPEC_NAME} in {pattern}"
    cure = f"`gitopsgen init --folder {pattern}` writes one" if "*" not in pattern else "correct the folder"
    return doc.find("workspace.no-service", message, cure, (SERVICES, index))


def _both() -> Diagnostic:
    message = f"a workspace has its specs in the folders of its services, and here is one beside {WORKSPACE_NAME}"
    return Diagnostic("workspace.spec-at-root", message, "move it into the folder of its service", SPEC_NAME)


def _missing(root: Root) -> Diagnostic:
    places = [path for pattern in ("*", "*/*") for path in _specs_in(root, pattern)]
    below = sorted(path for path in places if root.read(path) is not None)
    message = f"there is no {SPEC_NAME} in {root.path}"
    cure = "`gitopsgen init` writes one; `-C DIR` names another folder"
    if below:
        shown = ", ".join(path.parent for path in below)
        message += f", but there is one in {shown}"
        cure = f"name a folder with -C; or make one delivery of them by {WORKSPACE_NAME} with `{SERVICES}: [{shown}]`"
    return Diagnostic("spec.missing-file", message, cure, SPEC_NAME)
