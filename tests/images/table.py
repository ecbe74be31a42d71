"""What was proven of each runtime: docs/images.md, written by a run over all sample apps.

Usage: python -m tests.images.table [APP...]
Without names the rows of all apps are written; with some, those of the others stay.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .image import ROOT, Built, apps, rows
from .store import HOME

_RESULTS = HOME / "results"
DOCUMENT = ROOT / "docs/images.md"
_HEAD = (
    "| sample app | proven | beyond the base image | layers | up after | ends after | stand-in for the base images |\n"
    "|---|---|---|---|---|---|---|\n"
)
_START, _END = "<!-- table -->\n", "<!-- end of the table -->\n"


def record(image: Built) -> None:
    """Remember what was measured of an image, for the table."""
    _RESULTS.mkdir(parents=True, exist_ok=True)
    row = {
        "bytes": image.own_bytes,
        "layers": image.image.layers,
        "user": image.image.user,
        "up": image.ran["up"],
        "end": image.ran["end"]["seconds"],
        "stand_ins": list(dict.fromkeys(image.stand_ins)),
    }
    (_RESULTS / f"{image.app.name}.json").write_text(json.dumps(row), encoding="utf-8")


def table(names: Sequence[str] = ()) -> str:
    """Return the table of what was built, from what was recorded last. Raises FileNotFoundError for what was not."""
    said, before = rows(), told() if names else {}
    lines = {}
    for app in apps():
        if names and app.name not in names:
            lines[app.name] = f"| {' | '.join((app.name, *before[app.name]))} |\n"
            continue
        recorded = json.loads((_RESULTS / f"{app.name}.json").read_text(encoding="utf-8"))
        lines[app.name] = _row(app.name, said[app.name].get("but", ""), recorded)
    unproven = {name: row["unproven"] for name, row in said.items() if "unproven" in row}
    lines |= {name: f"| {name} | {why} | - | - | - | - | - |\n" for name, why in unproven.items()}
    return _HEAD + "".join(lines[name] for name in sorted(lines))


def _row(name: str, but: str, row: dict[str, Any]) -> str:
    # What hides more of the base image than it adds holds nothing beyond it.
    megabytes = max(row["bytes"], 0) / 1e6
    return (
        f"| {name} | {level_of(but, row['user'].partition(':')[0])} | {megabytes:.1f} MB | {row['layers']} "
        f"| {row['up']:.1f} s | {row['end']:.2f} s | {'; '.join(row['stand_ins'])} |\n"
    )


def level_of(but: str, user: str) -> str:
    """Return what is proven of an image that was built and run as a user; `but` says what of it was ours."""
    return f"build commands run, and the image as {user}: {but}" if but else f"built and run as {user}"


class Told(NamedTuple):
    """What the document says of an app, as it stands in its columns."""

    level: str
    megabytes: str
    layers: str
    up: str
    end: str
    stand_ins: str


def told(document: Path = DOCUMENT) -> dict[str, Told]:
    """Return what the document says of each app."""
    text = document.read_text(encoding="utf-8").partition(_START)[2].partition(_END)[0]
    cells = [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in text.splitlines()[2:]]
    return {name: Told(*rest) for name, *rest in cells}


def main() -> int:
    """Write the table into the document."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(_START)
    DOCUMENT.write_text(before + _START + table(sys.argv[1:]) + _END + rest.partition(_END)[2], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
