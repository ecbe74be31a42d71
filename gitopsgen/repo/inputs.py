"""Which files the outputs depend on; the lock records their digests, and the fast path walks the same way."""

import os
from collections.abc import Iterable, Iterator

from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo.digest import digest
from gitopsgen.repo.lock import Input

TEMPLATES = RepoPath(".gitopsgen/templates")


def template_paths(root: str) -> list[RepoPath]:
    """Return every regular file below the repository's own templates, sorted; links are not followed.

    Raises UnsafePathError for a file name that no RepoPath can hold.
    """
    folder = os.path.join(root, TEMPLATES)
    if os.path.islink(os.path.dirname(folder)) or os.path.islink(folder) or not os.path.isdir(folder):
        return []
    return sorted(_walk(folder, TEMPLATES))


def inputs(texts: Iterable[tuple[RepoPath, bytes]]) -> tuple[Input, ...]:
    """Return the input lines for what was read."""
    return tuple(sorted(Input(path, digest(raw)) for path, raw in texts))


def _walk(folder: str, path: str) -> Iterator[RepoPath]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, f"{path}/{entry.name}")
            elif entry.is_file(follow_symlinks=False):
                yield RepoPath(f"{path}/{entry.name}")
