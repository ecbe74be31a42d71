"""The doors of the patch engine: a hand edit of a generated file as text in the repository. Nothing here reads a disk.

record() writes down what a person changed, read() understands it, apply() brings it to a newly rendered text.
"""

from typing import Literal

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath
from gitopsgen.patch import hunks
from gitopsgen.patch.model import LARGEST, NO_MATCH, UNREADABLE, Edit, Hunk, Patch, PatchError

PATCHES = RepoPath(".gitopsgen/patches")

Kind = Literal["yaml", "text"]

_ENDINGS: dict[Kind, str] = {"yaml": ".patch.yaml", "text": ".patch"}
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
    path = patch_path(target, "text")
    header = f"--- {target}\n+++ {target}\n"
    return path, _NOTE.format(target) + header + hunks.write_hunks(base, edited)


def read(source: RepoPath, raw: bytes) -> Patch | Diagnostic:
    """Read a patch file. Gives `patch.unreadable`, with line and column, for whatever is not one; never raises."""
    target = target_of(source)
    if target is None:
        return _unreadable(source, f"a patch is named {PATCHES}/FILE.patch.yaml or {PATCHES}/FILE.patch")
    try:
        return _read_text(target, source, raw)
    except PatchError as error:
        return _unreadable(source, error.message, error.position, error.source)


def apply(patch: Patch, base: str) -> str | list[Diagnostic]:
    """Return `base` with the hand edit in it, or one `patch.no-match` for each change that does not fit any more.

    A change that is in `base` already counts as applied.
    """
    text, failed = hunks.apply_hunks([change for change in patch.changes if isinstance(change, Hunk)], base)
    return [_no_match(patch, change, str(error)) for change, error in failed] or text


def summary(patch: Patch) -> list[str]:
    """Return one line for each change, for people."""
    return [change.source for change in patch.changes]


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
    cure = (
        f"mend it, or write it anew: `gitopsgen adopt {target}`" if target else "move it away, or give it such a name"
    )
    return Diagnostic(UNREADABLE, message, cure, source, position, line)


def _no_match(patch: Patch, change: Hunk | Edit, message: str) -> Diagnostic:
    cure = (
        f"to refresh: put the edit into {patch.target} by hand and run `gitopsgen adopt {patch.target}`; "
        f"to drop: `gitopsgen adopt --drop {patch.target}`"
    )
    return Diagnostic(NO_MATCH, message, cure, patch.source, change.position, change.source)
