"""Several gitopsgen in one repository at once: one after the other, and each says that it waits."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from .stories import build, differences, tree, unfinished
from .zygote import PROJECT, Zygote

_LONGEST = 60
_PATH = {**os.environ, "PYTHONPATH": str(PROJECT)}


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        env=_PATH,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("count", [2, 8])
@pytest.mark.parametrize("story", ["first", "pull to push"])
def test_at_once(story: str, count: int, gitopsgen: Zygote, tmp_path: Path) -> None:
    told = build(story, gitopsgen, tmp_path)
    alone = told.copy(tmp_path / "alone")
    assert gitopsgen.run(alone, *told.words).code == 0
    folder = told.copy(tmp_path / "together")
    running = [start(folder, "-m", "gitopsgen", "generate") for _ in range(count)]
    said = [process.communicate(timeout=_LONGEST) for process in running]
    for process, (out, err) in zip(running, said, strict=True):
        assert process.returncode == 0, out + err
        assert "Traceback" not in err
    assert differences(tree(folder), tree(alone)) == []
    assert unfinished(folder) == []
    wrote = [out for out, _ in said if "nothing to do" not in out]
    assert len(wrote) == 1, "one of them does the work, the others find it done"


def test_a_second_one_says_that_it_waits(gitopsgen: Zygote, tmp_path: Path) -> None:
    """The first is stopped in the middle of its work; the second waits, says so, and goes on when the first is done."""
    told = build("pull to push", gitopsgen, tmp_path)
    alone = told.copy(tmp_path / "alone")
    middle = len(gitopsgen.run(alone, *told.words, trace=True).trace) // 2
    folder = told.copy(tmp_path / "together")
    first = start(folder, "-m", "tests.crash.inject", str(middle), "stop", "--", "generate")
    wait_until_stopped(first.pid)
    assert unfinished(folder)
    second = start(folder, "-m", "gitopsgen", "generate")
    line = first_line(second)
    assert "another gitopsgen" in line
    assert second.poll() is None
    os.kill(first.pid, signal.SIGCONT)
    for process in (first, second):
        out, err = process.communicate(timeout=_LONGEST)
        assert process.returncode == 0, out + err
    assert differences(tree(folder), tree(alone)) == []


def test_a_second_one_takes_over_from_one_that_was_killed(gitopsgen: Zygote, tmp_path: Path) -> None:
    """A lock of the operating system ends with its process: nothing has to be removed by hand."""
    told = build("pull to push", gitopsgen, tmp_path)
    alone = told.copy(tmp_path / "alone")
    middle = len(gitopsgen.run(alone, *told.words, trace=True).trace) // 2
    folder = told.copy(tmp_path / "together")
    first = start(folder, "-m", "tests.crash.inject", str(middle), "stop", "--", "generate")
    wait_until_stopped(first.pid)
    second = start(folder, "-m", "gitopsgen", "generate")
    assert "another gitopsgen" in first_line(second)
    first.kill()
    first.communicate()
    out, err = second.communicate(timeout=_LONGEST)
    assert second.returncode == 0, out + err
    assert differences(tree(folder), tree(alone)) == []
    assert unfinished(folder) == []


def test_looking_does_not_wait(gitopsgen: Zygote, tmp_path: Path) -> None:
    """Looking only reads, so it may not hang behind a run that writes."""
    told = build("pull to push", gitopsgen, tmp_path)
    middle = len(gitopsgen.run(told.copy(tmp_path / "alone"), *told.words, trace=True).trace) // 2
    first = start(told.start, "-m", "tests.crash.inject", str(middle), "stop", "--", "generate")
    wait_until_stopped(first.pid)
    try:
        for words in (("check",), ("diff",)):
            run = gitopsgen.run(told.start, *words)
            assert run.code in (0, 1), run.said
    finally:
        first.kill()
        first.communicate()


def wait_until_stopped(pid: int) -> None:
    end = time.monotonic() + _LONGEST
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < end, "it never came to the middle of its work"
        time.sleep(0.01)


def first_line(process: subprocess.Popen[str]) -> str:
    """Return the first line on stderr, without waiting for ever."""
    assert process.stderr is not None
    timer = threading.Timer(_LONGEST, process.kill)
    timer.start()
    try:
        while line := process.stderr.readline():
            if "gitopsgen" in line:
                return line
        return ""
    finally:
        timer.cancel()
