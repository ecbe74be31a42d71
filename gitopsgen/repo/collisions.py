"""Paths that are two here and one elsewhere: by upper and lower case on other systems, over a link in this tree."""

import os
from collections.abc import Iterable

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import RepoPath, Root


def collisions(root: Root, wanted: Iterable[RepoPath], new: Iterable[RepoPath]) -> list[Diagnostic]:
    """Return `path.case` for a path that differs only by case from another, and `path.linked` for one file twice.

    `wanted` are all outputs, `new` those that are not there yet.
    """
    return [*_among_outputs(root, wanted), *_with_neighbours(root, new)]


def _among_outputs(root: Root, wanted: Iterable[RepoPath]) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    by_case: dict[str, RepoPath] = {}
    by_place: dict[str, RepoPath] = {}
    for path in wanted:
        place = root.real(path)
        first = by_place.setdefault(place, path)
        if first != path:
            found.append(Diagnostic("path.linked", f"a link makes it the same file as {first}", _UNLINK, path))
            continue
        first = by_case.setdefault(place.casefold(), path)
        if first != path:
            found.append(_same(path, first))
    return found


def _with_neighbours(root: Root, new: Iterable[RepoPath]) -> list[Diagnostic]:
    names: dict[str, dict[str, list[str]]] = {}
    found = {}
    for path in new:
        folder = ""
        for part in path.split("/"):
            if folder not in names:
                names[folder] = _names(f"{root.path}/{folder}")
            twins = names[folder].get(part.casefold(), [])
            if part not in twins:
                # Below what is not there, nothing is.
                if twins:
                    there = f"{folder}/{twins[0]}".lstrip("/")
                    found[there] = _same(path, there)
                break
            folder = f"{folder}/{part}".lstrip("/")
    return list(found.values())


def _names(folder: str) -> dict[str, list[str]]:
    by_case: dict[str, list[str]] = {}
    try:
        for name in os.listdir(folder):
            by_case.setdefault(name.casefold(), []).append(name)
    except OSError:
        return {}
    return by_case


_UNLINK = "replace the link with a folder of its own"


def _same(path: RepoPath, other: str) -> Diagnostic:
    message = f"{other} is there, and on macOS and Windows the two are one file"
    return Diagnostic("path.case", message, f"rename or remove {other}", path)
