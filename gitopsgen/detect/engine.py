"""Detection: which systems a repository uses and what their fields are, each with the place it was read from.

A pack's `detect` section has `signs` (sources with a `weight`, which decide between systems of a kind) and `fields`:
for each a list of sources under `from`, of which the first that finds something counts, or all with `every: true`;
`as` says what the value must be, `missing` is the problem when nothing is found. What several sources and packs find
for one field must agree, unless one pack `decides` it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gitopsgen.detect import git
from gitopsgen.detect.documents import Archive
from gitopsgen.detect.settle import Claim, Detection, Fact, Settler
from gitopsgen.detect.sources import Found, Scene, read
from gitopsgen.detect.tree import Tree
from gitopsgen.spec.sections import SECTIONS

KINDS = (*(section.kind for section in SECTIONS), "workload")
"""The kinds of pack whose `detect` sections count, in the order in which their systems are looked for."""

Manifest = Mapping[str, Any]


def detect(root: str, manifests: Sequence[Manifest]) -> Detection:
    """Look at the repository at `root` with the `detect` sections of pack manifests. Runs git, writes nothing."""
    return _Detective(root).detect([manifest for manifest in manifests if manifest.get("detect")])


class _Detective:
    def __init__(self, root: str) -> None:
        self.tree = Tree(root)
        self.repository = git.repository(self.tree.root.path)
        self.archive = Archive(self.tree, self.repository)
        self.settler = Settler()

    def detect(self, manifests: Sequence[Manifest]) -> Detection:
        facts = self.settler.facts
        if self.repository:
            facts.append(Fact("repository", self.repository, "git: remote origin"))
        branch, evidence = git.branch(self.tree.root.path)
        if branch:
            facts.append(Fact("branch", branch, evidence))
        selectors = {section.kind: f"{section.kind}.{section.selector}" for section in SECTIONS}
        chosen: list[Manifest] = []
        for kind in KINDS:
            rivals = [manifest for manifest in manifests if manifest["kind"] == kind]
            chosen += self._choose(selectors.get(kind, ""), kind, rivals)
        fields = dict.fromkeys(field for manifest in chosen for field in manifest["detect"].get("fields", {}))
        for field in sorted(fields, key=lambda field: ".*." in field):  # last what stands below the name of another
            self._settle(field, chosen)
        self._name()
        return Detection(facts, self.tree.problems + self.archive.problems + self.settler.problems)

    def _choose(self, field: str, kind: str, manifests: list[Manifest]) -> list[Manifest]:
        """Choose the system with the most weight of signs; it must have twice that of the next.

        `field` is the spec field that names it, empty when none does.
        """
        weighed = [(*self._weigh(field or kind, manifest), manifest) for manifest in manifests]
        most = max((weight for weight, _, _ in weighed), default=0)
        rivals = [candidate for candidate in weighed if candidate[0] * 2 > most]
        if len(rivals) > 1:
            clues = ", ".join(f"{found} says {rival['name']}" for _, found, rival in rivals)
            self.settler.open(field or kind, f"{clues}; set it in the spec")
        if len(rivals) != 1:
            return []
        _, evidence, manifest = rivals[0]
        if field:
            self.settler.facts.append(Fact(field, manifest["name"], evidence))
        return [manifest]

    def _weigh(self, field: str, manifest: Manifest) -> tuple[int, str]:
        weight, evidence = 0, ""
        for sign in manifest["detect"].get("signs", ()):
            if found := self._find(field, sign, manifest):
                weight += sign.get("weight", 1)
                evidence = evidence or found[0].evidence
        return weight, evidence

    def _find(self, field: str, source: Mapping[str, Any], manifest: Manifest) -> list[Found]:
        settled, groups = self.settler.settled, manifest["detect"].get("documents", {})
        try:
            return read(Scene(self.tree, self.archive, self.repository, settled, groups), source)
        except re.error as error:
            self.settler.open(field, f"pack {manifest['kind']}/{manifest['name']} has a bad pattern: {error}")
            return []

    def _settle(self, field: str, chosen: list[Manifest]) -> None:
        """Collect what every chosen pack says about a field."""
        claims = []
        for manifest in chosen:
            rule = manifest["detect"].get("fields", {}).get(field)
            sources: list[list[Found]] = []
            for source in rule["from"] if rule else ():
                if not sources or rule.get("every"):
                    sources += filter(None, [self._find(field, source, manifest)])
            if rule:
                claims.append(Claim(manifest, rule, sources))
        self.settler.settle(field, claims)

    def _name(self) -> None:
        folder = Found(self.tree.root.path.rpartition("/")[2], "name of the folder")
        repository = Found(self.repository.rpartition("/")[2].removesuffix(".git"), "name of the repository")
        for found in (repository, folder):
            if "name" not in self.settler.settled:
                self.settler.settle_label("name", found)
