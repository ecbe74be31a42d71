"""Where an app was delivered from before: the images that CI recorded there are what runs, and go along."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.leaving import apps_in
from gitopsgen.outcome import Outcome
from gitopsgen.plan.model import Plan
from gitopsgen.repo.digest import digest
from gitopsgen.repo.exchange import Text, has_our_text
from gitopsgen.repo.lines import to_lf
from gitopsgen.repo.lock import LOCK_NAME, Lock, read_lock


class Former(NamedTuple):
    """A folder of a tree that an app was delivered from: what is recorded there, by environment.

    `folder` is below the root of the tree, empty for the root itself. `is_alike`: it has an app of that name, but with
    another image, and so maybe another one. `is_now`: the lock says that the app is delivered from here until this run.
    """

    tree: Root
    folder: str
    images: Mapping[str, RepoPath]
    is_alike: bool = False
    is_now: bool = False

    def read(self, path: RepoPath) -> bytes | None:
        """Return the bytes of a file of the tree, None for what is none, such as a link."""
        return _read(self.tree, path)


def image_files(plan: Plan) -> dict[str, RepoPath]:
    """Return the image file of each environment, in the tree that has the manifests."""
    return {environment.name: RepoPath(environment.image_file) for environment in plan.environments}


def awaited(outcome: Outcome, plan: Plan) -> dict[str, RepoPath]:
    """Return the image files that a run makes with nothing recorded in them, by environment."""
    changes = {change.path: change for change in outcome.decision.changes} if outcome.decision else {}
    return {name: path for name, path in image_files(plan).items() if path in changes and has_our_text(changes[path])}


def with_app(home: Root, plan: Plan) -> Former:
    """Return what is recorded in the app's own repository, by its lock or where manifests would be."""
    known = list(_known(home, "", plan.home, plan))
    found = {name: path for name, path, is_recorded in known if is_recorded}
    for environment in plan.environments:
        # A run that did not know where the file was to go has made the lock forget it.
        path = RepoPath(f"{plan.manifests}/{_tail(plan, environment.name)}")
        if environment.name not in [name for name, _, _ in known] and _read(home, path) is not None:
            found[environment.name] = path
    return Former(home, plan.home, found, is_now=bool(known))


def in_config(config: str, plan: Plan, besides: Iterable[str]) -> list[Former]:
    """Return the folders in a checkout of a repository of manifests that have the app's, but for those in `besides`."""
    passed = {os.path.realpath(folder) for folder in besides}
    tree, formers = Root(config), []
    for folder in _folders_with_lock(tree.path):
        if os.path.join(tree.path, folder).rstrip("/") in passed:
            continue
        known = list(_known(tree, folder, folder, plan))
        recorded = {name: path for name, path, is_recorded in known if is_recorded}
        if any(_names(_read(tree, path), plan.image.ref) for _, path, _ in known):
            formers.append(Former(tree, folder, recorded))
        elif any(_is_of(tree, path, plan.name) for path in recorded.values()):
            formers.append(Former(tree, folder, recorded, is_alike=True))
    return formers


def texts(formers: Iterable[Former], wanted: Mapping[str, RepoPath]) -> dict[RepoPath, list[Text]]:
    """Return for each wanted path what is recorded for its environment, each text once."""
    found: dict[RepoPath, list[Text]] = {}
    for former in formers:
        for name, path in former.images.items() if not former.is_alike else ():
            data = former.read(path)
            if name in wanted and data is not None:
                there = found.setdefault(wanted[name], [])
                there += [Text(_shown(former.tree, path), data)] if data not in [text.data for text in there] else []
    return found


def only_ones(found: Mapping[RepoPath, list[Text]]) -> tuple[dict[RepoPath, Text], list[Diagnostic]]:
    """Return what can be taken one way only, and a warning for each path for which there are several texts."""
    comes = {path: there[0] for path, there in found.items() if len(there) == 1}
    return comes, [_several(path, there) for path, there in found.items() if len(there) > 1]


def unlike(outcome: Outcome, found: Mapping[RepoPath, list[Text]], folder: str = "") -> list[Diagnostic]:
    """Return a warning for each image file that says, since an earlier time, another image than what was `found`.

    `folder` is where the tree of the outcome lies, as a person would name it.
    """
    here = {change.path: change for change in outcome.decision.changes} if outcome.decision else {}
    old = [path for path in found if path in here and here[path].verdict == "keep" and not has_our_text(here[path])]
    texts_here = {path: Text(os.path.join(folder, path), here[path].after or b"") for path in old}
    return [
        _several(text.place, [*found[path], text])
        for path, text in texts_here.items()
        if text.data not in [other.data for other in found[path]]
    ]


def stranded(app: Outcome, plan: Plan, waiting: Mapping[str, RepoPath], folder: str) -> Diagnostic | None:
    """Return a warning when environments in `folder` wait for an image, and one that is recorded goes along to none.

    That is so when an environment gets another name in the run that moves the manifests.
    """
    first = plan.environments[0]
    tail = first.image_file.removeprefix(first.overlay)
    changes = app.decision.changes if app.decision else ()
    forgotten = [change.path for change in changes if change.verdict == "forget" and change.ownership == "once"]
    left = [path for path in forgotten if path.startswith(plan.home) and path.endswith(tail)]
    if not waiting or not left:
        return None
    message = f"{', '.join(left)} goes along to no environment, and {', '.join(waiting)} would run no pods"
    targets = " or ".join(os.path.join(folder, path) for path in waiting.values())
    cure = f"if an environment has another name now, copy the file to {targets} before an operator looks there"
    return Diagnostic("images.renamed", message, cure, left[0], severity="warning")


def _several(path: str, there: list[Text]) -> Diagnostic:
    message = f"it is not clear which image runs: {' and '.join(text.place for text in there)} say different ones"
    cure = "copy the right one here before an operator looks here"
    return Diagnostic("images.several", message, cure, path, severity="warning")


def farewell(former: Former, plan: Plan) -> Diagnostic:
    """Return how the folder goes that the app is not delivered from any more; or that it may be such a folder."""
    place = former.folder.rstrip("/")
    if former.is_alike:
        message = f"an app {plan.name} is delivered from here, by an image of another name than {plan.image.ref}"
        cure = f"if it is this one, copy its images to the new place before an operator looks there: {_paths(former)}"
        return Diagnostic("images.alike", message, cure, _shown(former.tree, RepoPath(place)), severity="warning")
    clone = shlex.quote(os.path.relpath(former.tree.path))
    gone = f"`git -C {clone} rm -r --quiet {shlex.quote(place)}`" if place else f"remove what {LOCK_NAME} there lists"
    return Diagnostic(
        "config.former-folder",
        f"{plan.name} was delivered from here, and an operator that was told so still looks here",
        f"hand the app over again, by the step of `gitopsgen setup`; then {gone}, and commit and push it",
        _shown(former.tree, RepoPath(place)) if place else os.path.relpath(former.tree.path),
        severity="warning",
    )


def _known(tree: Root, lock_in: str, home: str, plan: Plan) -> Iterator[tuple[str, RepoPath, bool]]:
    """Yield environment and path of each image file that a lock knows, and whether an image is recorded in it."""
    lock = read_lock(Root(os.path.join(tree.path, lock_in)))
    tails = {f"/{_tail(plan, environment.name)}": environment.name for environment in plan.environments}
    for entry in lock.files if isinstance(lock, Lock) else ():
        name = next((name for tail, name in tails.items() if entry.path.endswith(tail)), None)
        path = RepoPath(f"{lock_in}{entry.path}")
        if entry.ownership == "once" and name and path.startswith(home):
            data = _read(tree, path)
            yield name, path, data is not None and digest(to_lf(data)) != entry.digest


def _paths(former: Former) -> str:
    return ", ".join(_shown(former.tree, path) for path in former.images.values())


def _read(tree: Root, path: RepoPath) -> bytes | None:
    """Return the bytes of a file, None for what is none, such as a link."""
    try:
        return tree.read(path)
    except (UnsafePathError, OSError):
        return None


def _is_of(tree: Root, image: RepoPath, name: str) -> bool:
    """Whether the overlay around an image file is of the app with that name."""
    return name in apps_in(_read(tree, RepoPath(f"{image.rsplit('/', 2)[0]}/namespace.yaml")) or b"")


def _names(data: bytes | None, ref: str) -> bool:
    return re.search(rf'newName: "?{re.escape(ref)}"?\s', (data or b"").decode(errors="replace")) is not None


def _tail(plan: Plan, environment: str) -> str:
    """Return the path of an image file below the folder of the manifests, wherever that is."""
    here = next(each for each in plan.environments if each.name == environment)
    inside = plan.manifests.removeprefix(plan.home) if plan.config.separate else plan.manifests
    return here.image_file.removeprefix(f"{inside}/")


def _folders_with_lock(root: str) -> Iterator[str]:
    """Yield the folders below `root` that have a lock, with a slash at the end; none that is a link or hidden."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if LOCK_NAME in names:
            inside = os.path.relpath(folder, root).replace(os.sep, "/")
            try:
                yield "" if inside == "." else f"{RepoPath(inside)}/"
            except UnsafePathError:
                continue


def _shown(tree: Root, path: RepoPath) -> str:
    return os.path.join(os.path.relpath(tree.path), path) if tree.path != os.getcwd() else path
