"""The verdict: new texts, lock and disk in, one Change for each path out. Pure: it reads and writes nothing.

Nothing that a person wrote is overwritten or deleted unless they name the path in `take`, and then it is kept aside.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath, is_reserved
from gitopsgen.repo import block, ways
from gitopsgen.repo.change import Change, Decision
from gitopsgen.repo.digest import digest, encoded
from gitopsgen.repo.known import Known, known_paths
from gitopsgen.repo.lines import like, to_lf
from gitopsgen.repo.lock import NO_DIGEST, Lock
from gitopsgen.repo.moved import moved_files, placed, settled
from gitopsgen.repo.snapshot import ABSENT, Found
from gitopsgen.repo.wishes import NO_WISHES, Wishes

_EXECUTABLE = 0o100
NEW = "it is new"
_TAKEN = "you said that ours wins"
_FROM_GIT = "git merged two texts of ours here, or brought back an earlier one"
_LEFT = "left as it is, as you said"


class Evidence(NamedTuple):
    """What git knows and neither lock nor disk tell.

    `merged`: digests of texts that git made of two of ours, or brought back from an earlier commit. `modeless`: whether
    file modes mean nothing here.
    """

    merged: Mapping[RepoPath, str] = {}
    modeless: bool = False


NO_EVIDENCE = Evidence()


def decide(
    files: Iterable[RenderedFile],
    lock: Lock | None,
    snapshot: Mapping[RepoPath, Found],
    wishes: Wishes = NO_WISHES,
    evidence: Evidence = NO_EVIDENCE,
    ejected: Collection[RepoPath] = (),
) -> Decision:
    """Judge every path of the new files and of the lock. `ejected` paths are the user's: the lock forgets them.

    Diagnostics are `block.*` and `path.unknown`. Raises ValueError when two new files have one path, or one has a path
    that is never an output.
    """
    wanted: dict[RepoPath, RenderedFile] = {}
    for file in files:
        if wanted.setdefault(file.path, file) is not file:
            raise ValueError(f"{file.path} is rendered twice")
        if is_reserved(file.path):
            raise ValueError(f"{file.path} is never an output")
    known = known_paths(lock, evidence.merged)
    theirs = {*ejected, *wishes.have}
    changes: list[Change] = []
    moves = moved_files(wanted, lock.files if lock else (), snapshot)
    diagnostics = [ways.unknown(path) for path in sorted((wishes.take | wishes.keep) - wanted.keys() - known.keys())]
    for path in sorted(wanted.keys() | known.keys()):
        found = snapshot.get(path, ABSENT)
        taken = path in wishes.take
        if path in theirs:
            judged: Change | Diagnostic | None = _ejected(known[path], found)
        elif path in wanted:
            judged = _JUDGES[wanted[path].ownership](wanted[path], known.get(path), found, taken)
        else:
            judged = _obsolete(known[path], found, taken)
        if isinstance(judged, Diagnostic):
            diagnostics.append(judged)
        elif judged is not None:
            judged = judged._replace(mode_before=found.mode) if found.mode else judged
            judged = placed(judged, moves, snapshot, taken)
            changes.append(_considered(judged, path in wishes.keep, evidence.modeless))
    return Decision(settled(changes, moves, theirs), tuple(diagnostics))


def _considered(judged: Change, keep: bool, modeless: bool) -> Change:
    """Heed what concerns every class of file: a person's wish, and a checkout without file modes."""
    if keep and judged.is_conflict:
        return judged._replace(left=True, reason=f"{judged.reason}; {_LEFT}", ways_out=())
    if modeless and judged.verdict == "update" and judged.before == judged.after:
        return judged._replace(verdict="keep", reason="")
    return judged


def _managed(file: RenderedFile, known: Known | None, found: Found, taken: bool) -> "Change | Diagnostic":
    text, hexes = encoded(file.text)
    ours = _change(file, found.data, text, hexes)
    if found.data is None:
        return _absent(ours, known, taken)
    ours = ours._replace(after=like(text, found.data))
    if text in (found.data, to_lf(found.data)):
        if (found.mode ^ file.mode) & _EXECUTABLE:
            return ours._replace(
                verdict="update", after=found.data, reason=f"the mode is {found.mode:o}, not {file.mode:o}"
            )
        return ours._replace(verdict="keep", after=found.data)
    if known is not None and known.wrote(found.data, "managed"):
        from_git = digest(to_lf(found.data)) in known.merged
        return ours._replace(verdict="update", reason=_FROM_GIT if from_git else "its text changed")
    return _refused(ours, known, taken)


def _once(file: RenderedFile, known: Known | None, found: Found, taken: bool) -> "Change | Diagnostic":
    text = file.text.encode()
    ours = _change(file, found.data, text, digest(text))
    entry = known.entry if known else None
    if found.data is None:
        if known is None or known.is_open or taken:
            return ours._replace(verdict="create", reason=_TAKEN if taken else NEW)
        return ours._replace(
            verdict="gone",
            after=None,
            digest=entry.digest if entry else NO_DIGEST,
            reason="it was deleted, and is not made again",
            ways_out=(f"to make it again: `gitopsgen generate --take {file.path}`",),
        )
    if text in (found.data, to_lf(found.data)):
        return ours._replace(verdict="keep", after=found.data)
    if taken:
        return ours._replace(verdict="update", after=like(text, found.data), reason=_TAKEN, set_aside=True)
    if known is not None and known.wrote(found.data, "once", "managed"):
        return ours._replace(verdict="update", after=like(text, found.data), reason="nobody has touched it yet")
    return ours._replace(verdict="keep", after=found.data, digest=entry.digest if entry else NO_DIGEST)


def _block(file: RenderedFile, known: Known | None, found: Found, taken: bool) -> "Change | Diagnostic":
    text = block.normal(file.text)
    was_ours = known is not None and known.wrote(found.data or b"", "managed")
    after = block.write(file.path, None if was_ours else found.data, file.text, file.comment, file.under)
    if isinstance(after, Diagnostic):
        return after
    ours = _change(file, found.data, after, digest(text))
    if found.data is None:
        return _absent(ours, known, taken)
    place = block.find(file.path, found.data)
    if isinstance(place, block.Block):
        return _known_block(ours, known, taken, block.inner(found.data, place))
    if known is not None and known.is_block and not known.is_open and not taken:
        return _gone(ours, "the block was removed from it")
    return ours._replace(verdict="update", reason="a block is added")


def _known_block(ours: Change, known: Known | None, taken: bool, lines: bytes | None) -> Change:
    found = NO_DIGEST if lines is None else digest(lines)
    if found == ours.digest:
        return ours._replace(verdict="keep", after=ours.before)
    if known is not None and known.knows({found}, "block"):
        return ours._replace(verdict="update", reason="the text of its block changed")
    return _refused(ours, known, taken)


_JUDGES = {"managed": _managed, "once": _once, "block": _block}


def _ejected(known: Known, found: Found) -> Change:
    """Judge a path that belongs to the user from now on: all that happens is that its line leaves the lock."""
    last = known.entries[0]
    reason = "it is ejected: the file is yours"
    return Change(last.path, "forget", last.ownership, found.data, found.data, last.mode, last.pack, reason)


def _obsolete(known: Known, found: Found, taken: bool) -> "Change | Diagnostic | None":
    """Judge a path of the lock that is no longer generated; None when it never came to be ours."""
    last = known.entries[0]
    ours = Change(last.path, "forget", last.ownership, found.data, None, last.mode, last.pack, digest=last.digest)
    if found.data is None:
        return ours._replace(reason="it is no longer generated, and not there any more") if known.entry else None
    if last.ownership == "once" and known.wrote(found.data, "once"):
        return ours._replace(verdict="orphan", reason="it is no longer generated, and nobody has touched it")
    if last.ownership == "once":
        return ours._replace(after=found.data, reason="it is no longer generated; the file is yours and stays")
    if last.ownership == "block":
        return _obsolete_block(ours, known, found.data, taken)
    if known.wrote(found.data, "managed"):
        return ours._replace(verdict="orphan", reason="it is no longer generated")
    if known.entry is None:
        return None
    if taken:
        return ours._replace(verdict="orphan", reason=_TAKEN, set_aside=True)
    return ways.edited_orphan(ours, "it is no longer generated, but was changed by hand")


def _obsolete_block(ours: Change, known: Known, data: bytes, taken: bool) -> "Change | Diagnostic":
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
    if lines is not None and known.knows({digest(lines)}, "block"):
        return ours._replace(verdict="orphan", reason="its block is no longer generated")
    if taken:
        return ours._replace(verdict="orphan", reason=_TAKEN, set_aside=True)
    return ways.edited_orphan(ours, "its block is no longer generated, but was changed by hand")


def _change(file: RenderedFile, before: bytes | None, after: bytes, hexes: str) -> Change:
    return Change(file.path, "keep", file.ownership, before, after, file.mode, file.pack, digest=hexes)


def _absent(ours: Change, known: Known | None, taken: bool) -> Change:
    if known is None or known.is_open or taken:
        return ours._replace(verdict="create", reason=_TAKEN if taken and known else NEW)
    return _gone(ours, "it was deleted")


def _gone(ours: Change, reason: str) -> Change:
    return ours._replace(verdict="gone", reason=reason, ways_out=ways.gone(ours))


def _refused(ours: Change, known: Known | None, taken: bool) -> Change:
    if taken:
        return ours._replace(verdict="update", reason=_TAKEN, set_aside=True)
    what = "its block" if ours.ownership == "block" else "it"
    if known is None or known.entry is None:
        return ours._replace(
            verdict="foreign", reason=f"{what} was not written by gitopsgen", ways_out=ways.foreign(ours)
        )
    return ours._replace(verdict="edited", reason=f"{what} was changed by hand", ways_out=ways.edited(ours))
