"""Repositories as file trees, and the command line as a function: what the stories are told with."""

import atexit
import functools
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.crash.zygote import Zygote

SMALLEST = """\
apiVersion: gitopsgen/v1
name: storefront
mode: pull
image: docker.io/acme/storefront
repository: https://github.com/acme/storefront.git
runtime: node
port: 3000
"""
CLUSTER = "cluster: {type: aks, resourceGroup: rg, name: prod}\n"
PUSH = SMALLEST.replace("mode: pull", "mode: push") + CLUSTER
OVERRIDES = ".gitopsgen/templates"


class Ran(NamedTuple):
    """What a command line did."""

    code: int
    out: str
    err: str


_AT_FIRST = dict(os.environ)
# Pytest's own, which no program reads.
_CHANGING = "PYTEST_CURRENT_TEST"


def run(*words: str, cwd: Path, stdin: str | None = None) -> Ran:
    """Run the real command line in a process of its own.

    It is forked from one that has imported gitopsgen, and starts anew only in an environment that a test has changed.
    """
    if {name: value for name, value in os.environ.items() if name != _CHANGING} == _AT_FIRST:
        found = _forking().run(cwd, *words, stdin=stdin)
        return Ran(found.code, _lines(found.out), _lines(found.err))
    done = subprocess.run(
        [sys.executable, "-m", "gitopsgen", *words],
        cwd=cwd,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@functools.cache
def _forking() -> "Zygote":
    from tests.crash.zygote import Zygote

    server = Zygote(Path(os.devnull), _AT_FIRST)
    atexit.register(server.close)
    return server


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def write_tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write files by path; folders are made."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    return root


def read_tree(root: Path) -> dict[str, str]:
    """Return every file by path, without git's own."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes().decode()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git/" not in path.as_posix()
    }
