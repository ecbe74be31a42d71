"""What `gitopsgen check` prints about each bad spec in this folder, found by walking it."""

import io
import shutil
import sys
from pathlib import Path
from unittest.mock import patch

from gitopsgen.cli.run import Request, run

FOLDER = Path(__file__).parent

# Too large, or too dull, to be kept as files.
MADE = {
    "yaml-too-large": b"#" * (10 * 1024 * 1024),
    "yaml-too-deep-brackets": b"[" * 100_000,
    "yaml-too-deep-late": b"a: [b]\n" * 2_000 + b"c:\n  " + b"[ " * 100_000,
    "yaml-too-deep-braces": b"{a: " * 50_000,
    "yaml-too-deep-dashes": b"-  " * 80_000,
    "yaml-too-deep-questions": b"? " * 80_000,
    "yaml-too-deep-colons": b"? a\n" + b": " * 80_000,
    "yaml-too-deep-block": b"".join(b" " * depth + b"a:\n" for depth in range(600)),
    "yaml-number-too-long": b"port: " + b"9" * 5_000,
    "yaml-empty": b"",
    "yaml-not-utf8-utf16": "apiVersion: gitopsgen/v1\n".encode("utf-16-le"),
    "yaml-not-utf8-utf16-mark": b"\xff\xfe" + "apiVersion: gitopsgen/v1\n".encode("utf-16-le"),
}


def names() -> list[str]:
    """Return the name of every case, sorted."""
    found = [path.stem for path in FOLDER.iterdir() if path.suffix in (".yaml", ".bytes", ".tree")]
    return sorted([*found, *MADE])


def lay_out(name: str, root: Path) -> None:
    """Make the repository of a case in the empty folder `root`."""
    tree = FOLDER / f"{name}.tree"
    if tree.is_dir():
        shutil.copytree(tree, root, symlinks=True, dirs_exist_ok=True)
        return
    raw = MADE.get(name)
    if raw is None:
        path = FOLDER / f"{name}.yaml"
        raw = (path if path.exists() else FOLDER / f"{name}.bytes").read_bytes()
    (root / "gitopsgen.yaml").write_bytes(raw)
    for needed in ("package.json", "package-lock.json", "app.js"):
        (root / needed).write_text("{}\n", encoding="utf-8")


def printed(root: Path) -> tuple[int, str]:
    """Return the exit code of `check` and what it prints on standard error."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with patch.object(sys, "stdout", out), patch.object(sys, "stderr", err):
        code = run(Request("check", (str(root),), full=True))
    err.seek(0)
    return code, err.read().replace(str(root.resolve()), "REPOSITORY")
