"""A launcher that makes the operating system fail: `python -m tests.crash.inject N MODE -- <gitopsgen arguments>`.

The functions of `os` and `open` that change files are wrapped. Every call that touches the current folder, or a folder
below it, is one operation; the Nth meets its fate, which is MODE. N = 0 lets all of them pass. With a TRACE file in the
environment variable INJECT_TRACE, every operation is recorded there, for the power loss model.

The product has no hook for this: what is wrapped is what every Python program calls.
"""

import builtins
import errno
import io
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

KILLS = ("kill-before", "kill-half", "kill-after")
REFUSALS = ("ENOSPC", "EACCES", "EROFS", "EIO")
LASTING = ("ENOSPC-on", "EROFS-on", "EIO-on")
SIGNALS = ("SIGINT-before", "SIGINT-after", "SIGTERM-before", "SIGTERM-after")
IMPATIENT = ("SIGINT-twice", "SIGTERM-then-SIGINT")
HOLD = "stop"
MODES = (*KILLS, *REFUSALS, *LASTING, *SIGNALS, *IMPATIENT, HOLD)

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_ALLOCATING = ("open", "write", "mkdir", "link", "symlink")
# How many operations after the first signal an impatient person sends the second.
_PATIENCE = 2


class Operation(NamedTuple):
    """One change of the file system: `paths` are relative to the folder, `handle` numbers what was opened."""

    name: str
    paths: tuple[str, ...]
    handle: int = 0
    data: bytes = b""
    flags: int = 0
    mode: int = 0


class Injector:
    """Counts what is done to the files below `root`, and meets the operation number `at` with `mode`."""

    def __init__(self, root: str, at: int, mode: str = "") -> None:
        self._root = os.path.realpath(root)
        self._at, self._mode = at, mode
        self._handles: dict[int, int] = {}
        self._opened = 0
        self._real: dict[str, Callable[..., Any]] = {}
        self._owner = os.getpid()
        self.trace: list[Operation] = []
        self.keep_trace = False
        self.count = 0

    def install(self) -> None:
        """Put the wrapped functions in their places."""
        for name in ("open", "close", "write", "pwrite", "fsync", "fdatasync", "fchmod", "ftruncate"):
            self._wrap(name, getattr(self, f"_{name}", None) or self._on_handle(name))
        for name in ("unlink", "remove", "mkdir", "rmdir", "chmod", "truncate", "utime"):
            self._wrap(name, self._on_path(name))
        for name in ("rename", "replace", "link", "symlink"):
            self._wrap(name, self._on_two(name))
        self._real["io.open"] = io.open
        builtins.open = self._open_file
        io.open = self._open_file

    def _wrap(self, name: str, wrapped: Callable[..., Any]) -> None:
        self._real[name] = getattr(os, name)
        setattr(os, name, wrapped)

    def _inside(self, path: Any, folder: int | None = None) -> str | None:
        """Return the path below the root, None for one elsewhere."""
        text = os.fsdecode(path)
        if folder is not None and not os.path.isabs(text):
            text = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), text)
        parent, name = os.path.split(os.path.abspath(text))
        full = os.path.join(os.path.realpath(parent), name)
        if full == self._root:
            return "."
        return full[len(self._root) + 1 :] if full.startswith(self._root + "/") else None

    def _inside_handle(self, handle: int) -> str | None:
        try:
            name = os.readlink(f"/proc/self/fd/{handle}")
        except OSError:
            return None
        return self._inside(name) if name.startswith("/") else None

    # -- the wrapped functions -------------------------------------------------------------------------------------

    def _open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        inside = self._inside(path, dir_fd)
        if inside is None:
            return int(self._real["open"](path, flags, mode, dir_fd=dir_fd))
        number = self._opened = self._opened + 1
        done = self._real["open"]
        if flags & _WRITING:
            operation = Operation("open", (inside,), number, flags=flags, mode=mode)
            handle = int(self._do(operation, lambda: done(path, flags, mode, dir_fd=dir_fd)))
        else:
            handle = int(done(path, flags, mode, dir_fd=dir_fd))
        self._handles[handle] = number
        return handle

    def _close(self, handle: int) -> None:
        self._handles.pop(handle, None)
        self._real["close"](handle)

    def _write(self, handle: int, data: Any) -> int:
        inside = self._inside_handle(handle)
        if inside is None:
            return int(self._real["write"](handle, data))
        operation = Operation("write", (inside,), self._handles.get(handle, 0), bytes(data))
        half = bytes(data)[: len(bytes(data)) // 2]
        return int(
            self._do(operation, lambda: self._real["write"](handle, data), lambda: self._real["write"](handle, half))
        )

    def _on_handle(self, name: str) -> Callable[..., Any]:
        def call(handle: int, *values: Any) -> Any:
            inside = self._inside_handle(handle) if isinstance(handle, int) else None
            if inside is None:
                return self._real[name](handle, *values)
            mode = values[0] if values and isinstance(values[0], int) else 0
            operation = Operation(name, (inside,), self._handles.get(handle, 0), mode=mode)
            return self._do(operation, lambda: self._real[name](handle, *values))

        return call

    def _on_path(self, name: str) -> Callable[..., Any]:
        def call(path: Any, *values: Any, **named: Any) -> Any:
            inside = None if isinstance(path, int) else self._inside(path, named.get("dir_fd"))
            if inside is None:
                return self._real[name](path, *values, **named)
            mode = values[0] if values and isinstance(values[0], int) else named.get("mode", 0o777)
            operation = Operation(name, (inside,), mode=mode)
            return self._do(operation, lambda: self._real[name](path, *values, **named))

        return call

    def _on_two(self, name: str) -> Callable[..., Any]:
        def call(first: Any, second: Any, **named: Any) -> Any:
            inside = self._inside(second, named.get("dst_dir_fd", named.get("dir_fd")))
            if inside is None:
                return self._real[name](first, second, **named)
            start = os.fsdecode(first) if name == "symlink" else self._inside(first, named.get("src_dir_fd"))
            operation = Operation(name, (start or "", inside))
            return self._do(operation, lambda: self._real[name](first, second, **named))

        return call

    def _open_file(self, file: Any, mode: str = "r", buffering: int = -1, *values: Any, **named: Any) -> Any:
        """Open as the built-in does; what is written to a file of the repository goes through the wrapped calls."""
        inside = self._inside_handle(file) if isinstance(file, int) else self._inside(file)
        if inside is None or not set(mode) & set("wxa+"):
            return self._real["io.open"](file, mode, buffering, *values, **named)
        flags = {"w": os.O_CREAT | os.O_TRUNC, "x": os.O_CREAT | os.O_EXCL, "a": os.O_CREAT | os.O_APPEND}
        kind = next((flags[letter] for letter in mode if letter in flags), 0)
        access = (os.O_RDWR if "+" in mode else os.O_WRONLY) | os.O_CLOEXEC
        raw = _Raw(file if isinstance(file, int) else os.open(file, kind | access, 0o666))
        buffered = io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, *values, **named)

    # -- fate ------------------------------------------------------------------------------------------------------

    def _do(self, operation: Operation, act: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        # A fork of ours (git, a worker) has its own life, and the same wrapped functions.
        if os.getpid() != self._owner:
            return act()
        self.count += 1
        if self.keep_trace:
            self.trace.append(operation)
        if self._at and self.count == self._at:
            self._meet(operation, half)
        if self._at and self.count > self._at:
            self._meet_later(operation)
        try:
            result = act()
        finally:
            # Also when the system said no to it, as to the removal of a folder that is not empty.
            if self._at and self.count == self._at and self._mode == "kill-after":
                _die()
        if self._at and self.count == self._at and self._mode.endswith("-after"):
            os.kill(os.getpid(), getattr(signal, self._mode.removesuffix("-after")))
        return result

    def _meet(self, operation: Operation, half: Callable[[], Any] | None) -> None:
        mode = self._mode
        if mode == "kill-half" and half is not None:
            half()
        if mode in ("kill-before", "kill-half"):
            _die()
        if mode == HOLD:
            os.kill(os.getpid(), signal.SIGSTOP)
        if mode in ("SIGINT-before", "SIGINT-twice"):
            os.kill(os.getpid(), signal.SIGINT)
        if mode in ("SIGTERM-before", "SIGTERM-then-SIGINT"):
            os.kill(os.getpid(), signal.SIGTERM)
        if mode in REFUSALS or mode in LASTING:
            self._refuse(mode.removesuffix("-on"), operation, half)

    def _meet_later(self, operation: Operation) -> None:
        if self._mode in IMPATIENT and self.count == self._at + _PATIENCE:
            os.kill(os.getpid(), signal.SIGINT)
        if self._mode == "ENOSPC-on" and operation.name not in _ALLOCATING:
            return
        if self._mode in LASTING:
            self._refuse(self._mode.removesuffix("-on"), operation, None)

    def _refuse(self, name: str, operation: Operation, half: Callable[[], Any] | None) -> None:
        if name == "ENOSPC" and half is not None:
            half()
        number = getattr(errno, name)
        if operation.handle and operation.name != "open":
            raise OSError(number, os.strerror(number))
        names = [os.path.join(self._root, path) for path in operation.paths]
        raise OSError(number, os.strerror(number), names[0], None, *names[1:])


class _Raw(io.RawIOBase):
    """A file whose writes go through `os`, where they are counted."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._handle

    def write(self, data: Any) -> int:
        return os.write(self._handle, data)

    def close(self) -> None:
        if not self.closed:
            super().close()
            os.close(self._handle)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def save_trace(injector: Injector, name: str) -> None:
    """Write what was counted where the parent reads it."""
    with os.fdopen(injector._real["open"](name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        pickle.dump([tuple(operation) for operation in injector.trace], file)


def load_trace(name: str) -> list[Operation]:
    """Read what save_trace wrote."""
    with open(name, "rb") as file:
        return [Operation(*fields) for fields in pickle.load(file)]  # noqa: S301 - written by the tests themselves


def main() -> int:
    """Run gitopsgen in the current folder, and let the Nth operation meet its fate."""
    at, mode, marker, *words = sys.argv[1:]
    if marker != "--" or (mode not in MODES and int(at)):
        sys.exit(f"usage: python -m tests.crash.inject N MODE -- ARGUMENTS...; modes: {' '.join(MODES)}")
    # Everything that the run imports anyway is imported before, so that only the run itself is counted.
    from gitopsgen.entry import main as gitopsgen

    trace = os.environ.get("INJECT_TRACE", "")
    injector = Injector(".", int(at), mode)
    injector.keep_trace = bool(trace)
    sys.argv = ["gitopsgen", *words]
    injector.install()
    try:
        return gitopsgen()
    finally:
        if trace:
            save_trace(injector, trace)


if __name__ == "__main__":
    sys.exit(main())
