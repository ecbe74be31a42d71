"""The templates that a repository puts over the built-in ones: every one must match something."""

import os
import re

from gitopsgen.core import assets
from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.repopath import RepoPath
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.packs.catalogue import MANIFEST, Layer

_BLOCK = re.compile(r"<%-? *block +([A-Za-z0-9_]+)")
_EXTENDS = re.compile(r"<%-? *extends +[\"']built-in[\"']")


def block_names(source: str) -> list[str]:
    """Return the names of the blocks of a template, in their order."""
    return _BLOCK.findall(source)


def override_files(layer: Layer) -> list[RepoPath]:
    """Return every file of a layer, relative to its folder, sorted; links and hidden files are passed over."""
    found = []
    for folder, folders, names in os.walk(layer.folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inner = os.path.relpath(folder, layer.folder).replace(os.sep, "/")
        prefix = "" if inner == "." else f"{inner}/"
        found += [RepoPath(prefix + name) for name in sorted(names) if not name.startswith(".")]
    return [path for path in found if not os.path.islink(os.path.join(layer.folder, path))]


def unmatched_overrides(layer: Layer, below: tuple[Layer, ...]) -> list[Diagnostic]:
    """Report every file of a layer that replaces nothing, fills nothing, and belongs to no pack of that layer."""
    problems = []
    for path in override_files(layer):
        parts = path.split("/")
        own_pack = len(parts) > 2 and os.path.isfile(os.path.join(layer.folder, *parts[:2], MANIFEST))
        beneath = [lower for lower in below if os.path.isfile(os.path.join(lower.folder, path))]
        if beneath:
            problems += _unknown_blocks(path, layer, beneath[-1])
        elif not own_pack:
            problems.append(_unmatched(path, layer, below))
    return problems


def _unknown_blocks(path: RepoPath, layer: Layer, base: Layer) -> list[Diagnostic]:
    """Report each block that a template fills although the one it extends has none of that name."""
    source = assets.read_text(os.path.join(layer.folder, path))
    if not _EXTENDS.search(source):
        return []
    known = block_names(assets.read_text(os.path.join(base.folder, path)))
    return [
        Diagnostic(
            "override.unknown-block",
            f'the built-in template has no block "{name}"{did_you_mean(name, known)}',
            f"its blocks: {', '.join(known)}" if known else "it has no blocks: replace the template as a whole",
            f"{layer.shown}/{path}",
            Position(number, 1),
            line,
        )
        for number, line in enumerate(source.split("\n"), 1)
        for name in block_names(line)
        if name not in known
    ]


def _unmatched(path: RepoPath, layer: Layer, below: tuple[Layer, ...]) -> Diagnostic:
    known = [str(found) for lower in below for found in override_files(lower)]
    return Diagnostic(
        "override.matches-nothing",
        f"no template is named {path}{did_you_mean(path, known)}",
        "name it like the template it replaces (`gitopsgen explain FILE` shows the name), or remove it",
        f"{layer.shown}/{path}",
    )
