"""Which files of its own the repository has: asked by name, and remembered."""

import os

from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root


class Disk:
    """Answers whether the repository has a file of its own, and remembers which ones were asked for and found."""

    def __init__(self, repository: Root) -> None:
        self.repository = repository
        self._found: set[RepoPath] = set()

    def has(self, path: str) -> bool:
        """Whether there is a regular file, or a folder of a path that ends with `/`; no need is recorded of a folder.

        A path that no repository can hold is none.
        """
        try:
            safe = RepoPath(path.removesuffix("/"))
            if path.endswith("/"):
                return os.path.isdir(self.repository.locate(safe))
            found = os.path.isfile(self.repository.locate(safe))
        except UnsafePathError:
            return False
        if found:
            self._found.add(safe)
        return found

    def needed(self) -> tuple[RepoPath, ...]:
        """The files that were found, sorted."""
        return tuple(sorted(self._found))
