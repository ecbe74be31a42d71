"""Which modules a program loads: asked of the interpreter itself, so that an import that is hidden anywhere counts."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


def imports_of(python: Path, words: Sequence[str], folder: Path) -> set[str]:
    """Return the names of all modules that `python WORDS` loads, from its own start on. The program must succeed."""
    command = [str(python), "-X", "importtime", *words]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    lines = [line for line in run.stderr.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[1].strip() for line in lines} - {"imported package"}


def packages(modules: set[str]) -> set[str]:
    """Return the top-level packages of modules."""
    return {name.partition(".")[0] for name in modules}
