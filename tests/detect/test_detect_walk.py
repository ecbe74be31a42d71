"""What is copied into a repository or built from it is never opened, however much of it there is."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.trees import write_tree

HEAPS = (
    ".git", "node_modules", "vendor", "third_party", "target", "build", "dist", "_build", "deps", "obj", "venv",
    ".venv", "bower_components", "Pods", "__pycache__",
)  # fmt: skip
# Prints every path that the process opens or lists, as the interpreter itself reports it.
WATCH = """
import os, sys
def report(event, arguments):
    if event in ("open", "os.scandir", "os.listdir") and isinstance(arguments[0], str):
        os.write(1, f"{os.path.relpath(arguments[0])}\\n".encode())
sys.addaudithook(report)
from gitopsgen.cli.main import run_cli
sys.argv = ["gitopsgen", "init", "--yes", "--quiet"]
run_cli()
"""


@pytest.mark.parametrize("at", ["", "services/api/"])
def test_vendored_and_built_folders_are_never_opened(tmp_path: Path, at: str) -> None:
    package = '{"scripts": {"start": "node app.js"}, "dependencies": {"express": "5"}}'
    app = {f"{at}package.json": package, f"{at}app.js": "app.listen(3000)"}
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    names = [name.rpartition("/")[2] for name in app]
    # Each of these folders would be an app, and hold one: looking into it would find something.
    heaps = {f"{at}{heap}/{inside}{name}": "{}" for heap in HEAPS for inside in ("", "inner/") for name in names}
    write_tree(tmp_path, {**app, **heaps, f"{at}src/deep/er/and/deep/er/x.js": ""})

    watched = subprocess.run(
        [sys.executable, "-c", WATCH],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )

    opened = {line for line in watched.stdout.splitlines() if not line.startswith("..")}
    assert f"{at}package.json".rpartition("/")[2] in {line.rpartition("/")[2] for line in opened}, watched.stderr
    assert [line for line in opened if set(line.split("/")) & set(HEAPS)] == []
