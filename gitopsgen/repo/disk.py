"""Which files of its own the repository has: asked by name, and remembered."""

import os

from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root

_PATTERN = frozenset("*?[")


class Disk:
    """Answers whether the repository has a file of its own, and remembers which ones were asked for and found."""

    def __init__(self, repository: Root) -> None:
        self.repository = repository
        self._found: set[RepoPath] = set()

    def has(self, path: str) -> bool:
        """Whether there is a regular file, or a folder of a path that ends with `/`; no need is recorded of a folder.

        A path that no repository can hold is none.
        """
        if path in ("./", "/"):
            return True
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

    def holds(self, path: str) -> bool:
        """Whether there is such a file or folder; a name may be a pattern, of whose files no need is recorded.

        A pattern over any number of folders always holds: to look for it could take as long as reading the whole tree.
        """
        if _PATTERN.isdisjoint(path):
            return self.has(path)
        if "**" in path:
            return True
        import glob

        is_there = os.path.isdir if path.endswith("/") else os.path.isfile
        names = glob.iglob(path.rstrip("/"), root_dir=self.repository.path, include_hidden=True)
        return any(is_there(place) for name in names if (place := self._located(name)))

    def _located(self, name: str) -> str:
        try:
            return self.repository.locate(RepoPath(name))
        except UnsafePathError:
            return ""

    def needed(self) -> tuple[RepoPath, ...]:
        """The files that were found, sorted."""
        return tuple(sorted(self._found))
