"""Listing files below a folder of the repository, without following a link."""

import os
from collections.abc import Iterator

from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath


def files_below(root: str, folder: RepoPath, *, strict: bool = False) -> list[RepoPath]:
    """Return every regular file below `folder`, sorted; links and special files are passed over.

    Raises UnsafePathError for a file name that no RepoPath can hold; `strict`, for all that is passed over too.
    """
    name = os.path.join(root, folder)
    if not os.path.lexists(name):
        return []
    if os.path.islink(os.path.dirname(name)) or os.path.islink(name) or not os.path.isdir(name):
        if strict:
            raise UnsafePathError(f"{folder!r} is not a folder of its own")
        return []
    return sorted(_walk(name, folder, strict))


def _walk(folder: str, path: str, strict: bool) -> Iterator[RepoPath]:
    with os.scandir(folder) as entries:
        for entry in entries:
            inner = f"{path}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, inner, strict)
            elif entry.is_file(follow_symlinks=False):
                yield RepoPath(inner)
            elif strict:
                raise UnsafePathError(f"{inner!r} is a link or a special file")
