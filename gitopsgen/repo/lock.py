"""gitopsgen.lock: which files we wrote, from which inputs. Committed, merged by git, read as untrusted input.

One line is one fact and the lines are sorted by path, so two branches that change different files merge without help:

    # a comment
    format 1
    tool 0.1.0
    input <sha256> <path>
    needs <path>
    lacks <path>
    file <ownership> <sha256 or -> <mode> <pack> <path>
    intent <ownership> <sha256 or -> <mode> <pack> <path>

An intent is what a run was about to write, or with `-` to delete, when it was cut short. Git merges the lock with its
`union` driver: two lines for one path, and even conflict markers, mean that both texts are ours. What the spec names
and the repository `lacks` is warned of by every run until it is there, so the fast path vouches for no lock with such a
line.
"""

import re
from typing import NamedTuple, NoReturn, cast

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.files import Ownership
from gitopsgen.core.repopath import RepoPath, Root, is_reserved

LOCK_NAME = RepoPath("gitopsgen.lock")
FORMAT = "1"
NO_DIGEST = "-"
LARGEST = 32 * 1024 * 1024
LONGEST_LINE = 4096

_HEADER = "# gitopsgen.lock: what gitopsgen wrote, and from what. Commit this file; gitopsgen rewrites it.\n"
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_WORD = re.compile(r"[!-~]{1,200}\Z")
_MODES = {"644": 0o644, "755": 0o755}
_OWNERSHIPS = ("managed", "once", "block")
_MERGE_MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_RELEASE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,5}")
_REMOVE_LINE = "remove the line, then run `gitopsgen generate`"
_REGENERATE = "restore it with `git checkout -- gitopsgen.lock`"


class Input(NamedTuple):
    """A file that the outputs depend on, and the SHA-256 of its bytes."""

    path: RepoPath
    digest: str


class Entry(NamedTuple):
    """A file that we wrote: `digest` is the SHA-256 of our text (a block: of its lines).

    A `once` file that still has that text follows the spec like every other file; `-` for one that never had it. `was`
    is where the file lay when it was written, if somebody has moved it since; no lock file says it.
    """

    path: RepoPath
    ownership: Ownership
    digest: str
    mode: int
    pack: str
    was: str = ""


class Lock(NamedTuple):
    """The whole lock, sorted by path; `needs` are files that the outputs refer to, and that only have to be there.

    `lacks` are paths and patterns that should be there and were not.

    `intents` are texts that are ours too: of runs that were cut short, and of the other side of a merge. A path can
    have many; a digest of `-` stands for the file's deletion, or for a text that is not ours.
    """

    tool: str
    inputs: tuple[Input, ...] = ()
    files: tuple[Entry, ...] = ()
    needs: tuple[RepoPath, ...] = ()
    intents: tuple[Entry, ...] = ()
    lacks: tuple[RepoPath, ...] = ()


class _LineError(Exception):
    def __init__(self, message: str, cure: str = _REGENERATE, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.cure, self.column = message, cure, column


def read_lock(root: Root) -> Lock | Diagnostic | None:
    """Read the lock of a repository, None when there is none. Gives `lock.unreadable` for whatever is not a lock."""
    try:
        raw = root.read(LOCK_NAME)
    except UnsafePathError:
        return _unreadable("it is a link, a folder or a special file", f"move it away; {_REGENERATE}")
    except OSError as error:
        return _unreadable(f"it cannot be read: {error.strerror}", "check its permissions")
    return None if raw is None else parse(raw)


def parse(raw: bytes) -> Lock | Diagnostic:
    """Read a lock. Anything but a well-formed one is one Diagnostic `lock.unreadable`; nothing is raised."""
    if len(raw) > LARGEST:
        return _unreadable(f"the lock has {len(raw):,} bytes; the most is {LARGEST:,}", _REGENERATE)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return _unreadable(f"byte 0x{raw[error.start]:02x} is not UTF-8", _REGENERATE, Position(line, 1))
    reader = _Reader()
    number = 0
    for number, ended in enumerate(text.split("\n"), 1):
        line_text = ended.removesuffix("\r")
        try:
            reader.take(line_text)
        except _LineError as error:
            return _unreadable(error.message, error.cure, Position(number, error.column), line_text)
    try:
        return reader.finish()
    except _LineError as error:
        return _unreadable(error.message, error.cure, Position(number, 1))


def render(lock: Lock) -> bytes:
    """Return the bytes of `lock`; the same lock gives the same bytes. Raises ValueError for a word with a space."""
    for word in (lock.tool, *(entry.pack for entry in (*lock.files, *lock.intents))):
        if not _WORD.match(word):
            raise ValueError(f"{word!r} cannot be written as one word in the lock")
    lines = [_HEADER, f"format {FORMAT}\n", f"tool {lock.tool}\n"]
    lines += [f"input {found.digest} {found.path}\n" for found in sorted(lock.inputs)]
    lines += [f"needs {path}\n" for path in sorted(lock.needs)]
    lines += [f"lacks {path}\n" for path in sorted(lock.lacks)]
    lines += [
        f"file {entry.ownership} {entry.digest} {entry.mode:o} {entry.pack} {entry.path}\n"
        for entry in sorted(lock.files)
    ]
    lines += [
        f"intent {entry.ownership} {entry.digest} {entry.mode:o} {entry.pack} {entry.path}\n"
        for entry in sorted(set(lock.intents))
    ]
    return "".join(lines).encode()


class _Reader:
    """Collects the facts of one lock, line by line."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.inputs: dict[RepoPath, Input] = {}
        self.files: dict[RepoPath, Entry] = {}
        self.named: dict[str, set[RepoPath]] = {"needs": set(), "lacks": set()}
        self.intents: set[Entry] = set()

    def take(self, line: str) -> None:
        if len(line) > LONGEST_LINE:
            raise _LineError(f"the line has {len(line):,} characters; the most is {LONGEST_LINE:,}")
        if not line or line.startswith(("#", *_MERGE_MARKERS)):
            return
        kind, _, rest = line.partition(" ")
        if kind == "file":
            entry = _entry(kind, rest)
            if self.files.setdefault(entry.path, entry) != entry:
                self.intents.add(entry)
        elif kind == "input":
            self._input(rest)
        elif kind in self.named:
            self.named[kind].add(_path(rest))
        elif kind == "intent":
            self.intents.add(_entry(kind, rest))
        elif kind in ("format", "tool"):
            self._header(kind, rest)
        else:
            _refuse_kind(kind)

    def finish(self) -> Lock:
        for name in ("format", "tool"):
            if name not in self.headers:
                raise _LineError(f"the line `{name} ...` is missing")
        inputs, files = sorted(self.inputs.values()), sorted(self.files.values())
        needs, lacks = (tuple(sorted(self.named[kind])) for kind in ("needs", "lacks"))
        return Lock(self.headers["tool"], tuple(inputs), tuple(files), needs, tuple(sorted(self.intents)), lacks)

    def _header(self, kind: str, value: str) -> None:
        if kind == "format" and value != FORMAT:
            raise _LineError(f"format {value} is newer than this gitopsgen reads", "upgrade gitopsgen", len(kind) + 2)
        if not _WORD.match(value):
            raise _LineError(f"`{kind}` needs one word", column=len(kind) + 2)
        known = self.headers.setdefault(kind, value)
        if is_newer(value, known):
            self.headers[kind] = value

    def _input(self, rest: str) -> None:
        fields = rest.split(" ", 1)
        if len(fields) != 2:
            raise _LineError("an input line is `input <sha256> <path>`")
        path = _path(fields[1])
        self.inputs[path] = Input(path, _digest(fields[0]))


def is_newer(tool: str, than: str) -> bool:
    """Whether `tool` is a later version than `than`, by the numbers that both begin with."""
    numbers = [_RELEASE.match(version) for version in (tool, than)]
    later, earlier = ([int(part) for part in found[0].split(".")] if found else [] for found in numbers)
    return later > earlier


def newer_tool(lock: Lock, version: str) -> Diagnostic | None:
    """Return what to say when a later gitopsgen than `version` wrote the lock: this one would undo what is new."""
    if not is_newer(lock.tool, version):
        return None
    return Diagnostic(
        "lock.newer-tool",
        f"gitopsgen {lock.tool} wrote these files; this is {version}, and would take back what is new",
        f"`python -m pip install --upgrade 'gitopsgen>={lock.tool}'`, or as you installed it",
        LOCK_NAME,
    )


def _entry(kind: str, rest: str) -> Entry:
    fields = rest.split(" ", 4)
    if len(fields) != 5:
        raise _LineError(f"the line is `{kind} <ownership> <sha256 or -> <mode> <pack> <path>`")
    ownership, hexes, mode, pack, name = fields
    if ownership not in _OWNERSHIPS:
        raise _LineError(f"{ownership!r} is none of {', '.join(_OWNERSHIPS)}")
    if mode not in _MODES:
        raise _LineError(f"{mode!r} is not a file mode; 644 and 755 are")
    if not _WORD.match(pack):
        raise _LineError(f"{pack!r} is not the name of a pack")
    if hexes == NO_DIGEST and ownership != "once" and kind == "file":
        raise _LineError("only a once file can have - for its digest, every other file has a SHA-256")
    checked = hexes if hexes == NO_DIGEST else _digest(hexes)
    path = _path(name)
    if is_reserved(path):
        raise _LineError(f"{path} is never generated", _REMOVE_LINE)
    return Entry(path, cast("Ownership", ownership), checked, _MODES[mode], pack)


def _refuse_kind(kind: str) -> NoReturn:
    raise _LineError(f"{kind[:40]!r} is not a kind of line that this gitopsgen knows", "upgrade gitopsgen")


def _digest(text: str) -> str:
    if not _DIGEST.match(text):
        raise _LineError(f"{text[:80]!r} is not a SHA-256 in lower-case hex")
    return text


def _path(text: str) -> RepoPath:
    try:
        return RepoPath(text)
    except UnsafePathError as error:
        raise _LineError(str(error), _REMOVE_LINE) from None


def _unreadable(message: str, cure: str, position: Position | None = None, source: str = "") -> Diagnostic:
    return Diagnostic("lock.unreadable", message, cure, LOCK_NAME, position, source[:LONGEST_LINE])
