"""The doors of the patch engine: a hand edit of a generated file as text in the repository. Nothing here reads a disk.

record() writes down what a person changed, read() understands it, apply() brings it to a newly rendered text.
"""

from typing import Literal

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath
from gitopsgen.patch import hunks
from gitopsgen.patch.compare import compare
from gitopsgen.patch.events import UnsupportedError
from gitopsgen.patch.mismatch import where, wish
from gitopsgen.patch.model import LARGEST, NO_MATCH, UNREADABLE, Edit, Hunk, NoMatchError, Patch, PatchError
from gitopsgen.patch.patchfile import read_edits, word, write_edits
from gitopsgen.patch.splice import apply_edits

PATCHES = RepoPath(".gitopsgen/patches")

Kind = Literal["yaml", "text"]

_ENDINGS: dict[Kind, str] = {"yaml": ".patch.yaml", "text": ".patch"}
_CURES_OF_VALUES = (
    "yaml.syntax",
    "yaml.tab",
    "yaml.control-character",
    "yaml.not-utf8",
    "yaml.ambiguous",
    "yaml.duplicate-key",
    "yaml.key-not-text",
    "yaml.merge-key",
    "yaml.tag",
)
_NOTE = "# The hand edit of {}. `gitopsgen adopt` writes this file; every generate applies it.\n"


def patch_path(target: RepoPath, kind: Kind) -> RepoPath:
    """Return where the patch of `target` lies. Raises UnsafePathError when that would be too long for a path."""
    return RepoPath(f"{PATCHES}/{target}{_ENDINGS[kind]}")


def target_of(path: RepoPath) -> RepoPath | None:
    """Return the file that the patch at `path` is for, None when `path` is no place of a patch."""
    folder, name = path[: len(PATCHES) + 1], path[len(PATCHES) + 1 :]
    if folder != f"{PATCHES}/":
        return None
    for ending in _ENDINGS.values():
        if name.endswith(ending):
            try:
                return RepoPath(name.removesuffix(ending))
            except UnsafePathError:
                return None
    return None


def record(target: RepoPath, base: str, edited: str, language: str) -> tuple[RepoPath, str]:
    """Return the path and the text of the patch file that turns `base` into `edited`, byte for byte.

    `base` is the text as it was rendered, `edited` what the person made of it; `language` is the output language.
    For YAML the patch is structural if that gives every byte, a text patch otherwise. Raises UnsafePathError when the
    path of the patch would be too long.
    """
    structural = _record_yaml(target, base, edited) if language == "yaml" else None
    if structural is not None:
        return patch_path(target, "yaml"), structural
    path = patch_path(target, "text")
    header = f"--- {target}\n+++ {target}\n"
    return path, _NOTE.format(target) + header + hunks.write_hunks(base, edited)


def _record_yaml(target: RepoPath, base: str, edited: str) -> str | None:
    """Return the structural patch, None when it would not give `edited` byte for byte."""
    try:
        text = _NOTE.format(target) + write_edits(target, compare(base, edited))
    except (UnsupportedError, NoMatchError):
        return None
    patch = read(patch_path(target, "yaml"), text.encode())
    exact = isinstance(patch, Patch) and apply(patch, base) == edited
    return text if exact else None


def read(source: RepoPath, raw: bytes) -> Patch | Diagnostic:
    """Read a patch file. Gives `patch.unreadable`, with line and column, for whatever is not one; never raises."""
    target = target_of(source)
    if target is None:
        return _unreadable(source, f"a patch is named {PATCHES}/FILE.patch.yaml or {PATCHES}/FILE.patch")
    try:
        if source.endswith(_ENDINGS["yaml"]):
            edits = read_edits(target, source, raw)
            return _as_ours(target, edits) if isinstance(edits, Diagnostic) else Patch(target, source, edits)
        return _read_text(target, source, raw)
    except PatchError as error:
        return _unreadable(source, error.message, error.position, error.source)


def moved(source: RepoPath, raw: bytes, target: RepoPath) -> tuple[RepoPath, bytes]:
    """Return path and text of the patch file at `source` for another file, `target`; all but the name stays.

    Raises UnsafePathError when the path of the patch would be too long.
    """
    kind: Kind = "yaml" if source.endswith(_ENDINGS["yaml"]) else "text"
    old = target_of(source) or source
    heads = ("--- ", "+++ ", "# ")
    lines = hunks.split(raw.decode("utf-8", "surrogateescape"))
    end = next((number for number, line in enumerate(lines) if line.startswith(("@@", "changes:"))), len(lines))
    named = word(target) if kind == "yaml" else target
    for number, line in enumerate(lines[:end]):
        if line.startswith("target:"):
            lines[number] = f"target: {named}{line[len(line.rstrip()) :]}"
        elif line.startswith(heads):
            lines[number] = line.replace(old, target)
    return patch_path(target, kind), "".join(lines).encode("utf-8", "surrogateescape")


def apply(patch: Patch, base: str) -> str | list[Diagnostic]:
    """Return `base` with the hand edit in it, or one `patch.no-match` for each change that does not fit any more.

    A change that is in `base` already counts as applied.
    """
    text, failed = apply_what_fits(patch, base)
    return failed or text


def apply_what_fits(patch: Patch, base: str) -> tuple[str, list[Diagnostic]]:
    """Return `base` with those changes in it that fit, and a `patch.no-match` for each of the others."""
    if patch.source.endswith(_ENDINGS["yaml"]):
        edits = tuple(change for change in patch.changes if isinstance(change, Edit))
        text, failed = apply_edits(edits, base)
        return text, [_no_match(patch, edit, error) for edit, error in failed]
    text, unfit = hunks.apply_hunks([change for change in patch.changes if isinstance(change, Hunk)], base)
    return text, [_no_match(patch, hunk, error) for hunk, error in unfit]


def summary(patch: Patch) -> list[str]:
    """Return one line for each change, for people: what it wants and where."""
    return [_describe(change) for change in patch.changes]


def _describe(change: Hunk | Edit) -> str:
    if isinstance(change, Edit):
        return f"{wish(change).removeprefix('wants ')} at {where(change.document, change.at)}"
    return hunks.wish(change).removeprefix("wants ") + f" near line {change.start}"


def _as_ours(target: RepoPath, found: Diagnostic) -> Diagnostic:
    """Say what the YAML door found; its cures for a whole file are about a spec."""
    cure = found.cure if found.code in _CURES_OF_VALUES else _cure(target)
    return found._replace(code=UNREADABLE, cure=cure)


def _read_text(target: RepoPath, source: RepoPath, raw: bytes) -> Patch:
    lines = hunks.split(_decode(raw))
    first = next((index for index, line in enumerate(lines) if line.startswith("+++ ")), None)
    if first is None:
        raise PatchError(f"there is no line `+++ {target}`", Position(1, 1))
    if lines[first].endswith("\r\n"):  # a checkout with CRLF line ends changed every line
        lines = [line[:-2] + "\n" if line.endswith("\r\n") else line for line in lines]
    named = lines[first][4:].rstrip("\n").partition("\t")[0]
    if named != target:
        message = f"the patch is for {named[:200]!r}, but its own name says {target}"
        raise PatchError(message, Position(first + 1, 5, len(named) or 1), lines[first].rstrip("\n"))
    return Patch(target, source, hunks.read_hunks(lines, 0))


def _decode(raw: bytes) -> str:
    if len(raw) > LARGEST:
        raise PatchError(f"the file has {len(raw):,} bytes; a patch has at most {LARGEST:,}", Position(1, 1))
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        position = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise PatchError(f"the byte 0x{raw[error.start]:02x} is not UTF-8", position) from None


def _unreadable(source: RepoPath, message: str, position: Position | None = None, line: str = "") -> Diagnostic:
    target = target_of(source)
    cure = _cure(target) if target else "move it away, or give it such a name"
    return Diagnostic(UNREADABLE, message, cure, source, position, line)


def _cure(target: RepoPath) -> str:
    return f"mend it, or remove it, make the edit in {target} and run `gitopsgen adopt {target}`"


def _no_match(patch: Patch, change: Hunk | Edit, error: NoMatchError) -> Diagnostic:
    cure = (
        f"to refresh: mend the patch here, or `gitopsgen adopt --refresh {patch.target}` keeps what still fits; "
        f"to drop: `gitopsgen adopt --drop {patch.target}`"
    )
    there = f" ({patch.target}, line {error.line})" if error.line else ""
    return Diagnostic(NO_MATCH, f"{error.message}{there}", cure, patch.source, change.position, change.source)
