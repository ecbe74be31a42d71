"""RepoPath: the only way to name a file in the repository that is generated into."""

import os
import stat
from typing import Self

from gitopsgen.core.errors import UnsafePathError

_LONGEST = 1024


class RepoPath(str):
    """A relative POSIX path inside the repository, normalised: no `..`, no `.`, no empty part, no control character.

    Raises UnsafePathError for anything else, so that holding a RepoPath is proof that the text was checked.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check `text`; see the class."""
        if not text or len(text) > _LONGEST:
            raise UnsafePathError(f"a path has 1 to {_LONGEST} characters, not {len(text)}")
        if text.startswith("/") or "\\" in text or (len(text) > 1 and text[1] == ":"):
            raise UnsafePathError(f"{text!r} is not a relative path with forward slashes")
        if not text.isprintable():
            raise UnsafePathError(f"{text!r} holds control characters")
        for part in text.split("/"):
            if part in ("", ".", ".."):
                raise UnsafePathError(f"{text!r} holds an empty, '.' or '..' part")
            if part.lower() == ".git":
                raise UnsafePathError(f"{text!r} is inside .git, which belongs to git")
        return super().__new__(cls, text)

    @property
    def parent(self) -> str:
        """The folder part, empty for a file at the root."""
        return self.rpartition("/")[0]


class Root:
    """A repository root on disk; turns a RepoPath into a real path that does not leave it."""

    def __init__(self, path: str) -> None:
        self.path = os.path.realpath(path)
        self._safe_folders: set[str] = {""}

    def locate(self, path: RepoPath) -> str:
        """Return the real path of `path`.

        A linked folder that stays inside the root is followed; one that leaves it raises UnsafePathError.
        The last part is never followed: a link there is a file of its own.
        """
        folder = path.parent
        if folder not in self._safe_folders:
            self._check_folder(folder)
        return f"{self.path}/{path}"

    def _check_folder(self, folder: str) -> None:
        """Check each part once: below a folder that is safe, only a link can lead out."""
        above = folder.rpartition("/")[0]
        if above not in self._safe_folders:
            self._check_folder(above)
        if os.path.islink(f"{self.path}/{folder}"):
            self._check_link(folder)
        self._safe_folders.add(folder)

    def _check_link(self, folder: str) -> None:
        real = os.path.realpath(os.path.join(self.path, folder))
        if real != self.path and not real.startswith(self.path.rstrip("/") + "/"):
            raise UnsafePathError(f"{folder!r} is a link that leaves the repository")

    def read(self, path: RepoPath) -> bytes | None:
        """Return the bytes of a regular file, None when nothing is there. Raises UnsafePathError for anything else."""
        name = self.locate(path)
        try:
            kind = os.lstat(name).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(kind):
            raise UnsafePathError(f"{path!r} is not a regular file")
        with open(name, "rb") as file:
            return file.read()
