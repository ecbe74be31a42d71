"""The folders of a repository in which apps may lie: few, shallow, and never what is copied or built into it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gitopsgen.detect import git
from gitopsgen.detect.tree import Tree, matching

_DEEPEST = 3
_MOST = 60
# Code that is there for people and tools; nobody delivers it.
_NOT_DELIVERED = (
    "docs", "doc", "examples", "example", "samples", "test", "tests", "e2e", "fixtures", "__tests__", "spec", "scripts",
    "tools", "benchmarks", "benchmark",
)  # fmt: skip
# Where a monorepo has what it delivers, by custom.
_APPS = ("apps", "services", "sites")


class Service(NamedTuple):
    """An app in a folder: its runtime, and the place that says that it runs."""

    folder: str
    runtime: str
    evidence: str


def candidates(tree: Tree, manifests: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the folders, upper ones first, that hold a file which is a sign of one of the packs."""
    names = sorted({name for manifest in manifests for name in _sign_files(manifest)})
    folders = [folder for folder in tree.below("", _DEEPEST) if folder and _is_delivered(folder)]
    folders = [folder for folder in folders if matching(tree.files(folder), names, ())]
    ignored = git.ignored(tree.root.path, folders) if folders else set()
    return [folder for folder in folders if folder not in ignored][:_MOST]


def _is_delivered(folder: str) -> bool:
    """Whether nothing speaks against it; a site of documents among the apps is one of them."""
    parts = folder.split("/")
    parts = parts[2:] if parts[0] in _APPS and parts[1:2] == ["docs"] else parts
    return not any(part in _NOT_DELIVERED for part in parts)


def _sign_files(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of files, without a folder, that speak for a pack."""
    for sign in manifest["detect"].get("signs", ()):
        wanted = sign.get("exists", sign.get("in", ()))
        for name in [wanted] if isinstance(wanted, str) else wanted:
            if "/" not in name and sign.get("weight", 1) > 0:
                yield name


def members_needed(tree: Tree, folder: str, manifest: str, name: str, uses: Sequence[str]) -> list[str]:
    """Return the folders of the workspaces that one of them needs, itself first and the others sorted.

    `manifest` is the file that each has, `name` the key of its name there, `uses` the keys of what it depends on.
    """
    folders = dict[str, str]()
    for member in tree.below("", _DEEPEST):
        found = tree.manifest(f"{member}/{manifest}") if member and manifest in tree.files(member) else None
        folders |= {
            value.value: member for value in (found.find(name) if found else []) if isinstance(value.value, str)
        }
    needed, left = list[str](), [folder]
    while left:
        member = left.pop()
        needed.append(member)
        known = tree.manifest(f"{member}/{manifest}")
        used = {item for key in uses for value in (known.find(key) if known else []) for item in value.value or ()}
        left += [folders[item] for item in used if item in folders and folders[item] not in (*needed, *left)]
    return [folder, *sorted(needed[1:])]
