"""The golden Dockerfiles: `golden/RUNTIME-VARIANT/` holds a spec and what must be written for it, found by walking.

`python -m tests.runtimes.golden [NAME...]` writes what is written now; look at the difference before you commit it.
"""

import sys
from pathlib import Path

from gitopsgen.compiler import Compiler
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue

FOLDER = Path(__file__).parent / "golden"
HEADER = b"""\
apiVersion: gitopsgen/v1
name: shop
mode: pull
image: docker.io/acme/shop
repository: https://github.com/acme/shop.git
"""
COMPILER = Compiler(Catalogue((BUILT_IN,)))


def names() -> list[str]:
    """Return the name of every case, sorted."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def compiled(name: str) -> Compiled:
    """Compile the spec of a case; its `spec.yaml` says what is not in HEADER."""
    source = HEADER + (FOLDER / name / "spec.yaml").read_bytes()
    found = COMPILER.compile(source, Root("/nonexistent"))
    assert isinstance(found, Compiled), found
    return found


def written(name: str) -> dict[str, str]:
    """Return what the runtime's pack writes for the image: the Dockerfile, the allow-list, files beside them."""
    files = [file for file in compiled(name).files if file.pack.startswith("runtime/") and file.ownership == "managed"]
    return {str(file.path).lstrip(".").replace("/", "_"): file.text for file in files}


def expected(name: str) -> dict[str, str]:
    """Return the texts that are kept for a case."""
    kept = sorted(path for path in (FOLDER / name).iterdir() if path.name != "spec.yaml")
    return {path.name: path.read_text(encoding="utf-8") for path in kept}


if __name__ == "__main__":
    for case in sys.argv[1:] or names():
        for old in expected(case).keys() - written(case).keys():
            (FOLDER / case / old).unlink()
        for file, text in written(case).items():
            (FOLDER / case / file).write_text(text, encoding="utf-8")
