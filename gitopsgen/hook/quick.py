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
# Lines of paths of which only that they are there counts, or that they are not.
_EXISTENCE = ("needs", "lacks")
# How many fields stand before the path in a line of the lock.
_FIELDS = {"file": 5, "intent": 5, "input": 2, **dict.fromkeys(_EXISTENCE, 1)}


def concerned(base: str, roots: list[str]) -> list[str]:
    """Return those of the apps that a staged change concerns; `base` is where git is asked, `roots` are the apps.

    A service of a workspace is concerned by what concerns the workspace.
    """
    anchor_environment()
    try:
        return _concerned(base, roots)
    except (OSError, ValueError):
        return list(roots)


def _concerned(base: str, roots: list[str]) -> list[str]:
    here = os.path.realpath(base)
    places = {root: _places(os.path.realpath(root)) for root in roots}
    folders = {place: os.path.relpath(place, here) for all_of_one in places.values() for place in all_of_one}
    # What is deleted counts, and a rename is a deletion too; what a person has configured for `git diff` does not.
    staged = _Asked(base, "diff", "--cached", "--name-status", "-z", "--no-renames", "--no-relative", "--no-ext-diff")
    at_top = os.path.lexists(os.path.join(here, ".git"))
    asked = None if at_top else _Asked(base, "rev-parse", "--show-prefix")
    locks = [_Asked(base, "cat-file", "blob", f":./{folder}/{LOCK}") for folder in folders.values()]
    names, prefix = staged.answer(), asked.answer() if asked else b""
    texts = [lock.answer() for lock in locks]
    if names is None or prefix is None:
        return list(roots)
    fields = os.fsdecode(names).split("\0")[:-1]
    paths = dict(zip(fields[1::2], fields[::2], strict=True))
    below = os.fsdecode(prefix).removesuffix("\n")
    ours = {
        place
        for (place, folder), text in zip(folders.items(), texts, strict=True)
        if _has_ours(paths, os.path.normpath(below + folder), text or b"")
    }
    return [root for root in roots if not ours.isdisjoint(places[root])]


def _places(folder: str) -> list[str]:
    """Return the folder and the workspaces around it; which of them is meant, if any, the long way finds out."""
    found, here = [folder], folder
    while not os.path.lexists(os.path.join(here, ".git")) and os.path.dirname(here) != here:
        here = os.path.dirname(here)
        if os.path.lexists(os.path.join(here, WORKSPACE)):
            found.append(here)
    return found


def _has_ours(paths: dict[str, str], folder: str, lock: bytes) -> bool:
    """Whether one of the paths is an input of the app in `folder`, or something that its lock names.

    `paths` has the letter of what happens to each: a file that others only need is not looked at when it is modified.
    """
    if folder.startswith(".."):
        return True
    start = "" if folder == "." else f"{folder}/"
    below = {path[len(start) :]: what for path, what in paths.items() if path.startswith(start)}
    # A spec below may be that of a new service.
    if any(path in (SPEC, LOCK, WORKSPACE) or path.startswith(FOLDER) or path.endswith(f"/{SPEC}") for path in below):
        return True
    if not below:
        return False
    text = os.fsdecode(lock)
    coming_or_going = [path for path, what in below.items() if what != "M"]
    return (
        not _of(text, ("file", "intent", "input")).isdisjoint(below)
        or not _of(text, _EXISTENCE).isdisjoint(coming_or_going)
        or any(_may_be(path, lacking) for lacking in _of(text, ("lacks",)) for path in coming_or_going)
    )


def _may_be(path: str, lacking: str) -> bool:
    """Whether `path` lies in a folder that is lacking, or could be one of the names that a pattern means."""
    before = min((lacking.find(mark) for mark in "*?[" if mark in lacking), default=-1)
    return path.startswith(lacking[:before] if before >= 0 else f"{lacking}/")


def named(lock: str) -> set[str]:
    """Return every path that a lock names as an output, or as read, needed or lacking for one, unchecked."""
    return _of(lock, tuple(_FIELDS))


def _of(lock: str, kinds: tuple[str, ...]) -> set[str]:
    found = set()
    for line in lock.split("\n"):
        kind, _, rest = line.removesuffix("\r").partition(" ")
        fields = rest.split(" ", _FIELDS[kind] - 1) if kind in kinds else []
        if fields and len(fields) == _FIELDS[kind] and fields[-1]:
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
