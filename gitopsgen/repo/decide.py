"""The verdict: new texts, lock and disk in, one Change for each path out. Pure: it reads and writes nothing.

Nothing that a person wrote is overwritten or deleted unless they name the path in `take`, and then it is kept aside.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.files import Ownership, RenderedFile
from gitopsgen.core.repopath import RepoPath, is_reserved
from gitopsgen.repo import block
from gitopsgen.repo.digest import digest
from gitopsgen.repo.lines import like, to_lf
from gitopsgen.repo.lock import LOCK_NAME, NO_DIGEST, Entry, Input, Lock, render
from gitopsgen.repo.moved import moved_files
from gitopsgen.repo.snapshot import ABSENT, Found

Verdict = Literal["keep", "create", "update", "orphan", "edited", "foreign", "gone", "forget"]

_EXECUTABLE = 0o100


class Change(NamedTuple):
    """What is to happen at one path.

    `before` is the text on disk, `after` the text to be there when the run is done, None for no file; for a conflict
    it is the text that `--take` would write. `digest` is what the lock shall remember. `set_aside` says that
    `before` was taken from a person and is kept.
    """

    path: RepoPath
    verdict: Verdict
    ownership: Ownership
    before: bytes | None
    after: bytes | None
    mode: int
    pack: str
    reason: str = ""
    ways_out: tuple[str, ...] = ()
    mode_before: int = 0
    digest: str = NO_DIGEST
    set_aside: bool = False

    @property
    def is_conflict(self) -> bool:
        """Whether this path stops the whole run until the user decides."""
        return self.verdict in ("edited", "foreign") or (self.verdict == "gone" and self.ownership != "once")

    @property
    def is_write(self) -> bool:
        """Whether this path is to be written or deleted."""
        return self.verdict in ("create", "update", "orphan")

    @property
    def is_note(self) -> bool:
        """Whether there is something to say about this path, but nothing to do."""
        return self.verdict == "forget" or (self.verdict == "gone" and self.ownership == "once")

    @property
    def is_drift(self) -> bool:
        """Whether this path is not as the spec says."""
        return self.is_write or self.is_conflict

    @property
    def mode_after(self) -> int:
        """The permission bits that writing leaves: ours for our file, the user's for the user's."""
        return self.mode if self.ownership == "managed" or self.before is None else self.mode_before


class Decision(NamedTuple):
    """One verdict for the whole run: `changes` sorted by path, and what made a verdict impossible."""

    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """What only the user can decide; with any of it nothing is written."""
        return tuple(change for change in self.changes if change.is_conflict)

    @property
    def drift(self) -> tuple[Change, ...]:
        """What `check` reports: every path that is not as the spec says."""
        return tuple(change for change in self.changes if change.is_drift)


def decide(
    files: Iterable[RenderedFile],
    lock: Lock | None,
    snapshot: Mapping[RepoPath, Found],
    take: frozenset[RepoPath] = frozenset(),
) -> Decision:
    """Judge every path of the new files and of the lock. `take` holds the paths where the user said that ours wins.

    Diagnostics are `block.*` and `take.unknown`. Raises ValueError when two new files have one path, or one has a path
    that is never an output.
    """
    wanted: dict[RepoPath, RenderedFile] = {}
    for file in files:
        if wanted.setdefault(file.path, file) is not file:
            raise ValueError(f"{file.path} is rendered twice")
        if is_reserved(file.path):
            raise ValueError(f"{file.path} is never an output")
    known = {entry.path: entry for entry in lock.files} if lock else {}
    changes: list[Change] = []
    moved = moved_files(wanted, known, snapshot)
    diagnostics = [_unknown(path) for path in sorted(take - wanted.keys() - known.keys())]
    for path in sorted(wanted.keys() | known.keys()):
        found = snapshot.get(path, ABSENT)
        entry, taken = known.get(path), path in take
        judged = (
            _JUDGES[wanted[path].ownership](wanted[path], entry, found, taken)
            if path in wanted
            else _obsolete(known[path], found, taken)
        )
        if isinstance(judged, Change) and path in moved and not taken:
            old = moved[path]
            judged = judged._replace(after=snapshot[old].data, reason=f"carried over from {old}")
        if isinstance(judged, Change):
            changes.append(judged._replace(mode_before=found.mode))
        else:
            diagnostics.append(judged)
    return Decision(tuple(changes), tuple(diagnostics))


def lock_after(decision: Decision, tool: str, inputs: Iterable[Input], needs: Iterable[RepoPath] = ()) -> Lock:
    """Return the lock that describes the repository once `decision` is applied; `needs` as in Lock."""
    entries = (
        Entry(change.path, change.ownership, change.digest, change.mode, change.pack)
        for change in decision.changes
        if change.verdict not in ("orphan", "forget")
    )
    return Lock(tool, tuple(sorted(inputs)), tuple(sorted(entries)), tuple(sorted(set(needs))))


def lock_change(before: bytes | None, lock: Lock) -> Change:
    """Return what happens to the lock file itself, for those who show everything that a run writes."""
    after = render(lock)
    verdict: Verdict = "keep" if before == after else "create" if before is None else "update"
    reason = "inputs or outputs changed" if verdict == "update" else ""
    return Change(LOCK_NAME, verdict, "managed", before, after, 0o644, "-", reason, mode_before=0o644)


def _managed(file: RenderedFile, entry: Entry | None, found: Found, taken: bool) -> "Change | Diagnostic":
    text = file.text.encode()
    ours = _change(file, found.data, text, digest(text))
    if found.data is None:
        return _absent(ours, entry, taken)
    ours = ours._replace(after=like(text, found.data))
    if text in (found.data, to_lf(found.data)):
        if (found.mode ^ file.mode) & _EXECUTABLE:
            return ours._replace(
                verdict="update", after=found.data, reason=f"the mode is {found.mode:o}, not {file.mode:o}"
            )
        return ours._replace(verdict="keep", after=found.data)
    if entry is not None and entry.ownership == "managed" and _wrote(found.data, entry.digest):
        return ours._replace(verdict="update", reason="its text changed")
    return _refused(ours, entry, taken)


def _once(file: RenderedFile, entry: Entry | None, found: Found, taken: bool) -> "Change | Diagnostic":
    text = file.text.encode()
    ours = _change(file, found.data, text, digest(text))
    if found.data is None:
        if entry is None or taken:
            return ours._replace(verdict="create", reason=_TAKEN if entry else NEW)
        return ours._replace(
            verdict="gone",
            after=None,
            digest=entry.digest,
            reason="it was deleted, and is not made again",
            ways_out=(f"to make it again: `gitopsgen generate --take {file.path}`",),
        )
    if taken and text not in (found.data, to_lf(found.data)):
        return ours._replace(verdict="update", after=like(text, found.data), reason=_TAKEN, set_aside=True)
    if text in (found.data, to_lf(found.data)):
        return ours._replace(verdict="keep", after=found.data)
    if entry is not None and _wrote(found.data, entry.digest):
        return ours._replace(verdict="update", after=like(text, found.data), reason="nobody has touched it yet")
    return ours._replace(verdict="keep", after=found.data, digest=entry.digest if entry else NO_DIGEST)


def _block(file: RenderedFile, entry: Entry | None, found: Found, taken: bool) -> "Change | Diagnostic":
    text = block.normal(file.text)
    was_ours = entry is not None and entry.ownership == "managed" and _wrote(found.data or b"", entry.digest)
    after = block.write(file.path, None if was_ours else found.data, file.text, file.comment, file.under)
    if isinstance(after, Diagnostic):
        return after
    ours = _change(file, found.data, after, digest(text))
    if found.data is None:
        return _absent(ours, entry, taken)
    place = block.find(file.path, found.data)
    if isinstance(place, block.Block):
        return _known_block(ours, entry, taken, block.inner(found.data, place))
    if entry is not None and entry.ownership == "block" and not taken:
        return _gone(ours, "the block was removed from it")
    return ours._replace(verdict="update", reason="a block is added")


def _known_block(ours: Change, entry: Entry | None, taken: bool, lines: bytes | None) -> Change:
    known = NO_DIGEST if lines is None else digest(lines)
    if known == ours.digest:
        return ours._replace(verdict="keep", after=ours.before)
    if entry is not None and entry.ownership == "block" and known == entry.digest:
        return ours._replace(verdict="update", reason="the text of its block changed")
    return _refused(ours, entry, taken)


_JUDGES = {"managed": _managed, "once": _once, "block": _block}


def _obsolete(entry: Entry, found: Found, taken: bool) -> "Change | Diagnostic":
    """Judge a path of the lock that is no longer generated."""
    ours = Change(entry.path, "forget", entry.ownership, found.data, None, entry.mode, entry.pack, digest=entry.digest)
    if found.data is None:
        return ours._replace(reason="it is no longer generated, and not there any more")
    if entry.ownership == "once":
        return ours._replace(after=found.data, reason="it is no longer generated; the file is yours and stays")
    if entry.ownership == "block":
        return _obsolete_block(ours, found.data, taken)
    if _wrote(found.data, entry.digest):
        return ours._replace(verdict="orphan", reason="it is no longer generated")
    if taken:
        return ours._replace(verdict="orphan", reason=_TAKEN, set_aside=True)
    return _edited_orphan(ours, "it is no longer generated, but was changed by hand")


def _obsolete_block(ours: Change, data: bytes, taken: bool) -> "Change | Diagnostic":
    place = block.find(ours.path, data)
    if isinstance(place, Diagnostic):
        return place
    if place is None:
        return ours._replace(after=data, reason="its block is no longer generated, and not there any more")
    rest = block.remove(ours.path, data)
    if isinstance(rest, Diagnostic):
        return rest
    ours = ours._replace(after=rest or None)
    lines = block.inner(data, place)
    if lines is not None and digest(lines) == ours.digest:
        return ours._replace(verdict="orphan", reason="its block is no longer generated")
    if taken:
        return ours._replace(verdict="orphan", reason=_TAKEN, set_aside=True)
    return _edited_orphan(ours, "its block is no longer generated, but was changed by hand")


NEW = "it is new"
_TAKEN = "you said that ours wins"


def _change(file: RenderedFile, before: bytes | None, after: bytes, hexes: str) -> Change:
    return Change(file.path, "keep", file.ownership, before, after, file.mode, file.pack, digest=hexes)


def _wrote(disk: bytes, known: str) -> bool:
    """Whether `disk` is the text we wrote, also when a checkout turned its line ends into CRLF."""
    return digest(disk) == known or (b"\r\n" in disk and digest(to_lf(disk)) == known)


def _absent(ours: Change, entry: Entry | None, taken: bool) -> Change:
    if entry is None or taken:
        return ours._replace(verdict="create", reason=_TAKEN if entry else NEW)
    return _gone(ours, "it was deleted")


def _gone(ours: Change, reason: str) -> Change:
    return ours._replace(
        verdict="gone", reason=reason, ways_out=(f"to write it again: `gitopsgen generate --take {ours.path}`",)
    )


def _refused(ours: Change, entry: Entry | None, taken: bool) -> Change:
    if taken:
        return ours._replace(verdict="update", reason=_TAKEN, set_aside=True)
    what = "its block" if ours.ownership == "block" else "it"
    command = f"`gitopsgen generate --take {ours.path}` (your text is kept in .gitopsgen/kept/)"
    if entry is None:
        ways = (f"to have it generated: {command}", "to keep yours: move it to another path")
        return ours._replace(verdict="foreign", reason=f"{what} was not written by gitopsgen", ways_out=ways)
    ways = (f"to drop the edit: {command}", "to keep the edit: make it in gitopsgen.yaml or in .gitopsgen/templates/")
    return ours._replace(verdict="edited", reason=f"{what} was changed by hand", ways_out=ways)


def _edited_orphan(ours: Change, reason: str) -> Change:
    ways = (
        f"to delete it: `gitopsgen generate --take {ours.path}` (your text is kept in .gitopsgen/kept/)",
        f"to keep it: remove its line from {LOCK_NAME}",
    )
    return ours._replace(verdict="edited", reason=reason, ways_out=ways)


def _unknown(path: RepoPath) -> Diagnostic:
    return Diagnostic(
        "take.unknown",
        f"{path} is not a file that gitopsgen generates",
        "`gitopsgen generate --take` needs a path as `gitopsgen check` shows it",
        path,
    )
