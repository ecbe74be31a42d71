"""What `gitopsgen setup` says about a runtime whose program does not end on SIGTERM as the first process."""

from pathlib import Path

import pytest

from tests.runtimes.golden import HEADER
from tests.trees import run, write_tree

RUST = "runtime: {name: rust}"
PYTHON = "runtime: {name: python}"
DART = "runtime: {name: dart}"
DENO = "runtime: {name: deno}"
GUNICORN = "runtime: {name: python, framework: flask}"


@pytest.mark.parametrize(
    ("spec", "handler"),
    [
        (PYTHON, "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))"),
        (RUST, "SignalKind::terminate()"),
        (DART, "ProcessSignal.sigterm.watch()"),
        (DENO, 'Deno.addSignalListener("SIGTERM"'),
        (GUNICORN, ""),
    ],
)
def test_the_app_is_shown_how_to_end(tmp_path: Path, spec: str, handler: str) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": HEADER.decode() + spec + "\n"})

    told = run("setup", cwd=tmp_path).out

    assert handler in told
    assert ("Let the app end on SIGTERM" in told) == bool(handler)
