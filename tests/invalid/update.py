"""Rewrites every expected text from what is printed now; review the difference before you keep it."""

import tempfile
from pathlib import Path

from tests.invalid.cases import FOLDER, lay_out, names, printed


def main() -> None:
    known = set(names())
    for stale in FOLDER.glob("*.txt"):
        if stale.stem not in known:
            stale.unlink()
    for name in sorted(known):
        with tempfile.TemporaryDirectory() as folder:
            lay_out(name, Path(folder))
            _, text = printed(Path(folder))
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
