"""Which files the outputs depend on; the lock records their digests, and the fast path walks the same way."""

from collections.abc import Iterable

from gitopsgen.core.repopath import RepoPath
from gitopsgen.core.walk import files_below
from gitopsgen.repo.digest import digest
from gitopsgen.repo.lock import Input

TEMPLATES = RepoPath(".gitopsgen/templates")


def template_paths(root: str) -> list[RepoPath]:
    """Return every file of the repository's own templates; see files_below."""
    return files_below(root, TEMPLATES)


def inputs(texts: Iterable[tuple[RepoPath, bytes]]) -> tuple[Input, ...]:
    """Return the input lines for what was read."""
    return tuple(sorted(Input(path, digest(raw)) for path, raw in texts))
