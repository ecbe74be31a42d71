"""From a file that somebody edited to the record of the edit."""

from collections.abc import Mapping
from typing import NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.patch.engine import apply, read, record
from gitopsgen.patch.model import Patch
from gitopsgen.repo import block, ways
from gitopsgen.repo.change import Change, Decision
from gitopsgen.repo.digest import digest
from gitopsgen.repo.gitworld import texts_of
from gitopsgen.repo.known import Known, known_paths
from gitopsgen.repo.lines import to_lf
from gitopsgen.repo.lock import Entry, Lock
from gitopsgen.repo.snapshot import take_snapshot


class Recorded(NamedTuple):
    """The line of the lock for an adopted file, and its patch: `source` is where it lies, None for no edit at all."""

    entry: Entry
    source: RepoPath | None
    patch: bytes


# Below this share of common lines a patch would be a second file, not an edit.
_ALIKE = 0.6
_MIXED = "adopt.mixed"


def is_like(ours: str, theirs: bytes | None) -> bool:
    """Whether a text is so much like ours that a patch tells the difference well."""
    import difflib

    lines = (theirs or b"").decode("utf-8", "replace").splitlines()
    return difflib.SequenceMatcher(None, ours.splitlines(), lines, autojunk=False).ratio() >= _ALIKE


def edit_of(root: Root, plain: RenderedFile, patch: Patch | None, known: Known | None) -> Recorded | Diagnostic:
    """Return the record of what the text on disk has beside `plain`, which is the file as its template gives it.

    `patch` is what was recorded before. Gives `adopt.*` where there is no edit to be had.
    """
    if plain.ownership == "once":
        message = "it is written once and has been yours, or that of CI, ever since: there is nothing to adopt"
        return Diagnostic("adopt.once", message, "edit it as you like", plain.path)
    disk = _text_on_disk(root, plain)
    if isinstance(disk, Diagnostic):
        return disk
    ours = block.normal(plain.text).decode() if plain.ownership == "block" else plain.text
    edited = _edited_text(root, plain, ours, disk, patch, known)
    if isinstance(edited, Diagnostic):
        return edited
    entry = Entry(plain.path, plain.ownership, digest(disk.encode()), plain.mode, plain.pack)
    if edited == ours:
        return Recorded(entry, None, b"")
    source, text = record(plain.path, ours, edited, plain.language)
    return Recorded(entry, source, text.encode())


def without_dead_ends(
    root: Root,
    decision: Decision,
    plain: Mapping[RepoPath, RenderedFile],
    patches: Mapping[RepoPath, Patch],
    lock: Lock,
) -> Decision:
    """Return the decision without the advice to adopt an edit that cannot be told from a pending update.

    `plain` are the files without recorded edits, `patches` these edits.
    """
    known = known_paths(lock, {})

    def honest(change: Change) -> Change:
        file = plain.get(change.path)
        if change.verdict != "edited" or not change.is_conflict or file is None:
            return change
        found = edit_of(root, file, patches.get(change.path), known.get(change.path))
        mixed = isinstance(found, Diagnostic) and found.code == _MIXED
        return change._replace(ways_out=ways.mixed(change)) if mixed else change

    return decision._replace(changes=tuple(map(honest, decision.changes)))


def _edited_text(
    root: Root, plain: RenderedFile, ours: str, disk: str, patch: Patch | None, known: Known | None
) -> str | Diagnostic:
    """Return what `ours` has to become. When an update is pending too, it is brought together with the edit."""
    patched = apply(patch, ours) if patch else ours
    if known is None or known.entry is None:
        return disk
    if known.wrote(disk.encode(), plain.ownership):
        return patched if isinstance(patched, str) else patched[0]
    # A patch that the lock does not know yet is of a run that was cut short: the text we wrote is without it.
    for wrote in (patched, ours):
        if isinstance(wrote, str) and (wrote == disk or known.wrote(wrote.encode(), plain.ownership)):
            return disk
    was = _text_that_we_wrote(root, plain, known)
    if was is None:
        return _mixed(plain.path)
    if isinstance(patched, list):
        return patched[0]
    delta = read(*_as_read(record(plain.path, was, disk, plain.language)))
    both = apply(delta, patched) if isinstance(delta, Patch) else _mixed(plain.path)
    return both if isinstance(both, str) else _mixed(plain.path)


def _as_read(written: tuple[RepoPath, str]) -> tuple[RepoPath, bytes]:
    return written[0], written[1].encode()


def _text_on_disk(root: Root, plain: RenderedFile) -> str | Diagnostic:
    snapshot = take_snapshot(root, [plain.path], [])
    if isinstance(snapshot, list):
        return snapshot[0]
    raw = snapshot[plain.path].data
    if raw is None:
        cure = f"to do without it: `gitopsgen eject {plain.path}`; to have it: `gitopsgen generate --take {plain.path}`"
        return Diagnostic("adopt.missing", "it is not there, so there is no edit to adopt", cure, plain.path)
    return _text(plain, raw)


def _text(plain: RenderedFile, raw: bytes) -> str | Diagnostic:
    if plain.ownership == "block":
        place = block.find(plain.path, raw)
        if isinstance(place, Diagnostic):
            return place
        lines = block.inner(raw, place) if place else None
        if lines is None:
            cure = f"to have it again: `gitopsgen generate --take {plain.path}`"
            return Diagnostic("adopt.missing", "its block cannot be found as it was written", cure, plain.path)
        raw = lines
    try:
        return to_lf(raw).decode()
    except UnicodeDecodeError:
        cure = f"to have the file for yourself: `gitopsgen eject {plain.path}`"
        return Diagnostic("adopt.not-text", "it is not UTF-8 text, so the edit cannot be recorded", cure, plain.path)


def _text_that_we_wrote(root: Root, plain: RenderedFile, known: Known) -> str | None:
    """Return the latest text in git's history that the lock knows as ours: what the edit was made on."""
    places = dict.fromkeys((plain.path, *(RepoPath(entry.was) for entry in known.entries if entry.was)))
    texts = (_text(plain, raw) for place in places for raw in texts_of(root, place))
    return next((text for text in texts if isinstance(text, str) and known.wrote(text.encode(), plain.ownership)), None)


def _mixed(path: RepoPath) -> Diagnostic:
    return Diagnostic(
        _MIXED,
        "the spec or a template changed after this file was written, so your edit cannot be told from the update",
        f"take that change back for a moment, adopt, and make it again; or `gitopsgen generate --take {path}` and make "
        "the edit again (your text is kept in .gitopsgen/kept/)",
        path,
    )
