"""What makes git see files that it ignores: the lines that a .gitignore lacks, found by asking git itself.

A line for a file changes nothing while a folder above it is ignored, so each such folder must be let in first. Which
ones are ignored, git alone knows: it is asked about a copy of the folders and their .gitignore files, and asked again
with each line that is added there.
"""

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gitopsgen.core.git import git
from gitopsgen.core.repopath import RepoPath

_NAME = ".gitignore"


class Remedy(NamedTuple):
    """Paths that git ignores by one pattern, its place, and the lines to add at the end of `file`.

    Without lines nothing below the root helps: the pattern hides a folder above it.
    """

    paths: tuple[RepoPath, ...]
    pattern: str
    place: str
    file: str
    lines: tuple[str, ...]


class _Match(NamedTuple):
    source: str
    line: str
    pattern: str


def remedies(root: str, paths: Iterable[RepoPath]) -> list[Remedy]:
    """Return what lets git see `paths`, which it ignores, by the patterns that hide them. Nothing is written there."""
    import tempfile  # rarely needed, and slow to import

    places = git(root, "rev-parse", "--absolute-git-dir", "--show-toplevel", "--show-prefix").split("\n")
    if len(places) < 3:
        return []
    folder, top, within = places[:3]
    names = [f"{within}{path}" for path in paths]
    with tempfile.TemporaryDirectory(prefix="gitopsgen-") as scratch:
        _mirror(top, scratch, names)
        hidden: dict[_Match, list[str]] = {}
        for name, (_, match) in _blocked(scratch, folder, names).items():
            hidden.setdefault(match, []).append(name)
        return [_remedy(scratch, folder, within, match, held) for match, held in hidden.items()]


def _mirror(top: str, scratch: str, names: Sequence[str]) -> None:
    """Make the folders of the names in `scratch`, with the .gitignore files that they have below `top`."""
    for folder in ("", *sorted({above for name in names for above in _folders(name)})):
        os.makedirs(os.path.join(scratch, folder), exist_ok=True)
        written = os.path.join(top, folder, _NAME)
        if os.path.isfile(written) and not os.path.islink(written):
            with open(written, "rb") as text, open(os.path.join(scratch, folder, _NAME), "wb") as copy:
                copy.write(text.read())


def _folders(name: str) -> Iterator[str]:
    """Yield the folders above a name, the outermost first."""
    for found in re.finditer("/", name):
        yield name[: found.start()]


def _blocked(scratch: str, folder: str, names: Sequence[str]) -> dict[str, tuple[str, _Match]]:
    """Return of each name that is ignored the first thing on its way that is, and what matches that."""
    asked = sorted({*names, *(above for name in names for above in _folders(name))})
    here = (f"--git-dir={folder}", f"--work-tree={scratch}")
    text = "".join(f"{name}\0" for name in asked)
    told = git(scratch, *here, "check-ignore", "-v", "-z", "--no-index", "--stdin", text=text).split("\0")[:-1]
    rows = (told[at : at + 4] for at in range(0, len(told), 4))
    found = {name: _Match(source, line, pattern) for source, line, pattern, name in rows if pattern[:1] != "!"}
    ways = {name: next((item for item in (*_folders(name), name) if item in found), "") for name in names}
    return {name: (item, found[item]) for name, item in ways.items() if item}


def _remedy(scratch: str, folder: str, within: str, match: _Match, names: list[str]) -> Remedy:
    """Add lines to the copy until git ignores none of the names there."""
    own = match.source.endswith(_NAME) and f"{posixpath.dirname(match.source)}/".startswith(within or "")
    file = match.source if own and not os.path.isabs(match.source) else f"{within}{_NAME}"
    base, lines = posixpath.dirname(file), list[str]()
    while blocked := _blocked(scratch, folder, names):
        wanted = {_line(item, base, is_folder=item not in names): item for item, _ in blocked.values()}
        if set(wanted) & set(lines) or any(f"{within}/".startswith(f"{item}/") for item in wanted.values()):
            lines = []
            break
        lines += sorted(wanted)
        with open(os.path.join(scratch, file), "a", encoding="utf-8") as copy:
            copy.write("".join(f"\n{line}" for line in sorted(wanted)) + "\n")
    paths = tuple(RepoPath(name.removeprefix(within)) for name in names)
    place = f"{match.source.removeprefix(within)}:{match.line}"
    return Remedy(paths, match.pattern, place, file.removeprefix(within), tuple(lines))


def _line(item: str, base: str, *, is_folder: bool) -> str:
    inside = item.removeprefix(f"{base}/") if base else item
    return "!/" + re.sub(r"([\\*?\[\] ])", r"\\\1", inside) + ("/" if is_folder else "")
