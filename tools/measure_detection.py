"""How often detection is right, measured on tests/detect/corpus; writes the figures into docs/detection.md.

`python tools/measure_detection.py` prints what is not right, too. Outcomes of a field: `right`; `open`, left to a
person although a reader could tell; `wrong`, said and not so. Where the truth is `unknown`, leaving it open is right. A
port is `any`, and not counted, where the app leaves it to a server that our start command tells where to listen.
"""

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "tests/detect/corpus"
DOCUMENT = ROOT / "docs/detection.md"
MARKS = ("<!-- figures: tools/measure_detection.py -->\n", "<!-- end of figures -->\n")
# What a field of the truth is called in a spec; the others are fields of the runtime.
SPEC_FIELDS = {
    "runtime": "runtime.name",
    "port": "port",
    "ci": "ci.name",
    "image": "image",
    "operator": "gitops.operator",
    "cluster": "cluster.type",
}
APP = ("runtime", "packageManager", "version", "framework", "port", "start", "services")
FIELDS = (*APP, "ci", "image", "operator", "cluster", "offer")
PARTS = ("tuned", "held out")
_ANY = "any"
_CONFIG = '[core]\n\trepositoryformatversion = 0\n[remote "origin"]\n\turl = {}\n'


class Judged(NamedTuple):
    """A field of a repository: what detection said (None: nothing), what is so, and the outcome."""

    part: str
    repository: str
    field: str
    said: Any
    truth: Any
    outcome: str


def entries() -> Iterator[dict[str, Any]]:
    """Yield the repositories of the corpus."""
    for path in sorted(CORPUS.glob("*.yaml")):
        yield from yaml.safe_load(path.read_text(encoding="utf-8"))


def plant(entry: Mapping[str, Any], folder: Path) -> None:
    """Make the files of a repository: the named ones empty, the read ones with the lines that the corpus has."""
    texts = dict.fromkeys(entry.get("files", ()), "") | entry.get("texts", {})
    if "remote" in entry:  # as little of a git repository as git needs to see one
        (folder / ".git/objects").mkdir(parents=True)
        (folder / ".git/refs").mkdir()
        texts = {".git/HEAD": "ref: refs/heads/main\n", ".git/config": _CONFIG.format(entry["remote"])} | texts
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def measure() -> list[Judged]:
    """Look at every repository with the real packs."""
    from gitopsgen.detect import KINDS, detect
    from gitopsgen.packs.catalogue import BUILT_IN, Catalogue

    catalogue = Catalogue((BUILT_IN,))
    manifests = [pack.manifest for kind in KINDS for pack in catalogue.all(kind)]
    judged: list[Judged] = []
    shipped = {*catalogue.names("runtime"), "unknown"}
    for entry in entries():
        if not {entry["truth"]["runtime"], *entry["truth"].get("services", {}).values()} <= shipped:
            continue  # until there is a pack for it
        with tempfile.TemporaryDirectory() as name:
            plant(entry, Path(name))
            judged += judge(entry, detect(name, manifests, entry.get("folder", "")))
    return judged


def judge(entry: Mapping[str, Any], found: Any) -> Iterator[Judged]:
    """Yield the outcome of each field that the truth names."""
    facts = {fact.field: fact.value for fact in found.facts}
    said = {field: facts.get(SPEC_FIELDS.get(field, f"runtime.{field}")) for field in FIELDS}
    said["offer"] = next((offer.value for offer in found.offers if offer.field == "runtime.name"), None)
    said["services"] = {service.folder: service.runtime for service in found.services} or None
    part = PARTS[bool(entry.get("held"))]
    for field in FIELDS:
        if entry["truth"].get(field, _ANY) != _ANY:
            value, truth = said[field], entry["truth"][field]
            value = " ".join(value) if field == "start" and isinstance(value, list) else value
            told = any(line.startswith(f"runtime.{field}: ") and "none of" in line for line in found.problems)
            called = "/".join([entry["repository"], *filter(None, [entry.get("folder")])])
            yield Judged(part, called, field, value, truth, _outcome(field, value, truth, told))


def _outcome(field: str, value: Any, truth: Any, told: bool) -> str:
    if truth == "unknown":
        return "right" if value is None else "wrong"
    if value is None:
        return "right" if told and field == "version" else "open"
    words = truth if isinstance(truth, list) else [truth]
    same = _is_version(str(value), str(truth)) if field == "version" else value in words
    return "right" if same else "wrong"


def _is_version(value: str, truth: str) -> bool:
    """Whether an offered version is the true one, to the precision of the coarser, or at least `>=` it."""
    ours, theirs = ([int(part) for part in text.lstrip(">=").split(".")] for text in (value, truth))
    size = min(len(ours), len(theirs))
    return ours[:size] >= theirs[:size] if truth.startswith(">=") else ours[:size] == theirs[:size]


def figures(judged: list[Judged]) -> str:
    """Return the tables for the document."""
    lines = []
    for part in PARTS:
        mine = [one for one in judged if one.part == part]
        number = len({one.repository for one in mine})
        lines += [f"\n{part.capitalize()}: {number} repositories.\n\n"]
        lines += ["| field | told by a reader | right | left open | wrong |\n", "|---|---|---|---|---|\n"]
        for field in FIELDS:
            counts = Counter(one.outcome for one in mine if one.field == field)
            if total := counts.total():
                share = f"{counts['right']} ({100 * counts['right'] / total:.1f} %)"
                lines.append(f"| {field} | {total} | {share} | {counts['open']} | {counts['wrong']} |\n")
    return "".join(lines) + "\n"


def shares(text: str) -> dict[tuple[str, str], float]:
    """Return the share of right ones that a text with figures claims, by part and field."""
    part, claimed = "", dict[tuple[str, str], float]()
    for line in text.splitlines():
        part = line.partition(":")[0] if line.endswith(" repositories.") else part
        if found := re.match(r"\| (\w+) \|.*\(([0-9.]+) %\)", line):
            claimed[part, found[1]] = float(found[2])
    return claimed


def with_figures(document: str, text: str) -> str:
    """Return the document with new figures between its marks."""
    before, _, rest = document.partition(MARKS[0])
    return before + MARKS[0] + text + MARKS[1] + rest.partition(MARKS[1])[2]


def main() -> int:
    """Measure, write, and print what is not right."""
    judged = measure()
    DOCUMENT.write_text(with_figures(DOCUMENT.read_text(encoding="utf-8"), figures(judged)), encoding="utf-8")
    for one in judged:
        if one.outcome != "right":
            sys.stdout.write(f"{one.outcome:5} {one.repository} {one.field}: {one.said!r}, truly {one.truth!r}\n")
    sys.stdout.write(figures(judged))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
