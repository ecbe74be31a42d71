"""Detection: which systems a repository uses and what their fields are, each with the place it was read from.

A pack's `detect` section has `signs` (sources with a `weight`, which decide between systems of a kind) and `fields`:
for each a list of sources under `from`, of which the first that finds something counts, or all with `every: true`;
`as` says what the value must be, `missing` is the problem when nothing is found, `ask` the question that stands for
it. What several sources and packs find for one field must agree, unless one pack `decides` it. `runs` tells an app
from a library. docs/detection.md has the whole of it.
"""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from gitopsgen.detect import git
from gitopsgen.detect.documents import Archive
from gitopsgen.detect.services import Service, candidates
from gitopsgen.detect.settle import Ask, Candidate, Claim, Detection, Fact, Settler
from gitopsgen.detect.sources import Found, Scene, read
from gitopsgen.detect.tree import Tree
from gitopsgen.spec.sections import SECTIONS

KINDS = (*(section.kind for section in SECTIONS), "workload")
"""The kinds of pack whose `detect` sections count, in the order in which their systems are looked for."""

_RUNTIME = "runtime"
_IMAGE_FILE = "Dockerfile"
_WHICH = "Which version?"

Manifest = Mapping[str, Any]


def detect(
    root: str, manifests: Sequence[Manifest], folder: str = "", told: Mapping[str, str] | None = None
) -> Detection:
    """Look at the repository at `root` with the `detect` sections of pack manifests. Runs git, writes nothing.

    `folder` is where the app lies below the root; files above it count where a pack says so. `told` has the name of the
    system of a kind where that is known already.
    """
    manifests = [manifest for manifest in manifests if manifest.get("detect")]
    outer, told = Tree(root), told or {}
    repository = git.repository(outer.root.path)
    if folder:
        return _Detective(Tree(os.path.join(root, folder), outer), repository, told).detect(manifests)
    services = [] if _RUNTIME in told else _services(outer, manifests)
    found = _Detective(outer, repository, told).detect(
        [
            manifest
            for manifest in manifests
            if not services or manifest["kind"] != _RUNTIME or manifest["detect"].get("otherwise")
        ]
    )
    return found._replace(services=tuple(services))


def _services(tree: Tree, manifests: Sequence[Manifest]) -> list[Service]:
    """Return the apps in the folders of a repository whose root is none; empty when it is one."""
    runtimes = [manifest for manifest in manifests if manifest["kind"] == _RUNTIME]
    if _Detective(tree, "", {}).app("", runtimes):
        return []
    services: list[Service] = []
    for folder in candidates(tree, runtimes):
        if any(folder.startswith(f"{service.folder}/") for service in services):
            continue
        service = _Detective(Tree(f"{tree.root.path}/{folder}", tree), "", {}).app(folder, runtimes)
        services += [service] if service else []
    return services


class _Detective:
    def __init__(self, tree: Tree, repository: str, told: Mapping[str, str]) -> None:
        self.tree = tree
        self.told = told
        self.repository = repository
        self.archive = Archive(self.tree, self.repository)
        self.settler = Settler()
        self.candidates: list[Candidate] = []
        self.offers: list[Fact] = []

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
        self._note(chosen)
        problems = self.tree.problems + self.archive.problems + self.settler.problems
        return Detection(facts, problems, tuple(self.candidates), tuple(self._asks(chosen)), tuple(self.offers))

    def app(self, folder: str, runtimes: Sequence[Manifest]) -> Service | None:
        """Return the app in this tree by the signs of its pack, None for a library and for no code at all."""
        chosen = self._choose("runtime.name", _RUNTIME, runtimes)
        for manifest in chosen:
            for source in (*manifest["detect"].get("runs", ()), {"exists": _IMAGE_FILE}):
                if found := self._find(_RUNTIME, source, manifest):
                    return Service(folder, manifest["name"], found[0].evidence)
            for field in manifest["detect"].get("fields", {}):
                self._settle(field, chosen)
            found_port = [known for known in self.settler.facts if known.field == "port"]
            return Service(folder, manifest["name"], found_port[0].evidence) if found_port else None
        return None

    def _choose(self, field: str, kind: str, manifests: Sequence[Manifest]) -> list[Manifest]:
        """Choose the system with the most weight of signs; it must have twice that of the next.

        `field` is the spec field that names it, empty when none does.
        """
        if kind in self.told:
            named = [manifest for manifest in manifests if manifest["name"] == self.told[kind]]
            self.settler.facts += [Fact(field, manifest["name"], "you said so") for manifest in named if field]
            return named
        weighed = [(self._weigh(field or kind, manifest), manifest) for manifest in manifests]
        weighed = sorted((pair for pair in weighed if pair[0].weight > 0), key=lambda pair: -pair[0].weight)
        last = [pair for pair in weighed if pair[1]["detect"].get("otherwise")]
        first = [pair for pair in weighed if pair not in last]
        if len(first) > 1 and field:
            self.candidates += [candidate for candidate, _ in first]
        rivals = [pair for pair in first if pair[0].weight * 2 > first[0][0].weight]
        if len(rivals) > 1:
            clues = ", ".join(
                f"{candidate.clues[0][1]} says {rival['name']} (weight {candidate.weight})"
                for candidate, rival in rivals
            )
            self.settler.open(field or kind, f"{clues}; none has twice the weight of the next; set it in the spec")
        if field:
            self.offers += [Fact(field, rival["name"], candidate.clues[0][1]) for candidate, rival in last[:1]]
        if len(rivals) != 1:
            return []
        candidate, manifest = rivals[0]
        if field:
            self.settler.facts.append(Fact(field, manifest["name"], candidate.clues[0][1]))
        return [manifest]

    def _weigh(self, field: str, manifest: Manifest) -> Candidate:
        clues = [
            (sign.get("weight", 1), found[0].evidence)
            for sign in manifest["detect"].get("signs", ())
            if (found := self._find(field, sign, manifest))
        ]
        clues.sort(key=lambda clue: -clue[0])
        return Candidate(field, manifest["name"], sum(weight for weight, _ in clues), clues)

    def _asks(self, chosen: Sequence[Manifest]) -> list[Ask]:
        """Return the questions for what was not found and must be known."""
        settled, doubts, asks = self.settler.settled, self.settler.doubts, list[Ask]()
        for manifest in chosen:
            for field, rule in manifest["detect"].get("fields", {}).items():
                kind, doubt = rule.get("as", "text"), doubts.get(field)
                question = rule.get("ask") or (doubt and rule.get("doubt", _WHICH if kind == "version" else None))
                if question and field not in settled:
                    text = f"{question} ({doubt})" if doubt else question
                    known = manifest.get("fields", {}).get(field.partition(".")[2], {})
                    asks.append(Ask(field, text, kind, tuple(known.get("enum", ()))))
        return asks

    def _note(self, chosen: Sequence[Manifest]) -> None:
        """Say what packs want a person to know, each once with its first place."""
        for manifest in chosen:
            for note in manifest["detect"].get("notes", ()):
                found = [item for source in note["from"] for item in self._find(_RUNTIME, source, manifest)]
                said = {note["say"].replace("{}", str(item.value)): item.evidence for item in reversed(found)}
                self.settler.problems += [f"{place}: {text}" for text, place in reversed(said.items())]

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
                silent = any(self._find(field, source, manifest) for source in rule.get("unsaid", ()))
                claims.append(Claim(manifest, rule, sources, silent))
        self.settler.settle(field, claims)

    def _name(self) -> None:
        folder = Found(self.tree.root.path.rpartition("/")[2], "name of the folder")
        repository = Found(self.repository.rpartition("/")[2].removesuffix(".git"), "name of the repository")
        below = self.tree.outer or git.enclosing_repository(self.tree.root.path)
        for found in (folder, repository) if below else (repository, folder):
            if "name" not in self.settler.settled:
                self.settler.settle_label("name", found)
