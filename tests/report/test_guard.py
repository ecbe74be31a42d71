"""The ways out: a signal, a reader that left, a full disk. Each in a process of its own, because it ends there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.repo.trees import build, generate, rendered, tree
from tests.trees import SMALLEST, write_tree

ROOT = Path(__file__).resolve().parents[2]
PYTHON = {**os.environ, "PYTHONPATH": str(ROOT)}


def python(source: str, folder: Path, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", source]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run(command, cwd=folder, env=PYTHON, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def shell(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-c", words.replace("gitopsgen", f"{sys.executable} -m gitopsgen", 1)]
    return subprocess.run(command, cwd=folder, env=PYTHON, capture_output=True, text=True, check=False)


ENDED = """
import os, signal, sys
from gitopsgen.cli.guard import guarded
from gitopsgen.core.repopath import Root
from gitopsgen.repo.apply import apply
from tests.repo.trees import look, locks, rendered
from pathlib import Path

class EndedRoot(Root):
    def read(self, path):
        if path == "z":
            os.kill(os.getpid(), NUMBER)
        return super().read(path)

def command():
    decision = look(Path("."), [rendered("a", "2"), rendered("new/n", "2"), rendered("z", "2")])
    apply(EndedRoot("."), decision.changes, locks(Path("."), decision))
    return 0

sys.exit(guarded(command))
"""


# The tests themselves may run under nohup, and what it ignores stays ignored.
HEARD = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_to_end_undoes_what_was_begun(tmp_path: Path, number: signal.Signals) -> None:
    generate(tmp_path, [rendered("a", "1"), rendered("z", "1")])
    before = tree(tmp_path, lock=True)
    done = python(HEARD + ENDED.replace("NUMBER", str(int(number))), tmp_path)
    assert done.returncode == 128 + number, done.stderr
    assert done.stderr.startswith("gitopsgen: ") and done.stderr.count("\n") == 1
    assert tree(tmp_path, lock=True) == before
    assert not (tmp_path / "new").exists()


def test_what_nohup_ignores_stays_ignored(tmp_path: Path) -> None:
    generate(tmp_path, [rendered("a", "1"), rendered("z", "1")])
    ignore = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    done = python(ignore + ENDED.replace("NUMBER", str(int(signal.SIGHUP))), tmp_path)
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path)["z"] == b"2"


WORKERS = """
import os, pathlib, sys, time
from gitopsgen.cli.guard import guarded
from gitopsgen.fleet import run_each

def work(root):
    try:
        pathlib.Path(f"{os.getpid()}.pid").touch()
        time.sleep(60)
    finally:
        pathlib.Path(f"{os.getpid()}.undone").touch()
    return 0, 0, ""

sys.exit(guarded(lambda: len(list(run_each(["."] * 24, work)))))
"""


def test_the_workers_of_a_fleet_end_and_undo_too(tmp_path: Path) -> None:
    workers = len(os.sched_getaffinity(0))
    deadline = time.monotonic() + 30
    with subprocess.Popen([sys.executable, "-c", WORKERS], cwd=tmp_path, env=PYTHON) as child:
        while len(list(tmp_path.glob("*.pid"))) < workers and time.monotonic() < deadline:
            time.sleep(0.02)
        child.terminate()
        assert child.wait(timeout=30) == 143
    assert len(list(tmp_path.glob("*.undone"))) == workers


@pytest.fixture
def drifted(tmp_path: Path) -> Path:
    return write_tree(
        tmp_path, {"gitopsgen.yaml": SMALLEST, "package.json": "{}\n", "package-lock.json": "{}\n", "app.js": ""}
    )


@pytest.mark.parametrize("to", [">/dev/full", ">&-"])
@pytest.mark.parametrize("words", ["gitopsgen check", "gitopsgen schema"])
def test_output_that_cannot_be_written(drifted: Path, words: str, to: str) -> None:
    done = shell(f"{words} {to}", drifted)
    assert done.returncode == 4, done
    assert done.stderr.count("\n") == 1 and "the output cannot be written" in done.stderr
    assert shell(f"{words} {to} 2{to}", drifted).returncode == 4


def test_a_reader_that_left_is_no_drift_and_no_bug(tmp_path: Path) -> None:
    """Click has an exit code of its own for this."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        source = "import sys; sys.argv[1:] = ['schema']\nfrom gitopsgen.cli.main import run_cli; sys.exit(run_cli())"
        done = python(source, tmp_path, stdout=pipe)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("code", [0, 1, 4])
def test_a_reader_that_left_does_not_change_a_known_exit_code(tmp_path: Path, code: int) -> None:
    source = f"""
import sys
from gitopsgen.cli.guard import guarded, printing
from gitopsgen.report.out import emit
def command():
    with printing({code}):
        emit("text", sys.stdout)
    return 99
sys.exit(guarded(command))
"""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = python(source, tmp_path, stdout=pipe)
    assert (done.returncode, done.stderr) == (code, "")


def test_whatever_the_file_system_refuses_is_told_with_its_name(tmp_path: Path) -> None:
    build(tmp_path, {"file": "x"})
    source = (
        "import sys\nfrom gitopsgen.cli.guard import guarded\nsys.exit(guarded(lambda: len(open('file/a').read())))"
    )
    done = python(source, tmp_path)
    assert done.returncode == 4
    assert "file/a" in done.stderr and "Not a directory" in done.stderr
    assert "bug" not in done.stderr and "Traceback" not in done.stderr


WRONG = """
import sys
from gitopsgen.cli.guard import guarded
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.packs.catalogue import PackError
from gitopsgen.render.renderer import TemplateError
found = Diagnostic("pack.wrong", "it is wrong", "mend it", "pack.yaml")
def command():
    raise THROWN
sys.exit(guarded(command))
"""


@pytest.mark.parametrize(("thrown", "code"), [("PackError([found])", 3), ("TemplateError(found)", 5)])
def test_a_wrong_pack_is_no_bug_of_ours_wherever_it_is_met(tmp_path: Path, thrown: str, code: int) -> None:
    done = python(WRONG.replace("THROWN", thrown), tmp_path)
    assert done.returncode == code
    assert "pack.wrong" in done.stderr and "mend it" in done.stderr
