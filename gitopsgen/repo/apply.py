"""The only writer. All or nothing: stage every text beside its target, rename them all, write the lock last."""

import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress

from gitopsgen.core.errors import UnsafePathError, WriteError
from gitopsgen.core.repopath import RepoPath, Root, is_reserved
from gitopsgen.repo.decide import Change
from gitopsgen.repo.kept import KEPT, KEPT_LIST, forget_kept, kept_list
from gitopsgen.repo.lock import LOCK_NAME, Lock, render

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def apply(root: Root, changes: Iterable[Change], lock: Lock) -> tuple[RepoPath, ...]:
    """Write and delete what `changes` say, then the lock; return the paths that were touched, without the lock.

    What a `set_aside` change overwrites is kept below `.gitopsgen/kept/`, until a later run writes without one; of
    that folder only what was kept goes.
    Raises WriteError when the file system refuses, or a file changed since it was read: then the tree is as it was.
    Raises ValueError when a change is a conflict, or is for a path that is never an output.
    """
    todo = list(changes)
    refused = [change.path for change in todo if change.is_conflict]
    if refused:
        raise ValueError(f"conflicts are for the user to decide: {', '.join(refused)}")
    writes = [change for change in todo if change.is_write]
    reserved = [change.path for change in writes if is_reserved(change.path)]
    if reserved:
        raise ValueError(f"never an output: {', '.join(reserved)}")
    work = _Transaction(root)
    try:
        _stage(work, root, writes, lock)
        work.commit()
    except BaseException:
        work.roll_back()
        raise
    try:
        work.clean_up()
    except BaseException:
        # An interrupt comes too late: everything is written, and only backups are left to drop.
        work.clean_up()
        raise
    if writes and not any(change.set_aside for change in writes):
        forget_kept(root)
    return tuple(change.path for change in writes)


def _stage(work: "_Transaction", root: Root, writes: list[Change], lock: Lock) -> None:
    taken = {change.path: change.before for change in writes if change.set_aside and change.before is not None}
    if taken:
        _keep(work, root, taken)
    for change in writes:
        if change.after is None:
            work.delete(change.path, change.before)
        else:
            work.write(change.path, change.before, change.after, change.mode_after)
    _stage_text(work, root, LOCK_NAME, render(lock))


def _stage_text(work: "_Transaction", root: Root, path: RepoPath, text: bytes) -> None:
    before = _read(root, path)
    if before != text:
        work.write(path, before, text, 0o644)


def _keep(work: "_Transaction", root: Root, taken: dict[RepoPath, bytes]) -> None:
    """Put aside a person's texts, and note them as ours."""
    kept = {name: text for path, text in taken.items() if (name := _keep_text(work, root, path, text))}
    _stage_text(work, root, KEPT_LIST, kept_list(_read(root, KEPT_LIST), kept))


def _keep_text(work: "_Transaction", root: Root, path: RepoPath, text: bytes) -> RepoPath | None:
    """Put a text aside under the first name that is free; return the name, None when one holds the text already."""
    number = int(f"{KEPT}/{path}" == KEPT_LIST)
    while True:
        name = RepoPath(f"{KEPT}/{path}.{number}" if number else f"{KEPT}/{path}")
        there = _read(root, name)
        if there is None and not work.writes(name):
            work.write(name, None, text, 0o644)
            return name
        if there == text:
            return None
        number += 1


def _read(root: Root, path: RepoPath) -> bytes | None:
    try:
        return root.read(path)
    except (OSError, UnsafePathError) as error:
        raise WriteError(path, _why(error)) from error


def _why(error: OSError | UnsafePathError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


class _Step:
    """One path on its way: `staged` is the new text beside it, `backup` the second name of the old file."""

    def __init__(self, path: RepoPath, name: str, before: bytes | None, staged: str | None) -> None:
        self.path, self.name, self.before, self.staged = path, name, before, staged
        self.backup: str | None = None
        self.started = False


class _Transaction:
    """Steps that happen all or not at all, as far as a file system can promise that without a journal."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._steps: list[_Step] = []
        self._folders: list[str] = []
        self._known: set[str] = set()
        self._count = 0

    def writes(self, path: RepoPath) -> bool:
        return any(step.path == path for step in self._steps)

    def write(self, path: RepoPath, before: bytes | None, after: bytes, mode: int) -> None:
        """Stage a new text."""
        name = self._locate(path)
        try:
            self._make_folder(os.path.dirname(name))
            step = _Step(path, name, before, self._beside(name))
            self._steps.append(step)
            _write_new(step.staged or "", after, mode)
        except OSError as error:
            raise WriteError(path, _why(error)) from error

    def delete(self, path: RepoPath, before: bytes | None) -> None:
        """Stage a deletion."""
        self._steps.append(_Step(path, self._locate(path), before, None))

    def commit(self) -> None:
        """Do the steps in order, each after a last look whether its file is still what the verdict was about."""
        for step in self._steps:
            if _read(self._root, step.path) != step.before:
                raise WriteError(step.path, "changed while generating, run again")
            try:
                self._swap(step)
            except OSError as error:
                raise WriteError(step.path, _why(error)) from error

    def roll_back(self) -> None:
        """Undo what was done, newest first; go on when one thing cannot be undone."""
        for step in reversed(self._steps):
            if step.backup is not None:
                _quietly(os.replace, step.backup, step.name)
                # Two names of one file: then replace() succeeds and does nothing.
                _quietly(os.unlink, step.backup)
            elif step.started and not os.path.lexists(step.staged or ""):
                _quietly(os.unlink, step.name)
            if step.staged is not None:
                _quietly(os.unlink, step.staged)
        for folder in reversed(self._folders):
            _quietly(os.rmdir, folder)

    def clean_up(self) -> None:
        """Drop the backups, and the folders that became empty."""
        for step in self._steps:
            if step.backup is not None:
                _quietly(os.unlink, step.backup)
            if step.staged is None:
                self._drop_empty_folders(os.path.dirname(step.name))

    def _swap(self, step: _Step) -> None:
        # Noted before it is done, so that an interrupt in between is undone too.
        if step.before is not None:
            step.backup = self._beside(step.name)
        step.started = True
        if step.staged is None:
            os.rename(step.name, step.backup or "")
            return
        if step.backup is not None:
            _copy(step.name, step.backup)
        os.rename(step.staged, step.name)

    def _locate(self, path: RepoPath) -> str:
        try:
            return self._root.locate(path)
        except UnsafePathError as error:
            raise WriteError(path, str(error)) from error

    def _beside(self, name: str) -> str:
        self._count += 1
        return os.path.join(os.path.dirname(name), f".gitopsgen-{os.getpid()}-{self._count}.tmp")

    def _make_folder(self, folder: str) -> None:
        if folder in self._known:
            return
        self._known.add(folder)
        missing = []
        while not os.path.isdir(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for name in reversed(missing):
            os.mkdir(name)
            self._folders.append(name)

    def _drop_empty_folders(self, folder: str) -> None:
        while folder.startswith(self._root.path + "/"):
            try:
                os.rmdir(folder)
            except OSError:
                return
            folder = os.path.dirname(folder)


def _write_new(name: str, text: bytes, mode: int) -> None:
    handle = os.open(name, _NEW_FILE, 0o600)
    try:
        os.fchmod(handle, mode)
        view = memoryview(text)
        while view:
            view = view[os.write(handle, view) :]
    finally:
        os.close(handle)


def _copy(name: str, backup: str) -> None:
    """Give the old file a second name; on a file system without hard links a copy has to do."""
    try:
        os.link(name, backup, follow_symlinks=False)
    except OSError:
        with open(name, "rb") as file:
            _write_new(backup, file.read(), stat.S_IMODE(os.lstat(name).st_mode))


def _quietly(action: Callable[..., None], *names: str) -> None:
    """Do what may fail: undoing goes on after a failure, and what can be put back is put back."""
    with suppress(OSError):
        action(*names)
