"""The repository as detection may see it: few folders, small regular files, nothing behind a link."""

import os
import stat
from collections.abc import Iterable, Mapping
from typing import Any

from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root

LARGEST = 256 * 1024
MOST_FILES = 200
_MOST_FOLDERS = 200
_DEEPEST = 4
# What is copied into a repository says nothing about it.
_NOT_OURS = ("node_modules", "vendor", "third_party", "bower_components")


class Tree:
    """A repository root. Files are read once; `problems` says which manifest files could not be understood."""

    def __init__(self, root: str) -> None:
        self.root = Root(root)
        self.problems: list[str] = []
        self._texts: dict[str, str | None] = {}
        self._data: dict[str, Mapping[str, Any] | None] = {}
        self._names: dict[str, tuple[list[str], list[str]]] = {}

    def status(self, path: str) -> os.stat_result | None:
        """Return what lies at a path, links not followed; None for nothing and for a path outside the root."""
        try:
            return os.lstat(self.root.locate(RepoPath(path)))
        except (OSError, UnsafePathError):
            return None

    def is_file(self, path: str) -> bool:
        """Whether a regular file is there, of any size."""
        found = self.status(path)
        return found is not None and stat.S_ISREG(found.st_mode)

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
                            files.append(entry.name)
                        elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                            folders.append(entry.name)
            except (OSError, UnsafePathError):
                pass
            self._names[folder] = sorted(files), sorted(folders)
        return self._names[folder]

    def paths(self, patterns: Iterable[str], leave_out: Iterable[str] = ()) -> list[str]:
        """Return the paths that exist of plain paths, and of `folder/*.x` and `folder/**/*.x` patterns.

        They are in the order of the patterns; `**` stands for the folder itself and a few levels below it.
        """
        found: dict[str, None] = {}
        for pattern in patterns:
            folder, slash, name = pattern.rpartition("/")
            if is_pattern(name) or folder.endswith("/**"):
                for place in self._below(folder[:-3]) if folder.endswith("/**") else [folder]:
                    files = matching(self.files(place), [name], leave_out)
                    found.update((place + slash + file, None) for file in files)
            elif self.status(pattern):
                found[pattern] = None
        return list(found)[:MOST_FILES]

    def _below(self, top: str) -> list[str]:
        """Return a folder and those below it, the upper ones first; nothing when it is a link."""
        found = self.status(top)
        if found is None or not stat.S_ISDIR(found.st_mode):
            return []
        folders, level = [top], [top]
        for _ in range(_DEEPEST):
            level = [f"{outer}/{inner}" for outer in level for inner in self.folders(outer) if inner not in _NOT_OURS]
            level = level[: _MOST_FOLDERS - len(folders)]
            folders += level
        return folders

    def folders_with(self, patterns: list[str], leave_out: list[str]) -> list[str]:
        """Return the top-level folders that hold a matching file, directly or one folder down."""
        budget = _MOST_FOLDERS
        found = []
        for top in matching(self.folders(), ["*"], leave_out):
            for folder in (top, *(f"{top}/{inner}" for inner in matching(self.folders(top), ["*"], leave_out))):
                budget -= 1
                if budget >= 0 and matching(self.files(folder), patterns, leave_out):
                    found.append(top)
                    break
        return found

    def text(self, path: str) -> str | None:
        """Return the text of a small regular file, None for anything else."""
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
        return raw.decode("utf-8-sig", "replace") if raw is not None else None

    def data(self, path: str) -> Mapping[str, Any] | None:
        """Return the content of a JSON or TOML file, None (and perhaps a problem) when there is none."""
        if path not in self._data:
            self._data[path] = self._parse(path) if self.status(path) else None
        return self._data[path]

    def _parse(self, path: str) -> Mapping[str, Any] | None:
        text = self.text(path)
        if text is None:
            self.problems.append(f"{path} is passed over: it is not a readable file of at most {LARGEST // 1024} KiB")
            return None
        try:
            data = _loads(path, text)
        except (ValueError, RecursionError) as error:
            reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            self.problems.append(f"{path} is passed over: {reason}")
            return None
        if isinstance(data, dict):
            return data
        self.problems.append(f"{path} is passed over: it does not hold named values")
        return None

    def line_of_key(self, path: str, keys: list[str]) -> int:
        """Return the line on which a key of a JSON or TOML file stands, 0 when that is not known."""
        text = self.text(path) or ""
        return _toml_line(text, keys) if path.endswith(".toml") else _json_line(text, keys)


def is_pattern(name: str) -> bool:
    """Whether a file name has wildcards."""
    return any(character in name for character in "*?[")


def matching(names: Iterable[str], patterns: Iterable[str], leave_out: Iterable[str]) -> list[str]:
    """Return the names that match one of the patterns and none of `leave_out`."""
    from fnmatch import fnmatchcase

    return [
        name
        for name in names
        if any(fnmatchcase(name, pattern) for pattern in patterns)
        and not any(fnmatchcase(name, pattern) for pattern in leave_out)
    ]


def _loads(path: str, text: str) -> Any:
    if path.endswith(".toml"):
        import tomllib

        return tomllib.loads(text)
    import json

    return json.loads(text)


def _json_line(text: str, keys: list[str]) -> int:
    """Step over the values of a valid document with the real decoder, so that a key in a string is not taken for it."""
    import json

    decoder, key_end = json.JSONDecoder(), 0
    start = _past_space(text, 0)
    for key in keys:
        at, found = _past_space(text, start + 1), 0
        while text[at] == '"':
            name, name_end = decoder.raw_decode(text, at)
            value = _past_space(text, _past_space(text, name_end) + 1)
            if name == key:
                found, key_end = value, name_end
            _, end = decoder.raw_decode(text, value)
            at = _past_space(text, end)
            if text[at] == ",":
                at = _past_space(text, at + 1)
        start = found
    return text.count("\n", 0, key_end) + 1


def _past_space(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def _toml_line(text: str, keys: list[str]) -> int:
    header, inside = f"[{'.'.join(keys[:-1])}]", len(keys) == 1
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            inside = stripped.startswith(header)
        elif inside and stripped.partition("=")[0].strip(" \t\"'") == keys[-1]:
            return number
    return 0
