"""What the lock shall say: after a run, and while one is under way."""

from collections.abc import Iterable

from gitopsgen.core.repopath import RepoPath
from gitopsgen.edits import EJECTED
from gitopsgen.repo.change import Change, Decision, Verdict
from gitopsgen.repo.lines import to_lf
from gitopsgen.repo.lock import LOCK_NAME, NO_DIGEST, Entry, Input, Lock, render


def lock_after(
    decision: Decision,
    tool: str,
    inputs: Iterable[Input],
    needs: Iterable[RepoPath] = (),
    before: Lock | None = None,
) -> Lock:
    """Return the lock that describes the repository once `decision` is applied; `needs` as in Lock.

    A path that a person wants left alone keeps the line that it has in the lock `before`. Where it has none, the lock
    names no inputs: so the fast path does not vouch for what is still to be decided.
    """
    old = {entry.path: entry for entry in before.files} if before else {}
    entries = [
        entry_of(change)
        for change in decision.changes
        if change.verdict not in ("orphan", "forget") and not change.left
    ]
    left = [change.path for change in decision.changes if change.left]
    entries += [old[path] for path in left if path in old]
    known_inputs = () if any(path not in old for path in left) else sorted(inputs)
    return Lock(tool, tuple(known_inputs), tuple(sorted(entries)), tuple(sorted(set(needs))))


def entry_of(change: Change) -> Entry:
    """Return the lock's line for a file that stays, or comes."""
    return Entry(change.path, change.ownership, change.digest, change.mode, change.pack)


def lock_open(before: Lock | None, after: Lock, changes: Iterable[Change]) -> Lock:
    """Return the lock while `changes` are being written: what the one `before` knew, and what is about to be.

    Intents pile up until a run completes: whichever of the cut-short runs wrote a text, it is ours.
    """
    intents = {
        Entry(change.path, change.ownership, NO_DIGEST if change.after is None else change.digest, *_rest(change))
        for change in changes
        if change.is_write
    }
    if before is None:
        return Lock(after.tool, intents=tuple(sorted(intents)))
    return before._replace(tool=after.tool, intents=tuple(sorted(intents.union(before.intents))))


def _rest(change: Change) -> tuple[int, str]:
    return change.mode, change.pack


def edit_changes(
    before: Iterable[tuple[RepoPath, bytes]], after: Iterable[tuple[RepoPath, bytes]]
) -> tuple[Change, ...]:
    """Return what happens to the files that tell of people's edits, given by their texts; what goes is kept aside."""
    old, new = dict(before), dict(after)
    return tuple(
        _edit_change(path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    )


def _edit_change(path: RepoPath, before: bytes | None, after: bytes | None) -> Change:
    verdict: Verdict = "create" if before is None else "orphan" if after is None else "update"
    aside = before is not None and path != EJECTED
    return Change(path, verdict, "managed", before, after, 0o644, "-", mode_before=0o644, set_aside=aside)


def lock_change(before: bytes | None, lock: Lock) -> Change:
    """Return what happens to the lock file itself, for those who show everything that a run writes."""
    after = render(lock)
    if before is not None and to_lf(before) == after:
        after = before
    verdict: Verdict = "keep" if before == after else "create" if before is None else "update"
    reason = "inputs or outputs changed" if verdict == "update" else ""
    return Change(LOCK_NAME, verdict, "managed", before, after, 0o644, "-", reason, mode_before=0o644)
