"""Where a file went that is written once: its text is somebody else's by then, so a new path gets it, not ours."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo.digest import digest
from gitopsgen.repo.lines import to_lf
from gitopsgen.repo.lock import Entry
from gitopsgen.repo.snapshot import ABSENT, Found

_Place = tuple[str, RepoPath]


def moved_files(
    wanted: Mapping[RepoPath, RenderedFile], entries: Iterable[Entry], snapshot: Mapping[RepoPath, Found]
) -> dict[RepoPath, RepoPath]:
    """Return new path: old path of each `once` file that is wanted elsewhere than before.

    Both are of one pack and have one file name. Of several, those that share most of their path belong together; what
    can still be taken two ways is no move.
    """
    known = {entry.path: entry for entry in entries}
    new = {
        (file.pack, path)
        for path, file in wanted.items()
        if file.ownership == "once" and path not in known and snapshot.get(path, ABSENT).data is None
    }
    old = {
        (entry.pack, path)
        for path, entry in known.items()
        if entry.ownership == "once" and path not in wanted and not _is_ours(entry, snapshot.get(path, ABSENT))
    }
    moved: dict[RepoPath, RepoPath] = {}
    deepest = max((path.count("/") for _, path in new), default=0) + 1
    for parts in range(deepest if old else 0, 0, -1):
        sources = _only_ones(old - {(pack, moved[path]) for pack, path in new if path in moved}, parts)
        targets = _only_ones({(pack, path) for pack, path in new if path not in moved}, parts)
        moved |= {targets[key]: sources[key] for key in targets.keys() & sources.keys()}
    return moved


def _is_ours(entry: Entry, found: Found) -> bool:
    """Whether there is nothing to take along: no file, or our own text, which the new path gets anyway."""
    return found.data is None or digest(to_lf(found.data)) == entry.digest


def _only_ones(places: Iterable[_Place], parts: int) -> dict[tuple[str, str], RepoPath]:
    """Key each path by its pack and its last `parts` parts, without those that are not alone with that."""
    by_tail: dict[tuple[str, str], list[RepoPath]] = defaultdict(list)
    for pack, path in places:
        by_tail[pack, "/".join(path.split("/")[-parts:])].append(path)
    return {key: paths[0] for key, paths in by_tail.items() if len(paths) == 1}
