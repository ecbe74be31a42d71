"""Stops a Python program dead just before its n-th write into a folder: power cuts, on order and the same every time.

`PEERS_KILL_BELOW` names the folder. Without `PEERS_KILL_AT` nothing is killed, and the number of writes is left in
the file `PEERS_KILL_COUNT`.
"""

import os
import signal
import sys

_WRITES = {"os.rename", "os.remove", "os.link", "os.symlink", "os.truncate"}
_below = os.environ.get("PEERS_KILL_BELOW", "")
_at = int(os.environ.get("PEERS_KILL_AT", "0"))
_count = os.environ.get("PEERS_KILL_COUNT", "")
_seen = 0


def _is_write(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "open":
        flags = arguments[2]
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR)) and _is_below(arguments[0])
    if event == "subprocess.Popen":
        words = arguments[1]
        return isinstance(words, (list, tuple)) and "apply" in words
    # A name beside the handle of a folder cannot be placed; only `shutil.rmtree` of a temporary folder gives such.
    handles = [argument for argument in arguments if isinstance(argument, int) and argument >= 0]
    return event in _WRITES and not handles and any(_is_below(argument) for argument in arguments[:2])


def _is_below(path: object) -> bool:
    if not isinstance(path, (str, bytes)):
        return False
    name = os.path.abspath(os.fsdecode(path))
    return name.startswith(f"{_below}/") and not name.startswith(f"{_below}/.git/")


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    global _seen  # noqa: PLW0603 - a hook has no other place to count
    if not _is_write(event, arguments):
        return
    _seen += 1
    if _at:
        if _seen == _at:
            os.kill(os.getpid(), signal.SIGKILL)
    elif _count:
        handle = os.open(_count, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.write(handle, str(_seen).encode())
        os.close(handle)


if _below:
    sys.addaudithook(_watch)
