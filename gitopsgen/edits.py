"""What people decided about generated files: edits that are made again on every run, and files that are theirs.

Both lie in the repository, beside the spec: `.gitopsgen/patches/` and `.gitopsgen/ejected`.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic, Position, in_order
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath, Root, is_reserved
from gitopsgen.core.walk import files_below

if TYPE_CHECKING:
    from gitopsgen.patch.model import Patch

PATCHES = RepoPath(".gitopsgen/patches")
EJECTED = RepoPath(".gitopsgen/ejected")
_HEADER = "# These files are ours, not gitopsgen's: `gitopsgen eject --back FILE` gives one back.\n"
# What a merge may leave between lines that both sides added.
_MARKERS = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")


class Edits(NamedTuple):
    """What the repository holds; `sources` are the files it was read from, which the lock remembers."""

    patches: Mapping[RepoPath, "Patch"] = {}
    ejected: frozenset[RepoPath] = frozenset()
    sources: tuple[tuple[RepoPath, bytes], ...] = ()


NO_EDITS = Edits()


class Edited(NamedTuple):
    """The files as they are to be written. `plain` holds those that were patched, as they came from their template."""

    files: tuple[RenderedFile, ...]
    plain: Mapping[RepoPath, RenderedFile]
    ejected: Mapping[RepoPath, RenderedFile]


def read_edits(root: Root) -> Edits | list[Diagnostic]:
    """Read patches and ejected files; gives `patch.unreadable` and `ejected.unreadable` for what they cannot be."""
    problems: list[Diagnostic] = []
    patches: dict[RepoPath, Patch] = {}
    sources = [(path, root.read(path) or b"") for path in files_below(root.path, PATCHES)]
    for path, raw in sources:
        found = _read_patch(path, raw)
        if isinstance(found, Diagnostic):
            problems.append(found)
        elif found.target in patches:
            problems.append(_second(path, found.target))
        else:
            patches[found.target] = found
    raw_list = root.read(EJECTED)
    ejected = read_ejected(raw_list) if raw_list is not None else frozenset()
    if isinstance(ejected, Diagnostic):
        problems.append(ejected)
        ejected = frozenset()
    if raw_list is not None:
        sources.append((EJECTED, raw_list))
    return in_order(problems) if problems else Edits(patches, ejected, tuple(sources))


def _read_patch(path: RepoPath, raw: bytes) -> "Patch | Diagnostic":
    # Most repositories have no patch, and need not wait for what reads them.
    from gitopsgen.patch.engine import read, target_of

    return read(path, raw) if target_of(path) else _no_patch(path)


def read_ejected(raw: bytes) -> frozenset[RepoPath] | Diagnostic:
    """Read the list of ejected files: a path on each line, `#` starts a comment."""
    found = set()
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith(("#", *_MARKERS)):
            continue
        try:
            path = RepoPath(text)
        except UnsafePathError as error:
            return _bad_line(str(error), number, line)
        if is_reserved(path):
            return _bad_line(f"{path} is never generated", number, line)
        found.add(path)
    return frozenset(found)


def ejected_text(paths: Iterable[RepoPath]) -> bytes | None:
    """Return the list of ejected files as it is written, None for no file at all."""
    lines = "".join(f"{path}\n" for path in sorted(paths))
    return f"{_HEADER}{lines}".encode() if lines else None


def edit(files: Iterable[RenderedFile], edits: Edits) -> Edited | list[Diagnostic]:
    """Take out the ejected files and apply the patches. Gives `patch.no-match` and `patch.unused`."""
    rendered = {file.path: file for file in files}
    ejected = {path: rendered[path] for path in sorted(edits.ejected & rendered.keys())}
    problems = [
        _unused(patch, path in edits.ejected, rendered)
        for path, patch in sorted(edits.patches.items())
        if path not in rendered or path in edits.ejected
    ]
    plain: dict[RepoPath, RenderedFile] = {}
    for path, patch in edits.patches.items():
        if path in rendered and path not in ejected:
            from gitopsgen.patch.engine import apply

            text = apply(patch, rendered[path].text)
            if isinstance(text, list):
                problems += text
                continue
            plain[path] = rendered[path]
            rendered[path] = plain[path]._replace(text=text)
    if problems:
        return in_order(problems)
    return Edited(tuple(file for path, file in rendered.items() if path not in ejected), plain, ejected)


def _unused(patch: "Patch", is_ejected: bool, rendered: Mapping[RepoPath, RenderedFile]) -> Diagnostic:
    drop = f"to drop it: `gitopsgen adopt --drop {patch.target}`"
    if is_ejected:
        return Diagnostic("patch.unused", f"{patch.target} is ejected, so nothing is patched", drop, patch.source)
    name = patch.target.rpartition("/")[2]
    namesakes = sorted(path for path in rendered if path.rpartition("/")[2] == name)
    moved = f"; {namesakes[0]} is, and may be where it went" if len(namesakes) == 1 else ""
    return Diagnostic(
        "patch.unused",
        f"{patch.target} is not generated any more, so this edit would be lost{moved}",
        f"to keep it for another file: rename the patch and its target to that file; {drop}",
        patch.source,
    )


def _no_patch(path: RepoPath) -> Diagnostic:
    cure = f"move it out of {PATCHES}/, which holds what `gitopsgen adopt` writes"
    return Diagnostic("patch.unreadable", "its name is not that of a patch: FILE.patch or FILE.patch.yaml", cure, path)


def _second(path: RepoPath, target: RepoPath) -> Diagnostic:
    return Diagnostic("patch.unreadable", f"a second patch of {target}", "put both into one file", path)


def _bad_line(message: str, number: int, line: str) -> Diagnostic:
    return Diagnostic("ejected.unreadable", message, "remove the line", EJECTED, Position(number, 1), line[:200])
