"""The only writer. All or nothing: stage every text, note in the lock what is coming, rename, close the lock."""

from collections.abc import Iterable
from typing import NamedTuple

from gitopsgen.core.errors import WriteError
from gitopsgen.core.repopath import RepoPath, Root, is_reserved
from gitopsgen.edits import PATCHES
from gitopsgen.repo.change import Change
from gitopsgen.repo.kept import KEPT, KEPT_LIST, forget_kept, kept_list
from gitopsgen.repo.lock import LOCK_NAME, Lock, render
from gitopsgen.repo.record import lock_open
from gitopsgen.repo.transaction import Transaction, read, sweep

# The longest path of a file whose record has a path that can be told.
_LONGEST = 900


class Locks(NamedTuple):
    """The lock as it is, None when there is none, and as it shall be when all is written."""

    before: Lock | None
    after: Lock


def apply(
    root: Root,
    changes: Iterable[Change],
    locks: Locks,
    inputs: Iterable[Change] = (),
    *,
    durable: bool = True,
) -> tuple[RepoPath, ...]:
    """Write and delete what `changes` say, then the lock; return the paths that were touched, without the lock.

    What a `set_aside` change overwrites is kept below `.gitopsgen/kept/`, until a later run writes without one; of
    that folder only what was kept goes. `inputs` are files that are never outputs, such as the record of an edit; they
    are written after what is kept and before all else. `durable` waits for the disk, so that a power cut is survived as
    a kill is.

    Killed at any point, the next run finds in the lock what was about to be written, and calls none of it a conflict.
    Raises WriteError when the file system refuses, or a file changed since it was read: then the tree is as it was.
    Raises ValueError when a change is a conflict, or is for a path that is never an output.
    """
    todo, inputs = list(changes), list(inputs)
    refused = [change.path for change in todo if change.is_conflict]
    if refused:
        raise ValueError(f"conflicts are for the user to decide: {', '.join(refused)}")
    # What moves is at its new place before it leaves the old one.
    writes = sorted((change for change in todo if change.is_write), key=lambda change: change.after is None)
    reserved = [change.path for change in writes if is_reserved(change.path)]
    if reserved:
        raise ValueError(f"never an output: {', '.join(reserved)}")
    sweep(root)
    work = Transaction(root, durable=durable)
    _carry_out(work, [*inputs, *writes], locks)
    was_cut_short = locks.before is not None and bool(locks.before.intents)
    if writes and not was_cut_short and not any(change.set_aside for change in (*inputs, *writes)):
        forget_kept(root)
    return tuple(change.path for change in (*inputs, *writes) if change.is_write)


def _carry_out(work: Transaction, writes: list[Change], locks: Locks) -> None:
    try:
        _stage(work, writes, locks)
        work.commit()
    except BaseException as error:
        if not work.roll_back() and isinstance(error, WriteError):
            error.is_begun = True
        raise
    try:
        work.clean_up()
    except BaseException:
        # An interrupt comes too late: everything is written, and only backups are left to drop.
        work.clean_up()
        raise


def _stage(work: Transaction, writes: list[Change], locks: Locks) -> None:
    taken = {change.path: change.before for change in writes if change.set_aside and change.before is not None}
    if taken:
        _keep(work, taken)
    if writes:
        outputs = [change for change in writes if not is_reserved(change.path)]
        work.write_text(LOCK_NAME, render(lock_open(locks.before, locks.after, outputs)))
        work.barrier()
    for change in writes:
        if change.after is None:
            work.delete(change.path, change.before)
        elif change.is_write:
            work.write(change.path, change.before, change.after, change.mode_after)
    work.leave([*(change.path for change in writes if change.after is None), *_left_by_cut_short(locks.before)])
    work.barrier()
    work.write_text(LOCK_NAME, render(locks.after))


def _left_by_cut_short(lock: Lock | None) -> list[RepoPath]:
    """Return the paths whose folders a run that was cut short may have left: of outputs and of records of edits."""
    if lock is None or not lock.intents:
        return []
    records = {RepoPath(f"{PATCHES}/{entry.path}") for entry in lock.files if len(entry.path) < _LONGEST}
    return [*(entry.path for entry in lock.intents), *sorted(records)]


def _keep(work: Transaction, taken: dict[RepoPath, bytes]) -> None:
    """Put aside a person's texts, and note them as ours."""
    kept = {_keep_text(work, path, text): text for path, text in taken.items()}
    work.write_text(KEPT_LIST, kept_list(read(work.root, KEPT_LIST), kept))


def _keep_text(work: Transaction, path: RepoPath, text: bytes) -> RepoPath:
    """Put a text aside under the first name that is free, or that holds it already, and return the name."""
    number = int(f"{KEPT}/{path}" == KEPT_LIST)
    while True:
        name = RepoPath(f"{KEPT}/{path}.{number}" if number else f"{KEPT}/{path}")
        there = read(work.root, name)
        if there is None and not work.writes(name):
            work.write(name, None, text, 0o644)
            return name
        if there == text:
            return name
        number += 1
