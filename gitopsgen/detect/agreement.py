"""Whether the files of a repository still say what its spec does, about the few fields of which they have to agree."""

import os
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any

from gitopsgen.detect.claims import claim
from gitopsgen.detect.documents import Archive
from gitopsgen.detect.scene import Scene
from gitopsgen.detect.settle import Settler
from gitopsgen.detect.sources import read
from gitopsgen.detect.tree import Tree

_VERSION, _MANAGER, _NUMBER = "runtime.version", "runtime.packageManager", "runtime.packageManagerVersion"


def disagreements(
    root: str, folder: str, manifest: Mapping[str, Any], known: Mapping[str, Any], passed_over: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield fields of the runtime, and what files say against them, for the app in `folder` below `root`.

    `known` are all fields of the runtime by their names in the spec; files that are `passed_over` say nothing. What a
    rule asks of `every` place counts, as others have reasons to differ, and the number of a package manager.
    """
    outer = Tree(root, generated=passed_over)
    tree = Tree(os.path.join(root, folder), outer) if folder else outer
    settled = {f"runtime.{field}": value for field, value in known.items()}
    scene = Scene(tree, Archive(tree, ""), "", settled, {})
    rules = manifest.get("detect", {}).get("fields", {})
    for field in (_VERSION, _MANAGER, _NUMBER):
        rule = rules.get(field, {})
        if settled.get(field) and (rule.get("every") or (rule and field == _NUMBER)):
            # What is made of other facts is what no file says.
            said = {**rule, "from": [source for source in rule["from"] if "because" not in source], "unsaid": []}
            said.pop("missing", None)
            against = _against(scene, manifest, field, said)
            if against:
                yield field, against


def _against(scene: Scene, manifest: Mapping[str, Any], field: str, rule: Mapping[str, Any]) -> str:
    ours = str(scene.settled[field])
    # Of versions the spec's is all that there is: what files say must allow it.
    narrowed = {**manifest, "defaults": {}, "data": {"versions": {ours: ours}}}
    said = claim(narrowed, rule, partial(read, scene))
    if field == _MANAGER:
        # Also one that another place outdoes, such as a second lock file.
        return ", ".join(f"{one.evidence} says {one.value}" for one in said.found if one.value != ours)
    settler = Settler()
    settler.settle(field, [said])
    if doubt := settler.doubts.get(field, ""):
        return doubt if doubt.endswith((f"none of {ours} fits", "they disagree")) else ""
    return next((f"{fact.evidence} says {fact.value}" for fact in settler.facts if str(fact.value) != ours), "")
