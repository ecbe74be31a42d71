"""The fast path: whether nothing changed since the lock was written, told without importing anything of ours.

A hook runs on every commit, so a run with nothing to do must cost what bare Python costs. Therefore this module reads
the lock itself, with `os` and the interpreter's own SHA-256, and knows nothing but yes: whatever is odd is False, and
the full run explains it. It believes the lock's digests as git's index is believed; where the lock itself may have been
tampered with, run the full check.
"""

import os
import stat
import sys

# OpenSSL's SHA-256 is four times as quick, but loading it costs more than one repository: taken when it is there.
if "hashlib" in sys.modules:
    from hashlib import sha256
else:
    try:
        from _sha2 import sha256  # type: ignore[import-not-found,no-redef,unused-ignore]
    except ImportError:
        try:
            from _sha256 import sha256  # type: ignore[import-not-found,no-redef,unused-ignore]
        except ImportError:
            from hashlib import sha256

_LOCK = "gitopsgen.lock"
_WORKSPACE = "gitopsgen.workspace.yaml"
_INPUT_FOLDERS = (".gitopsgen/templates", ".gitopsgen/patches")
_EJECTED = ".gitopsgen/ejected"
_PINS = ".gitopsgen/pins.yaml"
_STAGING = ".gitopsgen/staging"
_LARGEST = 32 * 1024 * 1024
_LONGEST_PATH = 1024
_LONGEST_LINE = 4096
_LONGEST_WORD = 200
# By their digests the texts that were found first: those of two or three repositories, of as many as there may be.
_TEXTS: dict[str, bytes] = {}
_MOST_TEXTS = 64
_RESERVED = (
    *(
        "gitopsgen.yaml",
        "gitopsgen.lock",
        _WORKSPACE,
        ".gitopsgen/templates",
        ".gitopsgen/patches",
        ".gitopsgen/ejected",
    ),
    *(".gitopsgen/pins.yaml", ".gitopsgen/kept", ".gitopsgen/staging"),
)
_SPECS = "/gitopsgen.yaml"
_RESERVED_FOLDERS = tuple(f"{name}/" for name in _RESERVED)
_START = b">>> gitopsgen: generated, edits inside are lost >>>"
_END = b"<<< gitopsgen <<<"
_MODES = {"644": False, "755": True}
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class _OddError(Exception):
    """Something for the full run to explain."""


def unchanged(root: str, version: str, spec_name: str = "gitopsgen.yaml") -> bool:
    """Tell whether tool version, inputs and outputs are what the lock below `root` says.

    No file outside `root` is read, whatever the lock says, and no link is followed.
    """
    try:
        return _Check(root).holds(version, spec_name)
    except (_OddError, OSError, ValueError):
        return False


class _Check:
    def __init__(self, root: str) -> None:
        self._root = root + "/"
        self._folders: dict[str, bool] = {"": True}

    def holds(self, version: str, spec_name: str) -> bool:
        headers, inputs, files, needs = _facts(self._read(_LOCK)[0])
        # A line `lacks` is among the headers too: there is something to warn of, and the full run knows the words.
        if headers != ["format 1", f"tool {version}"] or not self._knows_specs(spec_name, inputs):
            return False
        if any(sha256(_to_lf(self._read(path)[0])).hexdigest() != known for path, known in inputs.items()):
            return False
        if not all(map(self._file_holds, files)) or not all(map(self._is_file, needs)):
            return False
        # What a run that was killed left behind is for the next one to remove.
        if os.path.lexists(self._root + _STAGING):
            return False
        # What the ejected files say counts for references, and the lock does not know it.
        if os.path.lexists(self._root + _EJECTED):
            return False
        if _PINS not in inputs and os.path.lexists(self._root + _PINS):
            return False
        return all(self._knows_files(folder, inputs) for folder in _INPUT_FOLDERS)

    def _knows_specs(self, spec_name: str, inputs: dict[str, str]) -> bool:
        """Whether the lock knows the spec; in a workspace, all specs beside those it knows."""
        if spec_name in inputs:
            return not os.path.lexists(self._root + _WORKSPACE)
        if _WORKSPACE not in inputs or os.path.lexists(self._root + spec_name):
            return False
        folders = {path.rpartition("/")[0].rpartition("/")[0] for path in inputs if path.endswith(f"/{spec_name}")}
        for folder in folders:
            start = f"{folder}/" if folder else ""
            with os.scandir(self._root + folder) as entries:
                names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
            for name in names:
                path = f"{start}{name}/{spec_name}"
                if path not in inputs and os.path.lexists(self._root + path):
                    return False
        return bool(folders)

    def _file_holds(self, fields: list[str]) -> bool:
        _, ownership, known, mode, _, path = fields
        if ownership == "once":
            was_ours = len(known) == 64 and not known.strip("0123456789abcdef")
            return (known == "-" or was_ours) and mode in _MODES and self._is_file(path)
        raw, executable = self._read(path)
        raw = _to_lf(raw)
        if ownership == "block" and mode in _MODES:
            raw = _inner(raw)
        elif ownership != "managed" or executable is not _MODES.get(mode):
            return False
        return _has_digest(raw, known)

    def _is_file(self, path: str) -> bool:
        return stat.S_ISREG(os.lstat(self._locate(path)).st_mode)

    def _knows_files(self, top: str, inputs: dict[str, str]) -> bool:
        """Whether every file below `top` is an input; a link or a special file among them is odd."""
        if not os.path.lexists(self._root + top):
            return True
        if not self._is_folder(top):
            return False
        folders = [top]
        while folders:
            folder = folders.pop()
            with os.scandir(self._root + folder) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}"
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(path)
                    elif path not in inputs:
                        return False
        return True

    def _read(self, path: str) -> tuple[bytes, bool]:
        """Return the bytes of a regular file, and whether its owner may run it."""
        handle = os.open(self._locate(path), _OPEN)
        try:
            kind = os.fstat(handle)
            if not stat.S_ISREG(kind.st_mode) or kind.st_size > _LARGEST:
                raise _OddError
            raw = os.read(handle, kind.st_size + 1)
        finally:
            os.close(handle)
        if len(raw) != kind.st_size:
            raise _OddError
        return raw, bool(kind.st_mode & 0o100)

    def _locate(self, path: str) -> str:
        if len(path) > _LONGEST_PATH or not path.isprintable() or "\\" in path or path[1:2] == ":":
            raise _OddError
        folder, _, name = path.rpartition("/")
        safe = self._folders.get(folder)
        if safe is None:
            safe = self._is_folder(folder)
        if not safe or not _is_safe(name):
            raise _OddError
        return self._root + path

    def _is_folder(self, folder: str) -> bool:
        """Whether `folder` is one below the root and every part of it is a real folder, not a link."""
        known = self._folders.get(folder)
        if known is None:
            parent, _, name = folder.rpartition("/")
            known = (
                _is_safe(name)
                and (parent != "" or "/" not in folder)
                and self._is_folder(parent)
                and stat.S_ISDIR(os.lstat(self._root + folder).st_mode)
            )
            self._folders[folder] = known
        return known


def _has_digest(raw: bytes, known: str) -> bool:
    """Whether a text has a digest. Most are the same in every repository, and quicker to compare than to hash."""
    if _TEXTS.get(known) == raw:
        return True
    text: str = sha256(raw).hexdigest()
    if text == known and len(_TEXTS) < _MOST_TEXTS:
        _TEXTS[known] = raw
    return text == known


def _is_safe(name: str) -> bool:
    """Whether core/repopath.py takes `name` for a part of a path."""
    return name not in ("", ".", "..") and (
        # Nearly no name needs the second look.
        (name[:1] != "." and "~" not in name) or name.partition(":")[0].rstrip(" .").lower() not in (".git", "git~1")
    )


def _facts(raw: bytes) -> tuple[list[str], dict[str, str], list[list[str]], set[str]]:
    """Split the lock into its header lines, its inputs (path: digest), the fields of its files, and its needs.

    What repo/lock.py refuses is odd, or is found to be where it is used.
    """
    headers: list[str] = []
    inputs: dict[str, str] = {}
    files: dict[str, list[str]] = {}
    needs: set[str] = set()
    for line in _to_lf(raw).decode().split("\n"):
        if len(line) > _LONGEST_LINE:
            raise _OddError
        if line.startswith("file "):
            fields = line.split(" ", 5)
            if len(fields) != 6 or fields[5] in files or not _may_be_output(fields[5]) or not _is_word(fields[4]):
                raise _OddError
            files[fields[5]] = fields
        elif line.startswith("input "):
            _, known, path = line.split(" ", 2)
            if path in inputs:
                raise _OddError
            inputs[path] = known
        elif line.startswith("needs "):
            if line[6:] in needs:
                raise _OddError
            needs.add(line[6:])
        elif line and line[0] != "#":
            headers.append(line)
    return headers, inputs, list(files.values()), needs


def _may_be_output(path: str) -> bool:
    folded = path.lower()
    return folded not in _RESERVED and not folded.startswith(_RESERVED_FOLDERS) and not folded.endswith(_SPECS)


def _to_lf(raw: bytes) -> bytes:
    """Undo what a checkout may have done to line ends."""
    return raw.replace(b"\r\n", b"\n") if b"\r" in raw else raw


def _is_word(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_WORD and text.isascii() and text.isprintable()


def _inner(raw: bytes) -> bytes:
    """Return the lines between the markers without their indentation, as repo/block.py does."""
    if raw.count(_START) != 1 or raw.count(_END) != 1:
        raise _OddError
    start, end = raw.index(_START), raw.index(_END)
    first = raw.rfind(b"\n", 0, start) + 1
    marker = raw[first:start]
    indent = marker[: len(marker) - len(marker.lstrip(b" \t"))]
    lines = raw[raw.index(b"\n", start) + 1 : raw.rfind(b"\n", 0, end) + 1].split(b"\n")
    if end < start or not all(line.startswith(indent) for line in lines if line):
        raise _OddError
    return b"\n".join([line[len(indent) :] for line in lines])
