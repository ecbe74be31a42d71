"""Runs one image as Kubernetes would with our Deployment, and tells what it did as JSON; a program of its own.

Usage: unshare --mount --net --uts --ipc python box.py < question.json

The root file system is read-only, /tmp is a small volume, every capability is dropped, no new privileges are to be had,
the user is the image's number, the app is process 1 of its own, and there is no network but loopback. No container
runtime is needed for that; what a runtime would add is its seccomp filter.
"""

import contextlib
import ctypes
import fcntl
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from typing import Any

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWPID = 0x20000000
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_LAST_CAPABILITY = 40
_DEVICES = ("null", "zero", "full", "random", "urandom")
_TMP, _SHM = "/tmp", "/dev/shm"  # noqa: S108 - places in the container
_START_SECONDS = 60


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def _lay_out(root: str) -> None:
    """Make the read-only root, with the few places a container has besides its image."""
    for place in ("tmp", "proc", "dev", "sys"):
        os.makedirs(f"{root}/{place}", exist_ok=True)
    _mount("--make-rprivate", "/")
    _mount("--bind", root, root)
    _mount("-o", "remount,bind,ro,nosuid,nodev", root)
    _mount("-t", "tmpfs", "-o", "size=64m,mode=1777,nosuid,nodev", "tmpfs", f"{root}{_TMP}")
    _mount("-t", "tmpfs", "-o", "size=1m,mode=755,nosuid", "tmpfs", f"{root}/dev")
    os.mkdir(f"{root}{_SHM}", 0o1777)
    for name in _DEVICES:
        with open(f"{root}/dev/{name}", "w", encoding="utf-8"):
            pass
        _mount("--bind", f"/dev/{name}", f"{root}/dev/{name}")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{root}/dev/{name}")
    os.symlink("/proc/self/fd", f"{root}/dev/fd")
    # As our volume of a Pod: whatever the image has in /dev/shm, it is empty and small.
    _mount("-t", "tmpfs", "-o", "size=64m,mode=1777,nosuid,nodev", "tmpfs", f"{root}{_SHM}")


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sH14s", b"lo", 1, b"")  # 1: up
        fcntl.ioctl(handle, 0x8914, request)


def _become(question: dict[str, Any], command: list[str], log: int, *, first: bool) -> None:
    """Turn this process into `command` in the container. Never returns."""
    root, (user, group) = question["root"], question["user"]
    os.setsid()
    if first:
        subprocess.run(["mount", "-t", "proc", "-o", "nosuid,nodev,noexec", "proc", f"{root}/proc"], check=True)
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chroot(root)
    os.chdir(question["folder"])
    for number in range(_LAST_CAPABILITY + 1):
        _LIBC.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.execvpe(command[0], command, question["environment"])  # noqa: S606 - it is what the image says


def _start(question: dict[str, Any], command: list[str], log: int, *, first: bool = False) -> int:
    process = os.fork()
    if process == 0:
        try:
            _become(question, command, log, first=first)
        except BaseException as error:  # noqa: BLE001 - the log is all that is read of a child
            os.write(2, f"{command[0]}: {error}\n".encode())
            os._exit(127)
    return process


def _get(port: int, path: str) -> tuple[int, str]:
    # As from outside: what listens on 127.0.0.1 alone does not answer here.
    connection = http.client.HTTPConnection("127.0.0.2", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        return answer.status, answer.read(4096).decode("utf-8", "replace")
    finally:
        connection.close()


def _answer(port: int, path: str) -> str:
    """Return the status of what is answered, and where it leads to."""
    connection = http.client.HTTPConnection("127.0.0.2", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        return f"{answer.status} {answer.headers.get('Location', '')}".rstrip()
    finally:
        connection.close()


def _wait_until_up(question: dict[str, Any], process: int) -> float:
    """Return how many seconds it took until the health path answered 200; -1 when it never did."""
    start = time.monotonic()
    while time.monotonic() - start < _START_SECONDS:
        if os.waitpid(process, os.WNOHANG)[0]:
            return -1
        with contextlib.suppress(OSError, http.client.HTTPException):
            if _get(question["port"], question["health"])[0] == 200:
                return time.monotonic() - start
        time.sleep(0.05)
    return -1


def _status(process: int) -> dict[str, str]:
    with open(f"/proc/{process}/status", encoding="utf-8") as file:
        return {name: value.strip() for name, _, value in (line.partition(":") for line in file)}


def _end(process: int, number: int) -> dict[str, Any]:
    """Send the signal with which the image wants to be ended, and say how long it took and how it ended."""
    start = time.monotonic()
    os.kill(process, number)
    while time.monotonic() - start < 10:
        ended, code = os.waitpid(process, os.WNOHANG)
        if ended:
            return {"seconds": time.monotonic() - start, "code": os.waitstatus_to_exitcode(code)}
        time.sleep(0.005)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return {"seconds": time.monotonic() - start, "code": None}


def _checked_health(question: dict[str, Any], log: int) -> int | None:
    """Run the HEALTHCHECK of the image beside the app; None without one."""
    kind, *words = question["healthcheck"] or ["NONE"]
    if kind == "NONE":
        return None
    command = words if kind == "CMD" else ["/bin/sh", "-c", *words]
    return os.waitstatus_to_exitcode(os.waitpid(_start(question, command, log), 0)[1])


def _main() -> None:
    question = json.load(sys.stdin)
    _raise_loopback()
    _lay_out(question["root"])
    with open(question["log"], "wb") as log:
        if _LIBC.unshare(_CLONE_NEWPID):
            raise OSError(ctypes.get_errno(), "unshare")
        # As a runtime does, so that /dev/stderr can be opened by name.
        os.fchown(log.fileno(), *question["user"])
        process = _start(question, question["command"], log.fileno(), first=True)
        answer: dict[str, Any] = {"up": _wait_until_up(question, process)}
        if answer["up"] >= 0:
            status = _status(process)
            answer["status"] = {
                name: status[name] for name in ("Uid", "Gid", "CapEff", "CapBnd", "NoNewPrivs", "NSpid")
            }
            answer["root"] = _get(question["port"], "/")
            answer["answers"] = {path: _answer(question["port"], path) for path in question["paths"]}
            answer["healthcheck"] = _checked_health(question, log.fileno())
            answer["end"] = _end(process, question["signal"])
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    _main()
