"""Folders that hold source of the app and stay out of its image: told before the app misses them where it runs.

What is source, `init` knows by the pack's data; what is let in, the rendered allow-list says. Only the folders at the
top of the app's are looked at, a few files deep, so a tree of any size costs the same.
"""

import os
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import Root
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.packs.catalogue import Pack
from gitopsgen.plan.model import Plan, Service

if TYPE_CHECKING:
    from gitopsgen.detect.tree import Tree

# What is written in the language of the app and is seldom a part of it, beside what the pack passes over: whole names,
# as `documents`, `toolkit` and `specials` may well be the app's.
_BESIDE = (
    *("test", "tests", "testing", "spec", "specs", "e2e", "fixtures", "bench", "benches", "benchmark", "benchmarks"),
    *("doc", "docs", "documentation", "example", "examples", "sample", "samples"),
    *("script", "scripts", "tool", "tools", "hack", "ci", "deploy", "deployment"),
)


def left_out(
    services: Iterable[tuple[SourceDoc, Service]], files: Sequence[RenderedFile], repository: Root
) -> list[Diagnostic]:
    """Return a warning for each folder with source that `include` does not name, nor `exclude`."""
    texts = {str(file.path): file.text for file in files}
    found = []
    for doc, (plan, packs) in services:
        allowed = _let_in(texts.get(plan.runtime["dockerignore"], ""), plan.runtime["folder"])
        if allowed:
            found += [
                _problem(doc, plan, name) for name in _source_folders(plan, packs["runtime"], allowed, repository)
            ]
    return found


def _let_in(ignore: str, folder: str) -> list[str]:
    """Return the first part of each path below the app's folder that an allow-list lets in."""
    prefix = f"!{folder}/" if folder else "!"
    lines = [line.removeprefix(prefix) for line in ignore.splitlines() if line.startswith(prefix)]
    return [line.partition("/")[0] for line in lines]


def _source_folders(plan: Plan, pack: Pack, allowed: list[str], repository: Root) -> list[str]:
    folder = plan.runtime["folder"]
    top = f"{repository.path}/{folder}" if folder else repository.path
    manifests = plan.manifests.removeprefix(f"{folder}/").partition("/")[0]
    known = [".*", *_BESIDE, *allowed, *plan.runtime["exclude"], manifests]
    names = [name for name in _folders(top) if not any(fnmatchcase(name, pattern) for pattern in known)]
    if not names:
        return []
    # Costs more to import than the names to read, and there seldom are any.
    from gitopsgen.detect import git
    from gitopsgen.detect.tree import Tree

    tree = Tree(top)
    rules = pack.get("detect", {}).get("fields", {}).get("runtime.include", {}).get("from", [])
    with_source = {found for rule in rules if rule.get("entries") for found in _with_source(rule, tree)}
    suspects = sorted(with_source.intersection(names))
    hidden = git.ignored(top, suspects) if suspects else set()
    return [name for name in suspects if name not in hidden]


def _folders(top: str) -> list[str]:
    try:
        with os.scandir(top) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _with_source(rule: Mapping[str, Any], tree: "Tree") -> list[str]:
    return tree.folders_with(rule["entries"], rule.get("except", []))


def _problem(doc: SourceDoc, plan: Plan, name: str) -> Diagnostic:
    path = posixpath.join(plan.runtime["folder"], name)
    message = f"{path}/ holds source files and stays out of the image, as `include` does not name it"
    cure = f"add {name} to `runtime.include`, or to `runtime.exclude` when the app does not need it where it runs"
    at = ("runtime", "include") if ("runtime", "include") in doc.values else ("runtime",)
    return doc.find("runtime.left-out", message, cure, at)._replace(severity="warning")
