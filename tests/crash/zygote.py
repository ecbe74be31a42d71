"""Thousands of runs of the command line, each in a process of its own: a server that has imported gitopsgen forks them.

The server is `python -m tests.crash.zygote`; one line of JSON is one run. It has one thread and no test framework, so
that forking it is safe, and whatever befalls a run befalls nobody else.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.crash.inject import Injector, Operation, load_trace, save_trace

PROJECT = Path(__file__).resolve().parents[2]
NOBODY = 65534
_LONGEST = 60.0
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Run(NamedTuple):
    """What one run did.

    `code` is the exit code, or minus the signal that ended it; `seconds` by the clock, `cpu` of computing; `touched`
    are the names that Python opened, listed or changed.
    """

    code: int
    out: str
    err: str
    seconds: float
    cpu: float
    trace: tuple[Operation, ...] = ()
    touched: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        return self.out + self.err


class Kill(NamedTuple):
    """When a run is killed from outside: `seconds` after `once` exists, or after its start; with its workers or not."""

    seconds: float
    once: str = ""
    only_parent: bool = False


class Zygote:
    """The client's side of the server."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._trace, self._touched = folder / "trace", folder / "touched"
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.zygote"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def run(
        self,
        folder: Path,
        *words: str,
        at: int = 0,
        mode: str = "",
        trace: bool = False,
        watch: bool = False,
        nobody: bool = False,
        kill: Kill | None = None,
        stdin: str | None = None,
    ) -> Run:
        """Run gitopsgen in `folder`, which reads `stdin`; the operation number `at` meets `mode`.

        `trace` records the operations, `watch` every name that Python opened, and `nobody` runs as an ordinary user.
        """
        order = {"folder": str(folder), "words": words, "at": at, "mode": mode, "nobody": nobody, "kill": kill}
        order |= {"stdin": stdin}
        order |= {"trace": str(self._trace) if trace else "", "watch": str(self._touched) if watch else ""}
        to_server, from_server = self._server.stdin, self._server.stdout
        assert to_server is not None
        assert from_server is not None
        to_server.write(json.dumps(order) + "\n")
        to_server.flush()
        answer = json.loads(from_server.readline())
        operations = tuple(load_trace(str(self._trace))) if trace else ()
        touched = tuple(self._touched.read_text("utf-8", errors="surrogateescape").split("\n")) if watch else ()
        return Run(answer["code"], answer["out"], answer["err"], answer["seconds"], answer["cpu"], operations, touched)

    def close(self) -> None:
        if self._server.stdin is not None:
            self._server.stdin.close()
        self._server.wait()
        if self._server.stdout is not None:
            self._server.stdout.close()


@contextmanager
def zygote() -> Iterator[Zygote]:
    """Start a server with a home of its own, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        server = Zygote(Path(folder), {**os.environ, "HOME": folder})
        try:
            yield server
        finally:
            server.close()


# -- the server ------------------------------------------------------------------------------------------------


def serve() -> None:
    """Read orders until there are no more."""
    orders, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    _warm_up()
    for line in orders:
        answers.write(json.dumps(_obey(json.loads(line))) + "\n")
        answers.flush()


def _warm_up() -> None:
    """Import everything and compile the templates once, instead of in every run."""
    import importlib

    from gitopsgen.cli.main import LazyGroup
    from gitopsgen.compiler import generate
    from tests.trees import PUSH, SMALLEST

    for name in LazyGroup.commands_by_name:
        importlib.import_module(f"gitopsgen.cli.{name}")
    for text in (SMALLEST, PUSH):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "gitopsgen.yaml").write_text(text)
            generate(folder)


def _obey(order: dict[str, Any]) -> dict[str, Any]:
    out, err = os.memfd_create("out"), os.memfd_create("err")
    alive, held_open = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        _live(order, out, err)
    # The child does the same: whoever comes first, there is a group when it is to be killed.
    os.setpgid(child, child)
    os.close(held_open)
    if order["kill"]:
        _kill(child, Kill(*order["kill"]))
    code, cpu = _wait(child)
    # Workers without a parent go on until they cannot say what they did: the pipe ends with the last of them.
    os.read(alive, 1)
    os.close(alive)
    seconds = time.monotonic() - started
    return {"code": code, "out": _text(out), "err": _text(err), "seconds": seconds, "cpu": cpu}


def _kill(child: int, kill: Kill) -> None:
    watched = os.pidfd_open(child)
    while kill.once and not os.path.exists(kill.once) and not select.select([watched], [], [], 0.0005)[0]:
        pass
    if not select.select([watched], [], [], kill.seconds)[0]:
        os.kill(child, signal.SIGKILL) if kill.only_parent else os.killpg(child, signal.SIGKILL)
    os.close(watched)


def _wait(child: int) -> tuple[int, float]:
    watched = os.pidfd_open(child)
    if not select.select([watched], [], [], _LONGEST)[0]:
        os.kill(child, signal.SIGKILL)
    os.close(watched)
    _, status, used = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime


def _text(handle: int) -> str:
    os.lseek(handle, 0, os.SEEK_SET)
    with os.fdopen(handle, "rb") as file:
        return file.read().decode("utf-8", "replace")


def _holding(text: str) -> int:
    handle = os.memfd_create("in")
    os.write(handle, text.encode("utf-8", "surrogateescape"))
    os.lseek(handle, 0, os.SEEK_SET)
    return handle


def _live(order: dict[str, Any], out: int, err: int) -> None:
    """Be the child: run the command line and leave."""
    code = 70
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        if order["stdin"] is not None:
            os.dup2(_holding(order["stdin"]), 0)
        for number in _ENDINGS:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        os.chdir(order["folder"])
        if order["nobody"]:
            _become_nobody()
        sys.argv = ["gitopsgen", *order["words"]]
        code = _watched(order) if order["watch"] else _injected(order)
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else 1
    except BaseException:  # noqa: BLE001 - a traceback is what the tests look for
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _become_nobody() -> None:
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _injected(order: dict[str, Any]) -> int:
    from gitopsgen.entry import main

    if not (order["at"] or order["trace"]):
        return main()
    injector = Injector(".", order["at"], order["mode"])
    injector.keep_trace = bool(order["trace"])
    injector.install()
    try:
        return main()
    finally:
        if order["trace"]:
            save_trace(injector, order["trace"])


_WATCHED = ("open", "os.", "shutil.")
FAST = "the fast path alone"
"""Instead of arguments: ask the lock whether anything changed, as an installed gitopsgen does before all else."""


def _watched(order: dict[str, Any]) -> int:
    from gitopsgen import __version__
    from gitopsgen.entry import main
    from gitopsgen.unchanged import unchanged

    names: list[str] = []

    def note(event: str, values: tuple[Any, ...]) -> None:
        if event.startswith(_WATCHED):
            paths = [os.fsdecode(value) for value in values[:2] if isinstance(value, (str, bytes, os.PathLike))]
            names.extend(os.path.abspath(path) for path in paths)

    sys.addaudithook(note)
    try:
        return int(not unchanged(".", __version__)) if order["words"] == [FAST] else main()
    finally:
        text = "\n".join(names)
        Path(order["watch"]).write_text(text, encoding="utf-8", errors="surrogateescape")


if __name__ == "__main__":
    serve()
