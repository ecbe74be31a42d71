"""RepoPath: the only way to name a file in the repository that is generated into."""

import os
import stat
from typing import Self

from gitopsgen.core.errors import UnsafePathError

_LONGEST = 1024
_NO_PARTS = frozenset(("", ".", ".."))
RESERVED = (
    "gitopsgen.yaml",
    "gitopsgen.lock",
    "gitopsgen.workspace.yaml",
    *(f".gitopsgen/{name}" for name in ("templates", "patches", "ejected", "pins.yaml", "kept", "staging")),
)
"""What gitopsgen reads or looks after itself: these paths, and all below them, are never outputs."""
_RESERVED_FOLDERS = tuple(f"{name}/" for name in RESERVED)


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
        parts = text.split("/")
        if not _NO_PARTS.isdisjoint(parts):
            raise UnsafePathError(f"{text!r} holds an empty, '.' or '..' part")
        # Few paths need the look at each part.
        if "git" in text.lower() and any(map(is_git_folder, parts)):
            raise UnsafePathError(f"{text!r} is inside .git, which belongs to git")
        return super().__new__(cls, text)

    @property
    def parent(self) -> str:
        """The folder part, empty for a file at the root."""
        return self.rpartition("/")[0]


def is_reserved(path: str) -> bool:
    """Whether `path` can never be an output; in any case, because some file systems do not tell it apart."""
    # The spec of a service lies in its folder.
    return path.lower().endswith("/gitopsgen.yaml") or _is_kept(path)


def _is_kept(path: str) -> bool:
    folded = path.lower()
    return folded in RESERVED or folded.startswith(_RESERVED_FOLDERS)


def is_git_folder(name: str) -> bool:
    """Whether a file system may take `name` for git's own folder; git refuses the same spellings."""
    return name.partition(":")[0].rstrip(" .").lower() in (".git", "git~1")


class Root:
    """A repository root on disk; turns a RepoPath into a real path that does not leave it."""

    def __init__(self, path: str) -> None:
        self.path = os.path.realpath(path)
        # Each folder that was looked at, and where it really is.
        self._real_folders: dict[str, str] = {"": ""}

    def locate(self, path: RepoPath) -> str:
        """Return the real path of `path`.

        A linked folder that stays inside the root is followed; one that leaves it, or leads into .git or to a reserved
        path, raises UnsafePathError. The last part is never followed: a link there is a file of its own.
        """
        folder, _, name = path.rpartition("/")
        real = self._real_folders.get(folder)
        if real is None:
            real = self._look_at(folder)
        if real != folder and is_reserved(f"{real}/{name}".lstrip("/")) and not _is_kept(path):
            raise UnsafePathError(f"{path!r} leads over a link to a file that is never generated")
        return f"{self.path}/{path}"

    def real(self, path: RepoPath) -> str:
        """Return where `path` really is, relative to the root; raises like locate."""
        self.locate(path)
        folder, _, name = path.rpartition("/")
        return f"{self._real_folders[folder]}/{name}".lstrip("/")

    def _look_at(self, folder: str) -> str:
        """Return where a folder really is. Each part is looked at once: below a safe one, only a link can lead out."""
        above, _, name = folder.rpartition("/")
        if above not in self._real_folders:
            self._look_at(above)
        is_link = os.path.islink(f"{self.path}/{folder}")
        real = self._follow(folder) if is_link else f"{self._real_folders[above]}/{name}".lstrip("/")
        self._real_folders[folder] = real
        return real

    def _follow(self, folder: str) -> str:
        real = os.path.realpath(os.path.join(self.path, folder))
        if real == self.path:
            return ""
        if not real.startswith(self.path.rstrip("/") + "/"):
            raise UnsafePathError(f"{folder!r} is a link that leaves the repository")
        relative = os.path.relpath(real, self.path)
        if any(map(is_git_folder, relative.split("/"))):
            raise UnsafePathError(f"{folder!r} is a link into .git, which belongs to git")
        return relative

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
