"""Compiles every example again: the whole ones where they are, of the others what excerpts.yaml there says.

tools/examples.py [FOLDER]            write those under FOLDER, examples/ when it is not said
tools/examples.py --check [FOLDER]    only compare, and name the files that are stale
"""

import argparse
import fnmatch
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from gitopsgen.compiler import generate, inspect
from gitopsgen.config_tree import generate_trees
from gitopsgen.core import errors
from gitopsgen.outcome import Outcome

ROOT = Path(__file__).resolve().parents[1]
EXCERPTS = "excerpts.yaml"
SPEC = "gitopsgen.yaml"
CONFIG = "config"
# What a spec of Node.js refers to in the repository of an app.
_SOURCES = ("package.json", "package-lock.json")

Texts = dict[str, bytes]


def whole(examples: Path) -> list[Path]:
    """Return the folders that hold all that their spec comes to."""
    return sorted(path.parent for path in examples.glob(f"*/{SPEC}"))


def excerpts(examples: Path) -> dict[str, list[str]]:
    """Return the folders that show a part, each with the patterns of its files."""
    shown: dict[str, list[str]] = yaml.safe_load((examples / EXCERPTS).read_text(encoding="utf-8"))
    return shown


def excerpt(folder: Path, patterns: list[str]) -> Texts:
    """Return what a folder is to show: its spec is compiled as a whole, in a place of its own."""
    with tempfile.TemporaryDirectory() as place:
        app, config = Path(place, "app"), Path(place, CONFIG)
        app.mkdir()
        config.mkdir()
        for spec in specs(folder):
            (app / spec).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / spec, app / spec)
            for name in _SOURCES:
                (app / spec).with_name(name).write_text("{}\n", encoding="utf-8")
        made = _good(folder, generate(str(app), durable=False))
        if made.compiled and made.compiled.plan.config.separate:
            for outcome in generate_trees(str(app), str(config), lambda _: None).configs.values():
                _good(folder, outcome)
        texts = {**_texts(app, ""), **_texts(config, f"{CONFIG}/")}
        return {path: text for path, text in texts.items() if any(fnmatch.fnmatch(path, one) for one in patterns)}


def specs(folder: Path) -> list[str]:
    """Return the spec of an example, or those of its services and their workspace file."""
    return [path.relative_to(folder).as_posix() for path in folder.rglob("gitopsgen*.yaml")]


def _good(folder: Path, outcome: Outcome) -> Outcome:
    """Return the outcome. Raises SystemExit when the spec of an example does not compile."""
    if outcome.exit_code != errors.OK:
        raise SystemExit(f"{folder}: {outcome.diagnostics}")
    return outcome


def _texts(root: Path, prefix: str) -> Texts:
    return {prefix + path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def stale(examples: Path) -> Iterator[tuple[Path, bytes | None]]:
    """Yield each file of an excerpt that is not as it is to be, with its text; None for one that must go."""
    for name, patterns in excerpts(examples).items():
        wanted, there = excerpt(examples / name, patterns), _texts(examples / name, "")
        there = {path: text for path, text in there.items() if path not in specs(examples / name)}
        for path in sorted(wanted.keys() | there.keys()):
            if wanted.get(path) != there.get(path):
                yield examples / name / path, wanted.get(path)


def main() -> int:
    """Write the examples, or say which are stale."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "examples", metavar="FOLDER")
    asked = parser.parse_args()
    if asked.check:
        found = [path for path, _ in stale(asked.folder)]
        found += [folder for folder in whole(asked.folder) if inspect(str(folder)).exit_code != errors.OK]
        sys.stdout.writelines(f"{path} is stale\n" for path in found)
        return 1 if found else 0
    for folder in whole(asked.folder):
        _good(folder, generate(str(folder)))
    for path, text in stale(asked.folder):
        path.unlink() if text is None else _write(path, text)
        sys.stdout.write(f"{path} {'removed' if text is None else 'written'}\n")
    return 0


def _write(path: Path, text: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)


if __name__ == "__main__":
    raise SystemExit(main())
