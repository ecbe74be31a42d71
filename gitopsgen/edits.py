"""What people decided about generated files: edits that are made again on every run, and files that are theirs.

Both lie in the repository, beside the spec: `.gitopsgen/patches/` and `.gitopsgen/ejected`.
"""

import os
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic, Position, in_order
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath, Root, is_reserved
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.walk import files_below

if TYPE_CHECKING:
    from gitopsgen.patch.model import Patch

PATCHES = RepoPath(".gitopsgen/patches")
EJECTED = RepoPath(".gitopsgen/ejected")
_HEADER = "# These files are ours, not gitopsgen's: `gitopsgen eject --back FILE` gives one back.\n"
_MARKERS = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
_MARKS_CURE = f"remove the lines that start with {', '.join(_MARKERS)}, and keep the paths of both sides"


class Edits(NamedTuple):
    """What the repository holds, and the texts that it was read from: of each patch file, and of the ejected list."""

    patches: Mapping[RepoPath, "Patch"] = {}
    ejected: frozenset[RepoPath] = frozenset()
    patch_texts: Mapping[RepoPath, bytes] = {}
    ejected_text: bytes | None = None

    @property
    def sources(self) -> tuple[tuple[RepoPath, bytes], ...]:
        """The files that tell of the edits, which the outputs depend on."""
        listed = ((EJECTED, self.ejected_text),) if self.ejected_text is not None else ()
        return (*sorted(self.patch_texts.items()), *listed)

    def without(self, paths: frozenset[RepoPath]) -> "Edits":
        """Return the edits as if nobody had decided anything about `paths`."""
        gone = {self.patches[path].source for path in paths & self.patches.keys()}
        return Edits(
            {path: patch for path, patch in self.patches.items() if path not in paths},
            self.ejected - paths,
            {path: text for path, text in self.patch_texts.items() if path not in gone},
            _without_lines(self.ejected_text, paths & self.ejected),
        )

    def with_ejected(self, paths: frozenset[RepoPath]) -> "Edits":
        """Return the edits with `paths` ejected too."""
        lines = "".join(f"{path}\n" for path in sorted(paths - self.ejected)).encode()
        text = (self.ejected_text or _HEADER.encode()) + lines if lines else self.ejected_text
        return self._replace(ejected=self.ejected | paths, ejected_text=text)

    def moved(self, places: Mapping[RepoPath, RepoPath]) -> "Edits":
        """Return the edits with each of `places` (old: new) at its new path; a record that does not fit there stays."""
        from gitopsgen.patch.engine import moved

        patches, texts = dict(self.patches), dict(self.patch_texts)
        for old in places.keys() & self.patches.keys():
            source = self.patches[old].source
            new_source, text = moved(source, texts[source], places[old])
            patch = read_patch(new_source, text)
            if not isinstance(patch, Diagnostic) and new_source not in texts:
                del patches[old], texts[source]
                patches[patch.target], texts[new_source] = patch, text
        gone = frozenset(places.keys() & self.ejected)
        kept = self._replace(ejected=self.ejected - gone, ejected_text=_without_lines(self.ejected_text, gone))
        kept = kept._replace(patches=patches, patch_texts=texts)
        return kept.with_ejected(frozenset(places[path] for path in gone))


NO_EDITS = Edits()


class Edited(NamedTuple):
    """The files as they are to be written. `plain` holds those that were patched, as they came from their template."""

    files: tuple[RenderedFile, ...]
    plain: Mapping[RepoPath, RenderedFile]
    ejected: Mapping[RepoPath, RenderedFile]


def read_edits(root: Root) -> Edits | list[Diagnostic]:
    """Read patches and ejected files; gives `patch.unreadable` and `ejected.unreadable` for what they cannot be."""
    if os.path.islink(f"{root.path}/{os.path.dirname(EJECTED)}"):
        return NO_EDITS  # the packs say what is wrong with such a link
    problems: list[Diagnostic] = []
    patches: dict[RepoPath, Patch] = {}
    try:
        texts = {path: root.read(path) or b"" for path in files_below(root.path, PATCHES, strict=True)}
    except (OSError, UnsafePathError) as error:
        return [Diagnostic("patch.unreadable", str(error), "put files of your own there, not links", PATCHES)]
    for path, raw in texts.items():
        found = read_patch(path, raw)
        if isinstance(found, Diagnostic):
            problems.append(found)
        elif found.target in patches:
            problems.append(_second(path, found.target))
        else:
            patches[found.target] = found
    try:
        listed = root.read(EJECTED)
    except (OSError, UnsafePathError) as error:
        return [Diagnostic("ejected.unreadable", str(error), "put a file of your own there, not a link", EJECTED)]
    ejected = read_ejected(listed) if listed is not None else frozenset()
    if isinstance(ejected, Diagnostic):
        problems.append(ejected)
        ejected = frozenset()
    return in_order(problems) if problems else Edits(patches, ejected, texts, listed)


def read_patch(path: RepoPath, raw: bytes) -> "Patch | Diagnostic":
    """Read one patch file. Gives `patch.unreadable`."""
    # Most repositories have no patch, and need not wait for what reads them.
    from gitopsgen.patch.engine import read, target_of

    return read(path, raw) if target_of(path) else _no_patch(path)


def read_ejected(raw: bytes) -> frozenset[RepoPath] | Diagnostic:
    """Read the list of ejected files: a path on each line, ` #` starts a comment."""
    found = set()
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
        text = f" {line}".partition(" #")[0].strip()
        if not text:
            continue
        if line.startswith(_MARKERS):
            return _bad_line("a merge left its marks here", number, line, _MARKS_CURE)
        try:
            path = RepoPath(text)
        except UnsafePathError as error:
            return _bad_line(str(error), number, line)
        if is_reserved(path) or "\ufffd" in path:
            return _bad_line(f"{path} is never generated", number, line)
        found.add(path)
    return frozenset(found)


def _without_lines(listed: bytes | None, paths: frozenset[RepoPath]) -> bytes | None:
    """Return the list without `paths`, None when nobody is left in it; what people wrote around them stays."""
    if listed is None or not paths:
        return listed
    names = {path.encode() for path in paths}
    lines = listed.splitlines(keepends=True)
    rest = b"".join(line for line in lines if (b" " + line).partition(b" #")[0].strip() not in names)
    return None if rest.strip() == _HEADER.strip().encode() else rest


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


def _bad_line(message: str, number: int, line: str, cure: str = "remove the line") -> Diagnostic:
    return Diagnostic("ejected.unreadable", message, cure, EJECTED, Position(number, 1), line[:200])


def unknown_ejected(edits: Edits, rendered: Collection[RepoPath]) -> list[Diagnostic]:
    """Return `ejected.unknown`, a warning, for each ejected path that would not be generated anyway."""
    return [
        Diagnostic(
            "ejected.unknown",
            f"{path} is not generated, so it need not be ejected{did_you_mean(path, list(rendered))}",
            f"remove its line, or leave it for when it is: `gitopsgen eject --back {path}`",
            EJECTED,
            severity="warning",
        )
        for path in sorted(edits.ejected - set(rendered))
    ]
