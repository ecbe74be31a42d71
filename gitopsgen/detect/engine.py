"""Detection: which systems a repository uses and what their fields are, each with the place it was read from.

A pack's `detect` section has `signs` (sources with a `weight`, which decide between systems of a kind) and `fields`:
for each a list of sources under `from`, of which the first that finds something counts, or all with `every: true`;
`as` says what the value must be, `missing` is the problem when nothing is found, `ask` the question that stands for
it. What several sources and packs find for one field must agree, unless one pack `decides` it. `runs` tells an app
from a library. docs/detection.md has the whole of it.
"""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from gitopsgen.detect import git
from gitopsgen.detect.claims import claim, widened, without
from gitopsgen.detect.documents import Archive
from gitopsgen.detect.scene import Found, Scene
from gitopsgen.detect.services import Service, candidates
from gitopsgen.detect.settle import Ask, Candidate, Detection, Fact, Settler
from gitopsgen.detect.sources import read
from gitopsgen.detect.tree import Tree, is_pattern
from gitopsgen.detect.values import same_app
from gitopsgen.spec.sections import SECTIONS

KINDS = (*(section.kind for section in SECTIONS), "workload")
"""The kinds of pack whose `detect` sections count, in the order in which their systems are looked for."""

_RUNTIME = "runtime"
_RUNTIME_NAME = "runtime.name"
# What lies in the app's own folder; the other systems have their files at the root of the repository.
_OF_THE_APP = (_RUNTIME, "workload")
# The kinds of which every repository needs one, whatever its mode; a default is told, so that nobody misses it.
_EVERYWHERE = tuple(section.kind for section in SECTIONS if not section.mode)
_IMAGE_FILE = "Dockerfile"
_IMAGE = "image"
_MODULE = "runtime.module"
_WHICH = "Which version?"
SAID = "you said so"
"""The place of a fact that was told."""

Manifest = Mapping[str, Any]


def detect(
    root: str,
    manifests: Sequence[Manifest],
    folder: str = "",
    told: Mapping[str, str] | None = None,
    generated: Collection[str] = (),
) -> Detection:
    """Look at the repository at `root` with the `detect` sections of pack manifests. Runs git, writes nothing.

    `folder` is where the app lies below the root; files above it count where a pack says so. `told` has the values of
    fields that are known already, such as `runtime.name`. Files that are `generated` are passed over.
    """
    manifests = [manifest for manifest in manifests if manifest.get("detect")]
    outer, told = Tree(root, generated=generated), told or {}
    repository = git.repository(outer.root.path)
    if folder:
        return _Detective(Tree(os.path.join(root, folder), outer), repository, told, outer).detect(manifests)
    services = [] if _RUNTIME_NAME in told else _services(outer, manifests)
    found = _Detective(outer, repository, told).detect(
        [
            manifest
            for manifest in manifests
            if not services or manifest["kind"] != _RUNTIME or manifest["detect"].get("otherwise")
        ]
    )
    return found._replace(services=tuple(services))


def finds(root: str, folder: str, sources: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> bool:
    """Whether one of the sources finds something in the app in `folder` below `root`; `known` are the facts for `when`.

    Raises re.error for a bad pattern.
    """
    outer = Tree(root)
    tree = Tree(os.path.join(root, folder), outer) if folder else outer
    scene = Scene(tree, Archive(tree, ""), "", known, {})
    return any(read(scene, source) for source in sources)


def _services(tree: Tree, manifests: Sequence[Manifest]) -> list[Service]:
    """Return the apps in the folders of a repository whose root is none; empty when it is one."""
    runtimes = [manifest for manifest in manifests if manifest["kind"] == _RUNTIME]
    root = _Detective(tree, "", {})
    if root.app("", runtimes) or root.has_rivals(runtimes):
        return []
    services: list[Service] = []
    for folder in candidates(tree, runtimes):
        if any(folder.startswith(f"{service.folder}/") for service in services):
            continue
        service = _Detective(Tree(f"{tree.root.path}/{folder}", tree), "", {}).app(folder, runtimes)
        services += [service] if service else []
    return services


class _Detective:
    """Looks at the app in `tree`; CI systems, clusters and operators have their files in `outer`, the repository."""

    def __init__(self, tree: Tree, repository: str, told: Mapping[str, str], outer: Tree | None = None) -> None:
        self.tree = tree
        self.outer = outer or tree
        self.told = told
        self.repository = repository
        self.parts = git.parts(repository)
        folder = tree.inside.rpartition("/")[2]
        self.archive = self.outer_archive = Archive(self.outer, repository, folder)
        if outer:
            self.archive = Archive(tree, repository, folder, self.outer_archive)
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
        self._offer(chosen)
        self._note(chosen)
        problems = [*self.tree.problems, *self.outer.problems, *self.archive.problems, *self.outer_archive.problems]
        problems = list(dict.fromkeys([*problems, *self.settler.problems]))
        return Detection(
            self.settler.merged(),
            problems,
            tuple(self.candidates),
            tuple(self._asks(chosen)),
            tuple(self.offers),
            doubts=self.settler.doubts,
        )

    def app(self, folder: str, runtimes: Sequence[Manifest]) -> Service | None:
        """Return the app in this tree by the signs of its pack, None for a library and for no code at all."""
        chosen = self._choose(_RUNTIME_NAME, _RUNTIME, runtimes)
        for manifest in chosen:
            detect = manifest["detect"]
            many = any(self._find(_RUNTIME, manifest, source) for source in detect.get("members", ()))
            for source in (*detect.get("runs", ()), *([] if many else [{"exists": _IMAGE_FILE}])):
                if found := self._find(_RUNTIME, manifest, source):
                    return Service(folder, manifest["name"], _inside(folder, found[0].evidence))
            for field in manifest["detect"].get("fields", {}):
                self._settle(field, chosen)
            found_port = [known for known in self.settler.facts if known.field == "port"]
            if found_port:
                return Service(folder, manifest["name"], _inside(folder, found_port[0].evidence))
        return None

    def has_rivals(self, runtimes: Sequence[Manifest]) -> bool:
        """Whether several runtimes have signs of an app in this tree, so that it is one, if not clear of which."""
        names = {candidate.name for candidate in self.candidates}
        return any(
            self._find(_RUNTIME, manifest, source)
            for manifest in runtimes
            if manifest["name"] in names
            for source in manifest["detect"].get("runs", ())
        )

    def _choose(self, field: str, kind: str, manifests: Sequence[Manifest]) -> list[Manifest]:
        """Choose the system with the most weight of signs; it must have twice that of the next.

        `field` is the spec field that names it, empty when none does.
        """
        if field in self.told:
            named = [manifest for manifest in manifests if manifest["name"] == self.told[field]]
            self.settler.facts += [Fact(field, manifest["name"], SAID) for manifest in named]
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
        if not first and kind in _EVERYWHERE:
            self.settler.problems += [
                f"{field}: nothing says which; the default is {manifest['name']}"
                for manifest in manifests
                if manifest.get("default")
            ]
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
            if (found := self._find(field, manifest, sign))
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
                    default = manifest.get("defaults", {}).get(field.partition(".")[2], {}).get("value")
                    guess = str(default) if doubt and doubt.endswith(f"the default is {default}") else ""
                    choices = tuple(known.get("enum", self.settler.rivals.get(field, ())))
                    asks.append(Ask(field, text, kind, choices, guess))
        return asks

    def _offer(self, chosen: Sequence[Manifest]) -> None:
        """Collect good guesses for what was not found, or found with a doubt."""
        self.offers += self.settler.guesses
        for manifest in chosen:
            for field, sources in manifest["detect"].get("offers", {}).items():
                found = [item for source in sources for item in self._find(field, manifest, source)]
                if found and field not in self.settler.settled and field not in {offer.field for offer in self.offers}:
                    self.offers.append(Fact(field, str(found[0].value), found[0].evidence))

    def _note(self, chosen: Sequence[Manifest]) -> None:
        """Say what packs want a person to know, each once with its first place."""
        for manifest in chosen:
            for note in manifest["detect"].get("notes", ()):
                found = [item for source in note["from"] for item in self._find(_RUNTIME, manifest, source)]
                if note.get("but"):
                    found = without(found, self.settler.settled.get(note["but"], []))
                if note.get("together") and found:
                    names = ", ".join(dict.fromkeys(str(item.value) for item in found))
                    found = [found[0]._replace(value=names)]
                text = note["say"].replace("{folder}", self._folder()) if found else ""
                said = {text.replace("{}", str(item.value)): item.evidence for item in reversed(found)}
                self.settler.problems += [f"{place}: {text}" for text, place in reversed(said.items())]

    def _folder(self) -> str:
        """Return the app's folder as the root of the repository sees it; its name when it is that root itself."""
        root = self.tree.root.path
        above = git.enclosing_repository(root)
        return self.tree.inside or (os.path.relpath(root, above) if above else os.path.basename(root))

    def _find(self, field: str, manifest: Manifest, source: Mapping[str, Any]) -> list[Found]:
        known, groups = self.parts | self.settler.settled, manifest["detect"].get("documents", {})
        own = manifest["kind"] in _OF_THE_APP
        tree, archive = (self.tree, self.archive) if own else (self.outer, self.outer_archive)
        try:
            found = read(Scene(tree, archive, self.repository, known, groups, self.settler.doubts), source)
            return found if own or field != _IMAGE else list(filter(self._is_called_so, found))
        except re.error as error:
            self.settler.open(field, f"pack {manifest['kind']}/{manifest['name']} has a bad pattern: {error}")
            return []

    def _is_called_so(self, found: Found) -> bool:
        """Whether an image that the repository's pipelines push is that of the app, where it is one of several."""
        called = str(found.value).rpartition("/")[2].partition("@")[0].partition(":")[0]
        module, name = self.told.get(_MODULE, ""), self.settler.settled.get("name", "")
        names = (self.tree.inside.rpartition("/")[2], str(module).rpartition("/")[2], str(name))
        alone = self.outer is self.tree and not module and _MODULE not in self.settler.doubts
        return alone or any(same_app(called, name) for name in names)

    def _settle(self, field: str, chosen: list[Manifest]) -> None:
        """Collect what every chosen pack says about a field, unless that was told."""
        if field in self.told:
            self.settler.facts.append(Fact(field, self.told[field], SAID))
            return
        rules = [(manifest, manifest["detect"].get("fields", {}).get(field)) for manifest in chosen]
        others = [pattern for _, rule in rules if rule for pattern in rule.get("others", ())]
        claims = [
            claim(manifest, {**rule, "others": others} if others else rule, partial(self._find, field, manifest))
            for manifest, rule in rules
            if rule
        ]
        self.settler.settle(field, claims)
        fact = self.settler.facts[-1] if self.settler.facts else None
        if fact and fact.field == field and isinstance(fact.value, list):
            usual = [pattern for known in claims for pattern in self._usual(field, known.manifest)]
            self.settler.facts[-1] = fact._replace(value=widened(fact.value, usual))

    def _usual(self, field: str, manifest: Manifest) -> list[str]:
        """Return the patterns among what the pack takes for a field when the spec does not say it."""
        defaults = manifest.get("defaults", {})
        default = defaults.get(field.partition(".")[2], {})
        by = default.get("by", "")
        choice = self.settler.settled.get(f"{manifest['kind']}.{by}", defaults.get(by, {}).get("value"))
        value = default.get("values", {}).get(choice) if by else default.get("value")
        return [item for item in value if is_pattern(str(item))] if isinstance(value, list) else []

    def _name(self) -> None:
        folder = Found(self.tree.root.path.rpartition("/")[2], "name of the folder")
        repository = Found(self.repository.rpartition("/")[2].removesuffix(".git"), "name of the repository")
        below = self.tree.outer or git.enclosing_repository(self.tree.root.path)
        for found in (folder, repository) if below else (repository, folder):
            if "name" not in self.settler.settled:
                self.settler.settle_label("name", found)


def _inside(folder: str, place: str) -> str:
    return f"{folder}/{place}" if folder else place
