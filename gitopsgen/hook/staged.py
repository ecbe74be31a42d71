"""The staged tree of one app: its part of git's index, copied to a folder where it can be judged like any other."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.git import ask_git
from gitopsgen.core.repopath import RepoPath
from gitopsgen.hook.quick import FOLDER, LOCK, SPEC, WORKSPACE, named

# What lies below gitopsgen's own folder and is of this machine only.
_PRIVATE = (f"{FOLDER}kept/", f"{FOLDER}staging/")
_INPUTS = (f"{FOLDER}templates/", f"{FOLDER}patches/")
_EJECTED = f"{FOLDER}ejected"
_PINS = f"{FOLDER}pins.yaml"
_MOST_ARGUMENTS = 500
_PLACES = {"GIT_DIR": ("--absolute-git-dir",), "GIT_INDEX_FILE": ("--git-path", "index")}


class App(NamedTuple):
    """Where an app is: `top` is git's working tree, `prefix` the app's folder below it, empty or with a slash."""

    top: str
    prefix: str

    @property
    def root(self) -> str:
        """The app's folder."""
        return os.path.join(self.top, self.prefix).rstrip("/")


def find_app(root: str) -> App:
    """Return where the app at `root` is, a folder that may be gone. Raises GitError without a working tree of git."""
    folder = there = os.path.realpath(root)
    while not os.path.isdir(there):
        there = os.path.dirname(there)
    prefix = ask_git(there, "rev-parse", "--show-prefix").removesuffix("\n")
    top = f"{there}/".removesuffix(f"/{prefix}").rstrip("/") or "/"
    below = os.path.relpath(folder, top)
    return App(top, "" if below == "." else f"{below}/")


def is_input(path: str) -> bool:
    """Whether what gitopsgen writes depends on the text of `path`."""
    return path in (SPEC, WORKSPACE, _EJECTED, _PINS) or path.endswith(f"/{SPEC}") or path.startswith(_INPUTS)


class Staged:
    """What the index holds for an app, in a folder of its own: inputs and lock, and the files that the locks name.

    Raises GitError when git refuses.
    """

    def __init__(self, app: App, folder: str) -> None:
        self.app, self._folder = app, folder
        self.root = os.path.join(folder, app.prefix).rstrip("/")
        self._copied: set[str] = set()
        self._copy([SPEC, LOCK, WORKSPACE, FOLDER.rstrip("/")])
        self._specs = self._specs_below() if self.holds(WORKSPACE) else []
        self.update()

    def update(self) -> None:
        """Look again at which files matter: the lock on disk may be another one by now."""
        names = [name for root in (self.root, self.app.root) for name in named(_text(os.path.join(root, LOCK)))]
        self._named = {SPEC, LOCK, WORKSPACE, *self._specs, *filter(_is_path, names)}
        self._copy(sorted(self._named - self._copied))

    def _specs_below(self) -> list[str]:
        """Return every spec in a folder of the app: in a workspace each may be that of a service."""
        pattern = f":(top,glob){self.app.prefix}**/{SPEC}"
        known = ask_git(self.app.top, "ls-files", "-z", "--full-name", "--", pattern)
        return [path.removeprefix(self.app.prefix) for path in known.split("\0") if path]

    def copy_all(self) -> None:
        """Copy every file of the app: a new spec may refer to any of them."""
        self._copy(["."])

    @contextmanager
    def as_working_tree(self) -> Iterator[None]:
        """Let git take the copy for its working tree: what is asked of history and index has the same answers there."""
        told = {name: ask_git(self.app.top, "rev-parse", *words) for name, words in _PLACES.items()}
        places = {name: os.path.join(self.app.top, place.removesuffix("\n")) for name, place in told.items()}
        places["GIT_WORK_TREE"] = self._folder
        before = {name: os.environ.get(name) for name in places}
        with open(os.path.join(self._folder, ".git"), "w", encoding="utf-8") as link:
            link.write(f"gitdir: {places['GIT_DIR']}\n")
        os.environ.update(places)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                os.environ.update({} if value is None else {name: value})

    def holds(self, path: str) -> bool:
        """Whether the index has `path`."""
        return os.path.lexists(os.path.join(self.root, path))

    def differing(self) -> list[str]:
        """Return what matters and is not the same in the working tree, sorted; what is in one of the two counts."""
        paths = {*self._named, *_below(self.root, FOLDER), *_below(self.app.root, FOLDER)}
        return sorted(
            path
            for path in paths
            if not path.startswith(_PRIVATE)
            and _facts(os.path.join(self.root, path)) != _facts(os.path.join(self.app.root, path))
        )

    def _copy(self, paths: list[str]) -> None:
        """Copy what the index has at `paths`, which are files and folders of the app."""
        self._copied.update(paths)
        if not paths:
            return
        wanted = [os.path.normpath(self.app.prefix + path) for path in paths]
        for start in range(0, len(wanted), _MOST_ARGUMENTS):
            part = wanted[start : start + _MOST_ARGUMENTS]
            known = ask_git(self.app.top, "--literal-pathspecs", "ls-files", "-z", "--full-name", "--", *part)
            ask_git(
                self.app.top, "checkout-index", "-z", "--stdin", "-f", "-q", f"--prefix={self._folder}/", text=known
            )


def _is_path(name: str) -> bool:
    try:
        RepoPath(name)
    except UnsafePathError:
        return False
    return True


def _below(root: str, folder: str) -> Iterable[str]:
    for parent, _, names in os.walk(os.path.join(root, folder)):
        for name in names:
            yield os.path.relpath(os.path.join(parent, name), root)


def _text(name: str) -> str:
    found = _facts(name)
    return os.fsdecode(found[1]) if found and stat.S_ISREG(found[0]) else ""


def _facts(name: str) -> tuple[int, bytes] | None:
    """Return what git would record of a file: its kind, whether it can be run, and its text."""
    try:
        kind = os.lstat(name).st_mode
        if stat.S_ISREG(kind):
            with open(name, "rb") as file:
                return stat.S_IFREG | kind & 0o100, file.read()
        return stat.S_IFMT(kind), os.fsencode(os.readlink(name)) if stat.S_ISLNK(kind) else b""
    except (FileNotFoundError, NotADirectoryError):
        return None
