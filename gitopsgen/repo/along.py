"""What people decided about generated files goes along when these are generated somewhere else."""

import os
from collections.abc import Iterable

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.edits import EJECTED, Edits
from gitopsgen.repo.followed import Ground, Place, new_places
from gitopsgen.repo.lock import Lock, read_lock


def edits_along(
    root: Root, edits: Edits, rendered: Iterable[RenderedFile], specs: Iterable[RepoPath]
) -> Edits | list[Diagnostic]:
    """Return the edits with each at the path where its file is generated now; `specs` are where the specs lie now.

    Gives `ejected.stays-behind` for a file of the user's that lies where nothing of the kind is wanted any more.
    """
    wanted = {file.path: file for file in rendered}
    lost = sorted((edits.patches.keys() | edits.ejected) - wanted.keys())
    lock = read_lock(root) if lost else None
    if not isinstance(lock, Lock):
        return edits
    places = new_places(Ground(root, lock, wanted, frozenset(specs)), lost)
    places = {
        old: to
        for old, to in places.items()
        if _is_same_file(old, to.new) and to.new not in edits.patches and to.new not in edits.ejected
    }
    behind = [_behind(old, to) for old, to in places.items() if old in edits.ejected and _is_left(root, to)]
    return behind or edits.moved({old: to.new for old, to in places.items()})


def _is_same_file(old: RepoPath, new: RepoPath) -> bool:
    """Whether only a folder around it has another name: an edit for one environment is none for another."""
    return old.rpartition("/")[2] == new.rpartition("/")[2] and _environment(old) == _environment(new)


def _environment(path: RepoPath) -> str:
    """Return the folder below `overlays`, where the manifests of an environment lie; empty elsewhere."""
    return f"/{path}".partition("/overlays/")[2].partition("/")[0]


def _is_left(root: Root, place: Place) -> bool:
    """Whether the user's file lies where it lay, and none where it belongs now."""
    try:
        return os.path.lexists(root.locate(place.left)) and not os.path.lexists(root.locate(place.new))
    except UnsafePathError:
        return False


def _behind(old: RepoPath, place: Place) -> Diagnostic:
    left, new = place.left, place.new
    message = f"{left} is yours, and what is generated for it now would be {new}"
    cure = f"to use yours there: `mkdir -p {new.parent or '.'} && mv {left} {new}`, then run again; " + (
        f"to have it generated: `gitopsgen eject --back {old}`"
    )
    return Diagnostic("ejected.stays-behind", message, cure, EJECTED)
