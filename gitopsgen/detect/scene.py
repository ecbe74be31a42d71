"""What sources look at: the files of a repository and what is known so far; and how they name a file of it."""

import posixpath
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from gitopsgen.detect.documents import Archive
from gitopsgen.detect.tree import Tree
from gitopsgen.detect.variables import HOLE


class Found(NamedTuple):
    """A value as it was found, and where; an `exact` version is one that a tool refuses to do without.

    With a `doubt` it is a guess, which nothing takes by itself; the doubt says why. A likely one is offered.
    """

    value: Any
    evidence: str
    exact: bool = False
    doubt: str = ""
    likely: bool = False


class Scene(NamedTuple):
    """What sources look at: the files, the repository's URL, the values of settled fields, a pack's document groups.

    `doubted` are the fields about which files disagree.
    """

    tree: Tree
    archive: Archive
    repository: str
    settled: Mapping[str, Any]
    groups: Mapping[str, Any]
    doubted: Collection[str] = ()


def paths_of(scene: Scene, source: Mapping[str, Any], wanted: Any, key: str = "") -> list[str]:
    """Return the paths that a source looks at; with `key`, those above the app's folder that have the key."""
    names = [wanted] if isinstance(wanted, str) else wanted
    names = [name for name in (_placed(scene, name) for name in names) if name]
    above = source.get("above", False)
    paths = scene.tree.paths(names, source.get("except", ()), above=above)
    if "beside" in source:
        paths = [path for path in paths if scene.tree.is_file(path[: path.rfind("/") + 1] + source["beside"])]
    return [scene.tree.upwards(path, key) for path in paths] if above and key else paths


def _placed(scene: Scene, name: str) -> str:
    """Put settled fields into the name of a file; empty when one of them is not settled."""
    if not all(hole in scene.settled for hole in HOLE.findall(name)):
        return ""
    return HOLE.sub(lambda hole: str(scene.settled[hole[1]]), name)


def _from_file(scene: Scene, path: str, named: str) -> str:
    """Return the path of a file that the one at `path` names from its own folder, empty when the app has none there."""
    found = posixpath.normpath(posixpath.join(posixpath.dirname(path), named.replace("\\", "/")))
    return found if not found.startswith("../") and scene.tree.is_file(found) else ""


def _from_root(scene: Scene, path: str, named: str) -> str:
    """Return the path of a file outside of the app's folder, from the repository's root; empty when there is none."""
    outer, inside = scene.tree.outer, scene.tree.inside
    found = posixpath.normpath(posixpath.join(inside, posixpath.dirname(path), named))
    leaves = not found.startswith(("../", f"{inside}/"))
    return found if outer and leaves and outer.is_file(found) else ""


PLACES = {"relative": _from_file, "outside": _from_root}


def completed(scene: Scene, source: Mapping[str, Any], text: str) -> str | None:
    """Return the path of the file that a text names without one of `endings`, None when none is there or built."""
    path, endings = text.removeprefix("./"), list[str](source["endings"])
    folder, _, name = path.rpartition("/")
    for ending in endings:
        if ending == "/" and name in scene.tree.folders(folder):
            return path
        if scene.tree.is_file(path + ending):
            return path + ending
    return path if source.get("builtBy") in scene.settled else None
