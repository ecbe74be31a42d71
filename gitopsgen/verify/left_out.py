"""Folders that hold source of the app and stay out of its image: told before the app misses them where it runs.

What is source, `init` knows by the pack's data; what is let in, the rendered allow-list says. Only the folders at the
top of the app's are looked at, a few files deep, so a tree of any size costs the same.
"""

import json
import os
import posixpath
import re
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from gitopsgen.core import assets
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import Root
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.packs.catalogue import Pack
from gitopsgen.plan.model import Plan, Service
from gitopsgen.spec.secret_shapes import is_secret_file

if TYPE_CHECKING:
    from gitopsgen.detect.tree import Tree

# What is written in the language of the app and is seldom a part of it, beside what the pack passes over: whole names,
# as `documents`, `toolkit` and `specials` may well be the app's.
_BESIDE = (
    *("test", "tests", "testing", "spec", "specs", "e2e", "fixtures", "bench", "benches", "benchmark", "benchmarks"),
    *("doc", "docs", "documentation", "example", "examples", "sample", "samples"),
    *("script", "scripts", "tool", "tools", "hack", "ci", "deploy", "deployment"),
)

# As many names as one reads; the rest are a number.
_SHOWN = 8


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


def unnamed(plans: Iterable[Plan], files: Sequence[RenderedFile], repository: Root) -> list[Diagnostic]:
    """Return one warning for each app with what git has at the top of its folder and the image will not.

    Said once, by `init`: what is there may be data that the code opens, or nobody's business, which no file tells. What
    by custom no image needs, or may have as it holds secrets, is passed over.
    """
    texts = {str(file.path): file.text for file in files}
    ours = {str(file.path) for file in files}
    found = []
    for plan in plans:
        allowed = _let_in(texts.get(plan.runtime["dockerignore"], ""), plan.runtime["folder"])
        names = _unnamed(plan, allowed, ours, repository) if allowed else []
        found += [_told(plan, names)] if names else []
    return found


def _unnamed(plan: Plan, allowed: list[str], ours: Collection[str], repository: Root) -> list[str]:
    from gitopsgen.detect import git
    from gitopsgen.detect.tree import NOT_OURS

    folder = plan.runtime["folder"]
    top = posixpath.join(repository.path, folder) if folder else repository.path
    made = {posixpath.relpath(path, folder or ".").partition("/")[0] for path in ours}
    hidden, customary = _customs()
    known = [*customary, *allowed, *plan.runtime["exclude"], *NOT_OURS, *made]
    names = []
    for entry in _entries(top):
        told = hidden if entry.name.startswith(".") else ("*",)
        is_ours = is_secret_file(entry.name) or any(fnmatchcase(entry.name, pattern) for pattern in known)
        if not is_ours and any(fnmatchcase(entry.name, pattern) for pattern in told):
            names.append(entry.name)
    unseen = git.ignored(top, sorted(names)) if names else set()
    return sorted(name for name in names if name not in unseen)


def _customs() -> tuple[list[str], list[str]]:
    """Return patterns of the hidden names that count, and of the other names that do not."""
    text = assets.read_text(os.path.join(assets.TEMPLATES, "runtime", "shared", "customary"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [line[1:] for line in lines if line.startswith("!")], [line for line in lines if not line.startswith("!")]


def _told(plan: Plan, names: list[str]) -> Diagnostic:
    folder = plan.runtime["folder"]
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    message = f"not in the image, as `runtime.include` does not name it: {shown}"
    # `include` takes no other signs: in their place stands a pattern.
    every = json.dumps([*plan.runtime["include"], *(re.sub(r"[^A-Za-z0-9_.@+-]", "?", name) for name in names)])
    cure = (
        "name in `runtime.include` what the build or the app reads of it; a first `init` takes all of it by"
        f" `--set {shlex.quote(f'runtime.include={every}')}`"
    )
    return Diagnostic("runtime.left-out", message, cure, f"{folder or '.'}/", severity="warning")


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
    rules = [rule for rule in rules if rule.get("entries") and _counts(rule, plan)]
    with_source = {found for rule in rules for found in _with_source(rule, tree)}
    suspects = sorted(with_source.intersection(names))
    hidden = git.ignored(top, suspects) if suspects else set()
    return [name for name in suspects if name not in hidden]


def _folders(top: str) -> list[str]:
    return [entry.name for entry in _entries(top) if entry.is_dir(follow_symlinks=False)]


def _entries(top: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(top) as entries:
            return list(entries)
    except OSError:
        return []


def _counts(rule: Mapping[str, Any], plan: Plan) -> bool:
    """Whether a rule is about apps such as this one, as the fields of its runtime go."""
    known = {f"runtime.{field}": value for field, value in plan.runtime.items()}
    return all(
        known.get(field) in (value if isinstance(value, list) else [value])
        for field, value in rule.get("when", {}).items()
    ) and all(re.search(pattern, str(known.get(field, ""))) for field, pattern in rule.get("fits", {}).items())


def _with_source(rule: Mapping[str, Any], tree: "Tree") -> list[str]:
    return tree.folders_with(rule["entries"], rule.get("except", []))


def _problem(doc: SourceDoc, plan: Plan, name: str) -> Diagnostic:
    path = posixpath.join(plan.runtime["folder"], name)
    message = f"{path}/ holds source files and stays out of the image, as `include` does not name it"
    cure = f"add {name} to `runtime.include`, or to `runtime.exclude` when the app does not need it where it runs"
    at = ("runtime", "include") if ("runtime", "include") in doc.values else ("runtime",)
    return doc.find("runtime.left-out", message, cure, at)._replace(severity="warning")
