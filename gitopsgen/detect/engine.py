"""Detection: which systems a repository uses and what their fields are, each with the place it was read from.

A pack's `detect` section has `signs` (sources with a `weight`, which decide between systems of a kind) and `fields`:
for each a list of sources under `from`, of which the first that finds something counts, or all with `every: true`;
`as` says what the value must be, `missing` is the problem when nothing is found.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gitopsgen.detect import git
from gitopsgen.detect.sources import Found, Scene, read
from gitopsgen.detect.tree import Tree
from gitopsgen.detect.values import CONVERTERS, RefusedError, allowed, label
from gitopsgen.spec.sections import SECTIONS

Manifest = Mapping[str, Any]


class Fact(NamedTuple):
    """A value for the spec field at `field`, such as `runtime.version`, and where it was found."""

    field: str
    value: Any
    evidence: str


class Detection(NamedTuple):
    """All facts, and for what could not be told without guessing a line that says why."""

    facts: list[Fact]
    problems: list[str]


def detect(root: str, manifests: Sequence[Manifest]) -> Detection:
    """Look at the repository at `root` with the `detect` sections of pack manifests. Runs git, writes nothing."""
    return _Detective(root).detect(manifests)


class _Detective:
    def __init__(self, root: str) -> None:
        self.tree = Tree(root)
        self.repository = git.repository(self.tree.root.path)
        self.facts: list[Fact] = []
        self.problems: list[str] = []

    @property
    def scene(self) -> Scene:
        return Scene(self.tree, self.repository, {fact.field: fact.value for fact in self.facts})

    def detect(self, manifests: Sequence[Manifest]) -> Detection:
        if self.repository:
            self.facts.append(Fact("repository", self.repository, "git: remote origin"))
        branch, evidence = git.branch(self.tree.root.path)
        if branch:
            self.facts.append(Fact("branch", branch, evidence))
        for section in SECTIONS:
            field = f"{section.kind}.{section.selector}"
            chosen = self._choose(field, [manifest for manifest in manifests if manifest["kind"] == section.kind])
            if chosen:
                for name, rule in chosen["detect"].get("fields", {}).items():
                    self._settle(name, rule, chosen)
        self._name()
        return Detection(self.facts, self.tree.problems + self.problems)

    def _choose(self, field: str, manifests: list[Manifest]) -> Manifest | None:
        """Choose the system with the most weight of signs; it must have twice that of the next."""
        weighed = [(*self._weigh(field, manifest), manifest) for manifest in manifests]
        most = max((weight for weight, _, _ in weighed), default=0)
        rivals = [candidate for candidate in weighed if candidate[0] * 2 > most]
        if not rivals:
            return None
        if len(rivals) > 1:
            clues = ", ".join(f"{found} says {rival['name']}" for _, found, rival in rivals)
            self.problems.append(f"{field}: {clues}; set it in the spec")
            return None
        _, evidence, manifest = rivals[0]
        self.facts.append(Fact(field, manifest["name"], evidence))
        return manifest

    def _weigh(self, field: str, manifest: Manifest) -> tuple[int, str]:
        weight, evidence = 0, ""
        for sign in manifest["detect"].get("signs", ()):
            if found := self._find(field, sign, manifest):
                weight += sign.get("weight", 1)
                evidence = evidence or found[0].evidence
        return weight, evidence

    def _find(self, field: str, source: Mapping[str, Any], manifest: Manifest) -> list[Found]:
        try:
            return read(self.scene, source)
        except re.error as error:
            self.problems.append(f"{field}: pack {manifest['kind']}/{manifest['name']} has a bad pattern: {error}")
            return []

    def _settle(self, field: str, rule: Mapping[str, Any], manifest: Manifest) -> None:
        found: list[Found] = []
        for source in rule["from"]:
            if not found or rule.get("every"):
                found += self._find(field, source, manifest)
        if not found:
            if "missing" in rule:
                self.problems.append(f"{field}: {rule['missing']}")
            return
        if rule.get("as") == "version":
            self._settle_version(field, rule, found, list(manifest.get("data", {}).get("versions", {})))
        elif rule.get("as") == "label":
            self._settle_label(field, found[0])
        else:
            self._settle_value(field, rule, found)

    def _settle_value(self, field: str, rule: Mapping[str, Any], found: list[Found]) -> None:
        """Make one value of what was found; different values are a problem, not a choice."""
        convert = CONVERTERS[rule.get("as", "text")]
        candidates: list[tuple[Any, str]] = []
        for raw, evidence in found:
            try:
                value = convert(raw, rule)
            except RefusedError as error:
                self.problems.append(f"{field}: {evidence} says {_shown(raw)}, which {error}")
                return
            if value not in [known for known, _ in candidates]:
                candidates.append((value, evidence))
        if len(candidates) > 1:
            clues = ", ".join(f"{evidence} says {_shown(value)}" for value, evidence in candidates)
            self.problems.append(f"{field}: {clues}; set it in the spec")
        else:
            self.facts.append(Fact(field, *candidates[0]))

    def _settle_version(self, field: str, rule: Mapping[str, Any], found: list[Found], offered: list[str]) -> None:
        """Take the newest offered version that every place which names versions allows."""
        left = offered
        for raw, evidence in found:
            try:
                left = allowed(rule.get("aliases", {}).get(str(raw), str(raw)), left)
            except RefusedError as error:
                self.problems.append(f"{field}: {evidence} says {_shown(raw)}, which {error}")
                return
        if left:
            self.facts.append(Fact(field, left[0], ", ".join(evidence for _, evidence in found)))
        else:
            clues = ", ".join(f"{evidence} says {_shown(raw)}" for raw, evidence in found)
            self.problems.append(f"{field}: {clues}; none of {', '.join(offered)} fits")

    def _settle_label(self, field: str, found: Found) -> None:
        if name := label(found.value) if isinstance(found.value, str) else "":
            changed = "" if name == found.value else f", made a DNS label from {_shown(found.value)}"
            self.facts.append(Fact(field, name, found.evidence + changed))

    def _name(self) -> None:
        folder = Found(self.tree.root.path.rpartition("/")[2], "name of the folder")
        repository = Found(self.repository.rpartition("/")[2].removesuffix(".git"), "name of the repository")
        for found in (repository, folder):
            if not any(fact.field == "name" for fact in self.facts):
                self._settle_label("name", found)


def _shown(value: Any) -> str:
    """Return a value as a message shows it: short, on one line."""
    text = value if isinstance(value, str) else " ".join(value) if isinstance(value, list) else str(value)
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= 60 else f"{text[:57]}..."
