"""The templates that a repository puts over the built-in ones: every one must match something."""

import os
from collections.abc import Iterator

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.repopath import RepoPath
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.packs.catalogue import MANIFEST, Catalogue, Layer, layer_files, template_text
from gitopsgen.packs.syntax import block_names, shape


def unmatched_overrides(layer: Layer, below: tuple[Layer, ...]) -> list[Diagnostic]:
    """Report every file of a layer that replaces nothing, fills nothing, and belongs to no pack of that layer.

    Raises PackError for a layer that holds links, and for packs that cannot be read.
    """
    files = layer_files(layer)
    catalogue = Catalogue((*below, layer))
    own_packs = {path.removesuffix(MANIFEST) for path in files if path.split("/")[2:] == [MANIFEST]}
    problems: list[Diagnostic] = []
    for path in files:
        beneath = [lower for lower in below if os.path.isfile(os.path.join(lower.folder, path))]
        if beneath:
            problems += _without_effect(path, layer, beneath[-1], catalogue)
        elif "/".join(path.split("/")[:2]) + "/" not in own_packs:
            problems.append(_unmatched(path, layer, below))
    return problems


def _without_effect(path: RepoPath, layer: Layer, base: Layer, catalogue: Catalogue) -> Iterator[Diagnostic]:
    """Report what a template that extends the built-in one holds and nobody would ever see."""
    from jinja2 import TemplateSyntaxError

    source = template_text(layer, os.path.join(layer.folder, path))
    verbatim = _is_verbatim(path, catalogue)

    def at(line: int, code: str, message: str, cure: str) -> Diagnostic:
        text = source.split("\n")[line - 1]
        return Diagnostic(code, message, cure, f"{layer.shown}/{path}", Position(line, 1), text)

    try:
        found = shape(source)
    except TemplateSyntaxError as error:
        # A text that is copied as it is may hold anything.
        if not verbatim:
            yield at(error.lineno, "template.syntax", str(error.message), "mend it")
        return
    except RecursionError:
        yield at(1, "template.syntax", "it is nested too deep", "mend it")
        return
    if not found.extends:
        return
    if verbatim:
        message = "the built-in text is copied as it is, so there are no blocks to fill"
        yield at(found.extends, "override.no-effect", message, "replace it as a whole, without `extends`")
        return
    known = block_names(template_text(base, os.path.join(base.folder, path)))
    blocks = f"its blocks: {', '.join(known)}" if known else "it has no blocks: replace the template as a whole"
    for name in [name for name in found.blocks if name not in known]:
        message = f'the built-in template has no block "{name}"{did_you_mean(name, known)}'
        yield at(found.blocks[name], "override.unknown-block", message, blocks)
    if found.stray:
        message = "this stands in no block, so it would never be written"
        yield at(found.stray, "override.no-effect", message, f"put it into a block; {blocks}")
    elif not found.blocks:
        yield at(found.extends, "override.no-effect", "it fills no block of the built-in template", blocks)


def _is_verbatim(path: RepoPath, catalogue: Catalogue) -> bool:
    """Whether packs only copy a template, or read it themselves."""
    kind, _, rest = path.partition("/")
    name, _, template = rest.partition("/")
    if template == MANIFEST:
        return True
    pack = catalogue.pack(kind, name)
    uses = [file for file in pack.get("files", []) if file["template"] == template] if pack else []
    return any(file.get("verbatim", False) for file in uses)


def _unmatched(path: RepoPath, layer: Layer, below: tuple[Layer, ...]) -> Diagnostic:
    known = [str(found) for lower in below for found in layer_files(lower)]
    return Diagnostic(
        "override.matches-nothing",
        f"no template is named {path}{did_you_mean(path, known)}",
        "name it like the template it replaces (`gitopsgen explain FILE` shows the name), or remove it",
        f"{layer.shown}/{path}",
    )
