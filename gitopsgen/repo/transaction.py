"""Steps that happen all or not at all, as far as a file system can promise that.

Every text is staged in `.gitopsgen/staging/` first, which is ours alone; a run that was killed leaves it behind, and
the next one removes it. Each step is one rename.
"""

import os
import re
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress

from gitopsgen.core.errors import UnsafePathError, WriteError
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.repo.lines import to_lf

STAGING = RepoPath(".gitopsgen/staging")

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_STAGED_NAME = re.compile(r"[0-9]+\.(?:new|old|(gone))")


def read(root: Root, path: RepoPath) -> bytes | None:
    """Return the bytes of a regular file, None when nothing is there. Raises WriteError for anything else."""
    try:
        return root.read(path)
    except (OSError, UnsafePathError) as error:
        raise WriteError(path, _why(error)) from error


def _why(error: OSError | UnsafePathError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


class _Step:
    """One path on its way: `staged` is the new text, `backup` the second name of the old file."""

    def __init__(self, path: RepoPath, name: str, before: bytes | None, staged: str | None) -> None:
        self.path, self.name, self.before, self.staged = path, name, before, staged
        self.folder = name.rpartition("/")[0]
        self.backup: str | None = None
        self.started = False


class Transaction:
    """Collects steps, then does them in order; see the module. `durable` makes a barrier wait for the disk."""

    def __init__(self, root: Root, *, durable: bool = False) -> None:
        self.root = root
        self._durable = durable
        self._steps: list[_Step | tuple[RepoPath, ...] | None] = []
        self._texts: dict[RepoPath, bytes] = {}
        self._folders: list[str] = []
        self._dropped: list[tuple[str, str]] = []
        self._known: set[str] = set()
        self._count = 0
        self._staging = ""

    def writes(self, path: RepoPath) -> bool:
        """Whether a step for `path` is already there."""
        return path in self._texts

    def write_text(self, path: RepoPath, text: bytes) -> None:
        """Stage a file of our own, unless it has that text; a checkout may have given it CRLF line ends."""
        before = self._texts.get(path) or read(self.root, path)
        if before is None or to_lf(before) != text:
            self.write(path, before, text, 0o644)

    def write(self, path: RepoPath, before: bytes | None, after: bytes, mode: int) -> None:
        """Stage a new text; `before` is what has to be there when its turn comes."""
        name = self._locate(path)
        try:
            step = _Step(path, name, before, self._next("new"))
            self._steps.append(step)
            self._texts[path] = after
            _write_new(step.staged or "", after, mode, durable=self._durable)
        except OSError as error:
            raise WriteError(path, _why(error)) from error

    def delete(self, path: RepoPath, before: bytes | None) -> None:
        """Stage a deletion."""
        self._steps.append(_Step(path, self._locate(path), before, None))

    def barrier(self) -> None:
        """What was added so far has to be on the disk before anything that is added from now on."""
        self._steps.append(None)

    def leave(self, paths: Iterable[RepoPath]) -> None:
        """Remove, at this point, the folders that `paths` leave behind empty, and theirs."""
        self._steps.append(tuple(paths))

    def commit(self) -> None:
        """Do the steps in order, each after a last look whether its file is still what the verdict was about."""
        folders: set[str] = set()
        for step in self._steps:
            if step is None:
                self._flush(folders)
                continue
            if isinstance(step, tuple):
                self._drop_empty_folders(step)
                continue
            if read(self.root, step.path) != step.before:
                raise WriteError(step.path, "changed while generating, run again")
            try:
                self._swap(step)
            except OSError as error:
                raise WriteError(step.path, _why(error)) from error
            folders.add(step.folder)

    def roll_back(self) -> bool:
        """Undo what was done, newest first. Return whether all of it could be undone.

        At the first thing that cannot be undone the rest stays too: by then the lock says what was coming, so that the
        next run completes it.
        """
        if not (all(map(_put_folder_back, reversed(self._dropped))) and all(map(_undo, reversed(self._files())))):
            return False
        for folder in reversed(self._folders):
            _quietly(os.rmdir, folder)
        return True

    def clean_up(self) -> None:
        """Drop the backups and our own folder."""
        for step in self._files():
            if step.backup is not None:
                _quietly(os.unlink, step.backup)
        for _, parked in self._dropped:
            _quietly(os.rmdir, parked)
        if self._staging:
            _quietly(os.rmdir, self._staging)

    def _files(self) -> list[_Step]:
        return [step for step in self._steps if isinstance(step, _Step)]

    def _swap(self, step: _Step) -> None:
        # Noted before it is done, so that an interrupt in between is undone too.
        if step.before is not None:
            step.backup = self._next("old")
        step.started = True
        if step.staged is None:
            os.rename(step.name, step.backup or "")
            return
        self._make_folder(step.folder)
        if step.backup is not None:
            _copy(step.name, step.backup)
        os.rename(step.staged, step.name)

    def _locate(self, path: RepoPath) -> str:
        try:
            return self.root.locate(path)
        except UnsafePathError as error:
            raise WriteError(path, str(error)) from error

    def _next(self, kind: str) -> str:
        if not self._staging:
            self._staging = self._open_staging()
        self._count += 1
        return f"{self._staging}/{self._count}.{kind}"

    def _open_staging(self) -> str:
        folder = self._locate(RepoPath(f"{STAGING}/1.new")).rpartition("/")[0]
        try:
            self._make_folder(folder)
        except OSError as error:
            raise WriteError(STAGING, _why(error)) from error
        return folder

    def _make_folder(self, folder: str) -> None:
        if folder in self._known:
            return
        self._known.add(folder)
        missing = []
        while not os.path.isdir(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for name in reversed(missing):
            # Noted before it is made, so that an interrupt in between is undone too.
            self._folders.append(name)
            os.mkdir(name)

    def _is_ours_alone(self, path: RepoPath) -> bool:
        """Whether no link leads to `path`: a folder that a link leads to is somebody else's, perhaps outside."""
        try:
            return self.root.real(path) == path
        except UnsafePathError:
            return False

    def _drop_empty_folders(self, paths: tuple[RepoPath, ...]) -> None:
        for path in paths:
            folder = path.parent if self._is_ours_alone(path) else ""
            while folder and self._drop_if_empty(f"{self.root.path}/{folder}"):
                folder = folder.rpartition("/")[0]

    def _drop_if_empty(self, name: str) -> bool:
        """Put an empty folder aside, so that it needs no room on the disk to come back. Return whether it is gone."""
        try:
            if not stat.S_ISDIR(os.lstat(name).st_mode) or os.listdir(name):
                return False
            parked = self._next("gone")
            # Noted before it is done, so that an interrupt in between is undone too.
            self._dropped.append((name, parked))
            os.rename(name, parked)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        if not os.listdir(parked):
            return True
        # Somebody has put a file there in this moment.
        _put_folder_back((name, parked))
        return False

    def _flush(self, folders: set[str]) -> None:
        """Wait until the names in `folders` are on the disk, and those of the folders that we made."""
        if self._durable:
            for folder in sorted(folders.union(map(os.path.dirname, self._folders))):
                # Some file systems cannot do it for folders; theirs is the risk.
                with suppress(OSError):
                    _sync(folder, _FOLDER)
        folders.clear()


def sweep(root: Root) -> None:
    """Remove what a run that was killed had staged. Raises WriteError when a link leads the folder away."""
    if not os.path.lexists(f"{root.path}/{STAGING}"):
        return
    if os.path.islink(f"{root.path}/{STAGING}"):
        raise WriteError(STAGING, "it is a link; remove it")
    try:
        folder = root.locate(RepoPath(f"{STAGING}/1.new")).rpartition("/")[0]
    except UnsafePathError as error:
        raise WriteError(STAGING, str(error)) from error
    with suppress(OSError):
        for found in filter(None, map(_STAGED_NAME.fullmatch, os.listdir(folder))):
            (os.rmdir if found[1] else os.unlink)(f"{folder}/{found[0]}")
        os.rmdir(folder)


def _sync(name: str, flags: int) -> None:
    handle = os.open(name, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_new(name: str, text: bytes, mode: int, *, durable: bool = False) -> None:
    handle = os.open(name, _NEW_FILE, 0o600)
    try:
        os.fchmod(handle, mode)
        left = text
        while left:
            left = left[os.write(handle, left) :]
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)


def _copy(name: str, backup: str) -> None:
    """Give the old file a second name; on a file system without hard links a copy has to do."""
    try:
        os.link(name, backup, follow_symlinks=False)
    except OSError:
        with open(name, "rb") as file:
            _write_new(backup, file.read(), stat.S_IMODE(os.lstat(name).st_mode))


def _undo(step: _Step) -> bool:
    """Give the old file its name again, or remove the new one; what cannot be put back is not thrown away either."""
    try:
        if step.backup is not None:
            if os.path.lexists(step.backup):
                os.replace(step.backup, step.name)
                # Two names of one file: then replace() succeeds and does nothing.
                with suppress(FileNotFoundError):
                    os.unlink(step.backup)
        elif step.started and not os.path.lexists(step.staged or ""):
            os.unlink(step.name)
    except OSError:
        return False
    if step.staged is not None:
        _quietly(os.unlink, step.staged)
    return True


def _put_folder_back(dropped: tuple[str, str]) -> bool:
    name, parked = dropped
    try:
        if os.path.lexists(parked):
            os.rename(parked, name)
    except OSError:
        return False
    return True


def _quietly(action: Callable[..., None], *names: str | int) -> None:
    """Do what may fail: undoing goes on after a failure, and what can be put back is put back."""
    with suppress(OSError):
        action(*names)
