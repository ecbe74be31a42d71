"""Thousands of runs of the command line, most of them in this process: a third of the time that a fork takes.

A run that is to be killed is forked by the server, and so is one of several others, which has to say the same as ever.
"""

import gc
import io
import os
import sys
import time
from pathlib import Path

from .zygote import Run, Zygote

_FORKED = 8


class Indoors:
    """Runs gitopsgen as the server does; see the module."""

    def __init__(self, server: Zygote) -> None:
        self._server = server
        self._count = 0

    def run(self, folder: Path, *words: str, at: int = 0, mode: str = "") -> Run:
        """Run gitopsgen in `folder`; the operation number `at` meets `mode`."""
        self._count += 1
        if at or self._count % _FORKED == 0:
            return self._server.run(folder, *words, at=at, mode=mode)
        started, used = time.monotonic(), time.process_time()
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        code = _within(folder, words, out, err)
        said = [_text(stream) for stream in (out, err)]
        return Run(code, said[0], said[1], time.monotonic() - started, time.process_time() - used)


def _within(folder: Path, words: tuple[str, ...], out: io.TextIOWrapper, err: io.TextIOWrapper) -> int:
    from gitopsgen.entry import main

    before = os.getcwd(), sys.argv, sys.stdin, sys.stdout, sys.stderr
    with open(os.devnull, encoding="utf-8") as nothing:
        try:
            os.chdir(folder)
            sys.argv, sys.stdin, sys.stdout, sys.stderr = ["gitopsgen", *words], nothing, out, err
            return main()
        except SystemExit as leave:
            return leave.code if isinstance(leave.code, int) else 1
        except BaseException:  # noqa: BLE001 - a traceback is what the tests look for
            sys.excepthook(*sys.exc_info())
            return 70
        finally:
            os.chdir(before[0])
            # A whole run is short and does without; a process of many runs does not.
            gc.enable()
            _, sys.argv, sys.stdin, sys.stdout, sys.stderr = before


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode("utf-8", "replace")
