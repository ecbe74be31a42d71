"""Mount a disk of a few KiB, do what is told there, and say in JSON what came of it.

Run below `unshare`, so that the mount ends with the process:
`unshare -Urm python -m tests.crash.small_disk FOLDER SIZE_IN_KIB [remount]`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.trees import PUSH, SMALLEST

from .stories import PERSONS, SPEC, differences, tree, unfinished


def main() -> None:
    """Generate, then switch to push; after a refusal say how the tree differs from before."""
    folder, size, *remount = sys.argv[1:]
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", folder], check=True)
    root = Path(folder)
    for name, text in PERSONS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    steps = []
    for spec in (SMALLEST, PUSH):
        (root / SPEC).write_text(spec)
        if remount and spec == PUSH:
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        before = tree(root)
        done = subprocess.run(
            [sys.executable, "-m", "gitopsgen", "generate"], cwd=root, capture_output=True, text=True, check=False
        )
        changed = differences(tree(root), before) if done.returncode else unfinished(root)
        steps.append({"code": done.returncode, "said": done.stdout + done.stderr, "wrong": changed})
    print(json.dumps(steps))  # noqa: T201 - this is its result


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    main()
