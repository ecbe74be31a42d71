"""Writes the table of runtimes into docs/runtimes.md, from the packs, the golden Dockerfiles and docs/images.md."""

import re
import sys
from pathlib import Path

from gitopsgen.packs.catalogue import BUILT_IN, Catalogue, Pack
from gitopsgen.plan.runtime import USER

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs/runtimes.md"
GOLDEN = ROOT / "tests/runtimes/golden"
MARKS = ("<!-- runtimes: tools/runtimes.py -->\n", "<!-- end of runtimes -->\n")
_HEAD = (
    "| runtime | versions | `packageManager` | `framework` | final image | user "
    "| built and run | build commands run | linted only |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)
_LEVELS = ("built and run", "build commands run", "linted only")


def table() -> str:
    """Return the table, a row for each built-in runtime."""
    packs = list(Catalogue((BUILT_IN,)).all("runtime"))
    names = sorted((pack.name for pack in packs), key=len, reverse=True)
    return _HEAD + "".join(_row(pack, names) for pack in packs)


def _row(pack: Pack, names: list[str]) -> str:
    data = pack.get("data", {})
    cells = (
        f"`{pack.name}`",
        ", ".join(data.get("versions", {})),
        _choices(pack, "packageManager"),
        _choices(pack, "framework"),
        ", ".join(_final_images(pack.name, names)),
        str(data.get("user", USER)),
        *(", ".join(app for app in _proven(level) if _runtime_of(app, names) == pack.name) for level in _LEVELS),
    )
    return f"| {' | '.join(cells)} |\n"


def _choices(pack: Pack, field: str) -> str:
    return ", ".join(pack.get("fields", {}).get(field, {}).get("enum", ()))


def _final_images(name: str, names: list[str]) -> list[str]:
    """Return the images, without tags, that the last stages of the golden Dockerfiles start from."""
    found = set()
    for path in sorted(GOLDEN.glob("*/*Dockerfile")):
        if _runtime_of(path.parent.name, names) == name:
            stages = dict(
                re.findall(r"^FROM (?:--\S+ )*(\S+) AS (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            )
            bases = {stage: image for image, stage in stages.items()}
            image = re.findall(r"^FROM (?:--\S+ )*(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)[-1]
            while image in bases:
                image = bases[image]
            # Of the JVM there is one for each version, of which the goldens have some.
            name_alone = re.sub(r"/java[0-9]+-", "/java(version)-", image.rpartition(":")[0])
            found.add(f"{name_alone}{_variant(image)}")
    return sorted(found)


def _variant(image: str) -> str:
    """Return what the tag says besides the version, such as slim."""
    words = re.findall(r"slim|distroless|alpine|chiseled|nonroot", image.rpartition(":")[2])
    return f" ({', '.join(words)})" if words else ""


def _proven(level: str) -> list[str]:
    """Return the sample apps and variants that are proven as far as docs/images.md says with these words."""
    text = (ROOT / "docs/images.md").read_text(encoding="utf-8")
    return re.findall(rf"^\| ([\w-]+) \| {level}", text, re.MULTILINE)


def _runtime_of(name: str, names: list[str]) -> str:
    """Return the runtime of a sample app or golden case: the longest name that it starts with."""
    return next((known for known in names if name == known or name.startswith(f"{known}-")), "")


def with_table(document: str) -> str:
    """Return the document with the table put between its marks."""
    before, _, rest = document.partition(MARKS[0])
    return before + MARKS[0] + table() + MARKS[1] + rest.partition(MARKS[1])[2]


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(ROOT)} written\n")
