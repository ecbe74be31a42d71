"""Repositories as file trees, and the command line as a function: what the stories are told with."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

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


def run(*words: str, cwd: Path, stdin: str | None = None) -> Ran:
    """Run the real command line in a process of its own."""
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
