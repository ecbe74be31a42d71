"""The first question of a hook: whether what is staged concerns gitopsgen at all.

Most commits do not, and each of them pays for the answer: nothing heavy is imported, git's answers are asked for at the
same time, and the lock is read by its first words only. Whatever is odd concerns us, and the long way explains it.
"""

import os

from gitopsgen.core.git import anchor_environment

SPEC = "gitopsgen.yaml"
WORKSPACE = "gitopsgen.workspace.yaml"
LOCK = "gitopsgen.lock"
FOLDER = ".gitopsgen/"
# How many fields stand before the path in a line of the lock.
_FIELDS = {"file": 5, "intent": 5, "needs": 1, "input": 2}


def concerned(base: str, roots: list[str]) -> list[str]:
    """Return those of the apps that a staged change concerns; `base` is where git is asked, `roots` are the apps."""
    anchor_environment()
    try:
        return _concerned(base, roots)
    except (OSError, ValueError):
        return list(roots)


def _concerned(base: str, roots: list[str]) -> list[str]:
    here = os.path.realpath(base)
    folders = [os.path.relpath(os.path.realpath(root), here) for root in roots]
    # What is deleted counts, and a rename is a deletion too; what a person has configured for `git diff` does not.
    staged = _Asked(base, "diff", "--cached", "--name-only", "-z", "--no-renames", "--no-relative", "--no-ext-diff")
    at_top = os.path.lexists(os.path.join(here, ".git"))
    place = None if at_top else _Asked(base, "rev-parse", "--show-prefix")
    locks = [_Asked(base, "cat-file", "blob", f":./{folder}/{LOCK}") for folder in folders]
    names, prefix = staged.answer(), place.answer() if place else b""
    texts = [lock.answer() for lock in locks]
    if names is None or prefix is None:
        return list(roots)
    paths = os.fsdecode(names).split("\0")[:-1]
    below = os.fsdecode(prefix).removesuffix("\n")
    return [
        root
        for root, folder, text in zip(roots, folders, texts, strict=True)
        if _has_ours(paths, os.path.normpath(below + folder), text or b"")
    ]


def _has_ours(paths: list[str], folder: str, lock: bytes) -> bool:
    """Whether one of the paths is an input of the app in `folder`, or something that its lock names."""
    if folder.startswith(".."):
        return True
    start = "" if folder == "." else f"{folder}/"
    below = [path[len(start) :] for path in paths if path.startswith(start)]
    # A spec below may be that of a new service.
    if any(path in (SPEC, LOCK, WORKSPACE) or path.startswith(FOLDER) or path.endswith(f"/{SPEC}") for path in below):
        return True
    return bool(below) and not set(below).isdisjoint(named(os.fsdecode(lock)))


def named(lock: str) -> set[str]:
    """Return every path that a lock names as an output, or as needed or read for one, unchecked."""
    found = set()
    for line in lock.split("\n"):
        kind, _, rest = line.removesuffix("\r").partition(" ")
        fields = rest.split(" ", _FIELDS[kind] - 1) if kind in _FIELDS else []
        if len(fields) == _FIELDS.get(kind) and fields[-1]:
            found.add(fields[-1])
    return found


class _Asked:
    """A git command on its way; without `subprocess`, whose import costs more than git takes."""

    def __init__(self, base: str, *arguments: str) -> None:
        reader, writer = os.pipe()
        silent = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
        try:
            self._process = os.posix_spawnp(
                "git",
                ["git", "-C", base, *arguments],
                os.environ,
                file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1), silent],
            )
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        self._reader = reader

    def answer(self) -> bytes | None:
        """Return what git prints, None when it says no."""
        with open(self._reader, "rb", buffering=0) as pipe:
            text = pipe.readall()
        _, status = os.waitpid(self._process, 0)
        return text if status == 0 else None
