"""The repository as detection may see it: few folders, small regular files, nothing behind a link."""

import os
import re
import stat
from collections.abc import Collection, Iterable
from fnmatch import translate
from functools import cache

from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.detect.manifests import Manifest, parse

LARGEST = 256 * 1024
MOST_FILES = 200
_MOST_FOLDERS = 200
_DEEPEST = 4
# What is copied into a repository, or made from it, says nothing about it; such folders are not even opened.
NOT_OURS = frozenset(
    (
        "node_modules", "bower_components", "jspm_packages", "vendor", "third_party", "thirdparty", "external", "deps",
        "Pods", "Carthage", "target", "build", "_build", "dist", "out", "obj", "venv", "virtualenv", "site-packages",
        "__pycache__", "coverage", "tmp",
    )
)  # fmt: skip


class Tree:
    """A folder of an app. Files are read once; `problems` says which manifest files could not be understood.

    It may lie in `outer`, the root of a workspace: a path that begins with `../` is then a file of a folder above.
    Files that are `generated`, named from the outermost root, are not there: what we wrote is evidence of nothing.
    """

    def __init__(self, root: str, outer: "Tree | None" = None, generated: Collection[str] = ()) -> None:
        self.root = Root(root)
        self.outer = outer
        self._generated = generated
        inside = os.path.relpath(self.root.path, outer.root.path).split(os.sep) if outer else []
        self._inside = [] if ".." in inside else inside
        self.problems: list[str] = []
        self._texts: dict[str, str | None] = {}
        self._manifests: dict[str, Manifest | None] = {}
        self._names: dict[str, tuple[list[str], list[str]]] = {}

    def status(self, path: str) -> os.stat_result | None:
        """Return what lies at a path, links not followed; None for nothing and for a path outside the root."""
        if self.outer and path.startswith("../"):
            return self.outer.status(self._above(path))
        if self._is_generated(path):
            return None
        try:
            return os.lstat(self.root.locate(RepoPath(path)))
        except (OSError, UnsafePathError):
            return None

    def _is_generated(self, path: str) -> bool:
        return self.outer._is_generated(_joined(self.inside, path)) if self.outer else path in self._generated

    @property
    def inside(self) -> str:
        """The folder as the outer tree names it, empty without one."""
        return "/".join(self._inside)

    def _above(self, path: str) -> str:
        """Return where a `../` path lies in the outer tree."""
        name = path.removeprefix("../" * path.count("../"))
        return "/".join([*self._inside[: -path.count("../")], name])

    def is_file(self, path: str) -> bool:
        """Whether a regular file is there, of any size."""
        found = self.status(path)
        return found is not None and stat.S_ISREG(found.st_mode)

    def is_executable(self, path: str) -> bool:
        """Whether anybody may run what is there as a program."""
        found = self.status(path)
        return found is not None and bool(found.st_mode & 0o111)

    def files(self, folder: str = "") -> list[str]:
        """Return the names of the regular files in a folder, sorted."""
        return self._listing(folder)[0]

    def folders(self, folder: str = "") -> list[str]:
        """Return the names of the folders in a folder, sorted; hidden and linked ones are left out."""
        return self._listing(folder)[1]

    def _listing(self, folder: str) -> tuple[list[str], list[str]]:
        if folder not in self._names:
            files, folders = [], []
            try:
                with os.scandir(self.root.locate(RepoPath(folder)) if folder else self.root.path) as entries:
                    for entry in entries:
                        if entry.is_file(follow_symlinks=False):
                            files += [] if self._is_generated(_joined(folder, entry.name)) else [entry.name]
                        elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                            folders.append(entry.name)
            except (OSError, UnsafePathError):
                pass
            self._names[folder] = sorted(files), sorted(folders)
        return self._names[folder]

    def paths(self, patterns: Iterable[str], leave_out: Iterable[str] = (), *, above: bool = False) -> list[str]:
        """Return the paths that exist of plain paths, and of patterns such as `*.x`, `src/*/*.x` and `**/*.x`.

        They are in the order of the patterns; `**` stands for the folder itself and a few levels below it. `above`: a
        plain path that is not here counts in the nearest folder above that has it.
        """
        found: dict[str, None] = {}
        for pattern in patterns:
            folder, slash, name = pattern.rpartition("/")
            if is_pattern(pattern):
                for place in self._places(folder):
                    files = matching(self.files(place), [name], leave_out)
                    found.update((f"{place}{slash}{file}".lstrip("/"), None) for file in files)
            elif self.status(pattern):
                found[pattern] = None
            elif above:
                higher = ("../" * steps + pattern for steps in range(1, len(self._inside) + 1))
                found.update((path, None) for path in [path for path in higher if self.status(path)][:1])
        return list(found)[:MOST_FILES]

    def upwards(self, path: str, key: str) -> str:
        """Return the path of the nearest file of that name, here or above, that has the key; else the path itself."""
        steps = path.count("../")
        higher = ("../" * more + path for more in range(len(self._inside) + 1 - steps))
        having = (other for other in higher if (found := self.manifest(other)) and found.find(key))
        return next(having, path)

    def _places(self, folder: str) -> list[str]:
        """Return the folders that a pattern for folders stands for."""
        places = [""]
        for part in folder.split("/") if folder else ():
            if part == "**":
                places = [below for outer in places for below in self.below(outer)]
            elif is_pattern(part):
                places = [
                    _joined(outer, inner)
                    for outer in places
                    for inner in matching(self.folders(outer), [part], NOT_OURS)
                ]
            else:
                places = [_joined(outer, part) for outer in places]
        return places[:_MOST_FOLDERS]

    def below(self, top: str, deepest: int = _DEEPEST) -> list[str]:
        """Return a folder and those below it, the upper ones first; nothing when it is a link."""
        found = self.status(top) if top else None
        if top and (found is None or not stat.S_ISDIR(found.st_mode)):
            return []
        folders, level = [top], [top]
        for _ in range(deepest):
            level = [_joined(outer, inner) for outer in level for inner in self.folders(outer) if inner not in NOT_OURS]
            level = level[: _MOST_FOLDERS - len(folders)]
            folders += level
        return folders

    def folders_with(self, patterns: list[str], leave_out: list[str]) -> list[str]:
        """Return the top-level folders that hold a matching file, directly or one folder down."""
        budget = _MOST_FOLDERS
        found = []
        leave_out = [*leave_out, *NOT_OURS]
        for top in matching(self.folders(), ["*"], leave_out):
            for folder in (top, *(f"{top}/{inner}" for inner in matching(self.folders(top), ["*"], leave_out))):
                budget -= 1
                if budget >= 0 and matching(self.files(folder), patterns, leave_out):
                    found.append(top)
                    break
        return found

    def text(self, path: str) -> str | None:
        """Return the text of a small regular file, None for anything else."""
        if self.outer and path.startswith("../"):
            return self.outer.text(self._above(path))
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def _read(self, path: str) -> str | None:
        found = self.status(path)
        if found is None or found.st_size > LARGEST:
            return None
        try:
            raw = self.root.read(RepoPath(path))
        except (OSError, UnsafePathError):
            return None
        return raw.decode("utf-8", "replace").removeprefix("\ufeff") if raw is not None else None

    def manifest(self, path: str) -> Manifest | None:
        """Return the content of a JSON, TOML, YAML or XML file, None (and perhaps a problem) when there is none."""
        if path not in self._manifests:
            self._manifests[path] = self._parse(path) if self.status(path) else None
        return self._manifests[path]

    def _parse(self, path: str) -> Manifest | None:
        text = self.text(path)
        if text is None:
            self.problems.append(f"{path} is passed over: it is not a readable file of at most {LARGEST // 1024} KiB")
            return None
        try:
            return parse(path, text)
        except (ValueError, RecursionError) as error:
            reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            self.problems.append(f"{path} is passed over: {reason}")
            return None


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def is_pattern(name: str) -> bool:
    """Whether a file name has wildcards."""
    return any(character in name for character in "*?[")


def matching(names: Iterable[str], patterns: Iterable[str], leave_out: Iterable[str]) -> list[str]:
    """Return the names that match one of the patterns and none of `leave_out`."""
    wanted, unwanted = _expression(tuple(patterns)), _expression(tuple(leave_out))
    return [name for name in names if wanted.match(name) and not unwanted.match(name)]


@cache
def _expression(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Return one expression for all of several patterns: folders of ten thousand files are asked by many sources."""
    return re.compile("|".join(map(translate, patterns)) or "(?!)")
