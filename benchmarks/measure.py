"""Whole processes, in turn: A B C A B C ..., so that whatever else the machine does falls on all of them alike."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

# How long to wait, all in all, for a machine that somebody else uses.
_MOST_PATIENCE = 120.0
_IDLE = 0.1


class Contender(NamedTuple):
    """A command that is measured; `prepare` is done before each run and not timed."""

    name: str
    command: Sequence[str | Path]
    folder: Path
    prepare: Callable[[], None] = lambda: None


class Run(NamedTuple):
    """One process: seconds by the clock, seconds of processor time, and the most memory of its largest process."""

    wall: float
    cpu: float
    peak: int


class Machine:
    """Waits until the machine is idle, as long as patience lasts, and remembers how busy it was."""

    def __init__(self) -> None:
        self.busy: list[float] = []
        self._patience = _MOST_PATIENCE

    def wait(self) -> None:
        """Return when hardly anything else runs."""
        started = time.monotonic()
        share = busy_share()
        while share > _IDLE and time.monotonic() - started < self._patience:
            share = busy_share()
        self._patience -= time.monotonic() - started
        self.busy.append(share)


def busy_share(seconds: float = 0.2) -> float:
    """Return which share of all processors was busy for a moment; nothing where the system does not tell."""
    before = _ticks()
    time.sleep(seconds)
    idle, total = (after - earlier for after, earlier in zip(_ticks(), before, strict=True))
    return 1 - idle / total if total else 0.0


def _ticks() -> tuple[int, int]:
    try:
        fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    except OSError:
        return 0, 0
    return fields[3] + fields[4], sum(fields)


def race(machine: Machine, contenders: Sequence[Contender], rounds: int) -> dict[str, list[Run]]:
    """Run all contenders in turn; the first round only fills caches and is dropped."""
    runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    for number in range(rounds + 1):
        for contender in contenders:
            contender.prepare()
            machine.wait()
            run = timed(contender)
            if number:
                runs[contender.name].append(run)
    return runs


def timed(contender: Contender) -> Run:
    """Run a command once. Raises CalledProcessError when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        contender.command, cwd=contender.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    with process:
        told = process.stderr.read() if process.stderr else b""
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, [str(word) for word in contender.command], stderr=told)
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def wall(runs: Sequence[Run]) -> float:
    """Return the median of the seconds by the clock."""
    return statistics.median(run.wall for run in runs)


def cpu(runs: Sequence[Run]) -> float:
    """Return the median of the seconds of processor time."""
    return statistics.median(run.cpu for run in runs)


def ratio(runs: Sequence[Run], others: Sequence[Run]) -> float:
    """Return the median of the ratios of the pairs."""
    return statistics.median(run.wall / other.wall for run, other in zip(runs, others, strict=True))
