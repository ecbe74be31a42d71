"""One gitopsgen at a time in a repository: the operating system locks its folder, which leaves no file behind."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gitopsgen.core.errors import WriteError

LONGEST_WAIT = 60.0
"""Seconds."""
_PAUSE = 0.05


@contextmanager
def turn(root: str, waiting: Callable[[str], None], longest: float = LONGEST_WAIT) -> Iterator[None]:
    """Hold the repository at `root`; call `waiting` once when another gitopsgen is at work there.

    A file system that knows no such lock is used without one. Raises WriteError after `longest` seconds.
    """
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if not _take(handle):
            waiting(root)
            _wait(handle, root, longest)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, root: str, longest: float) -> None:
    import time

    end = time.monotonic() + longest
    while not _take(handle):
        if time.monotonic() > end:
            raise WriteError(root, f"another gitopsgen has been at work here for {longest:.0f} s; run again later")
        time.sleep(_PAUSE)


def _take(handle: int) -> bool:
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # some network file systems have no locks on folders
    return True
