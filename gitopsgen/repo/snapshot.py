"""Snapshot: what lies on disk at the paths that matter, read once and before anything is decided."""

import os
import stat
from collections.abc import Iterable
from typing import NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root


class Found(NamedTuple):
    """One path on disk: its bytes, None when nothing is there, and its permission bits."""

    data: bytes | None = None
    mode: int = 0


ABSENT = Found()
Snapshot = dict[RepoPath, Found]


def take_snapshot(root: Root, wanted: Iterable[RepoPath], locked: Iterable[RepoPath]) -> Snapshot | list[Diagnostic]:
    """Read what lies at the paths of the new files and of the lock.

    Gives `path.not-a-file` when a link, a folder or a special file is where a new file has to go, and `path.unsafe`
    for a path behind a link that leaves the repository. At a path that only the lock knows, something that is not a
    file is not ours any more: it counts as absent.
    """
    snapshot: Snapshot = {}
    diagnostics: list[Diagnostic] = []
    in_way = set(wanted)
    for path in sorted(in_way.union(locked)):
        found = look(root, path)
        if isinstance(found, Found):
            snapshot[path] = found
        elif found.code == "path.not-a-file" and path not in in_way:
            snapshot[path] = ABSENT
        else:
            diagnostics.append(found)
    return diagnostics or snapshot


def look(root: Root, path: RepoPath) -> Found | Diagnostic:
    """Read one path, and say why it is none for a file of ours."""
    try:
        name = root.locate(path)
    except UnsafePathError as error:
        return Diagnostic("path.unsafe", str(error), "replace the link with a folder inside the repository", path)
    try:
        # Without O_NONBLOCK, opening a pipe would wait for a writer.
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ABSENT
    except NotADirectoryError:
        return _not_a_file(path, "a part of its folder is a file")
    except OSError as error:
        return _odd(name, path, error)
    try:
        kind = os.fstat(handle)
        if not stat.S_ISREG(kind.st_mode):
            return _not_a_file(path, f"{_KINDS.get(stat.S_IFMT(kind.st_mode), 'a special file')} is in the way")
        return Found(_read(handle, kind.st_size), stat.S_IMODE(kind.st_mode))
    finally:
        os.close(handle)


_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFLNK: "a link", stat.S_IFIFO: "a named pipe"}


def _read(handle: int, size: int) -> bytes:
    data = os.read(handle, size + 1)
    while more := os.read(handle, 1 << 20):
        data += more
    return data


def _odd(name: str, path: RepoPath, error: OSError) -> Diagnostic:
    try:
        kind = os.lstat(name).st_mode
    except OSError:
        kind = 0
    if stat.S_ISREG(kind) or isinstance(error, PermissionError):
        return Diagnostic("path.unreadable", f"it cannot be read: {error.strerror}", "check its permissions", path)
    return _not_a_file(path, f"{_KINDS.get(stat.S_IFMT(kind), 'a special file')} is in the way")


def _not_a_file(path: RepoPath, message: str) -> Diagnostic:
    return Diagnostic("path.not-a-file", message, "move it away: gitopsgen writes a regular file here", path)
