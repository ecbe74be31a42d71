"""Which files the outputs depend on; the lock records their digests, and the fast path walks the same way."""

from collections.abc import Iterable

from gitopsgen.core.repopath import RepoPath
from gitopsgen.core.walk import files_below
from gitopsgen.repo.digest import digest
from gitopsgen.repo.lines import to_lf
from gitopsgen.repo.lock import Input

TEMPLATES = RepoPath(".gitopsgen/templates")


def template_paths(root: str) -> list[RepoPath]:
    """Return every file of the repository's own templates; see files_below."""
    return files_below(root, TEMPLATES)


def inputs(texts: Iterable[tuple[RepoPath, bytes]]) -> tuple[Input, ...]:
    """Return the input lines for what was read; a checkout with CRLF line ends is the same input."""
    return tuple(sorted(Input(path, digest(to_lf(raw))) for path, raw in texts))
