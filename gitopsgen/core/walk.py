"""Listing files below a folder of the repository, without following a link."""

import os
from collections.abc import Iterator

from gitopsgen.core.repopath import RepoPath


def files_below(root: str, folder: RepoPath) -> list[RepoPath]:
    """Return every regular file below `folder`, sorted; nothing when a link leads to it.

    Raises UnsafePathError for a file name that no RepoPath can hold.
    """
    name = os.path.join(root, folder)
    if os.path.islink(os.path.dirname(name)) or os.path.islink(name) or not os.path.isdir(name):
        return []
    return sorted(_walk(name, folder))


def _walk(folder: str, path: str) -> Iterator[RepoPath]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, f"{path}/{entry.name}")
            elif entry.is_file(follow_symlinks=False):
                yield RepoPath(f"{path}/{entry.name}")
