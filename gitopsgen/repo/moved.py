"""Where a file went that is written once: its text is somebody else's by then, so a new path gets it, not ours.

What is in use moves, and is never in two places: a copy left behind would be old by the time that its path is wanted
again. What is wanted nowhere stays; when its path is wanted again for something else, a person has to say which of the
two it is to be.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo import ways
from gitopsgen.repo.change import Change
from gitopsgen.repo.digest import digest
from gitopsgen.repo.lines import to_lf
from gitopsgen.repo.lock import NO_DIGEST, Entry
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
        if file.ownership == "once" and path not in known
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


def carried(judged: Change, old: RepoPath, text: bytes, taken: bool) -> Change:
    """Let the `text` of a file that moved go with it, from `old`: it is somebody else's, and stays that.

    Another text that lies there already is a conflict, unless the path is `taken`.
    """
    moved = judged._replace(after=text, reason=f"carried over from {old}", digest=NO_DIGEST)
    if judged.before is None:
        # Then the wish is for our own text.
        return judged if taken else moved._replace(verdict="create")
    if to_lf(judged.before) == to_lf(text):
        return judged
    if taken:
        return moved._replace(verdict="update", set_aside=True)
    reason = f"{old} is to move here, and says something else"
    return moved._replace(verdict="foreign", reason=reason, ways_out=ways.two_texts(judged, old))


def settled(
    changes: Iterable[Change], moved: Mapping[RepoPath, RepoPath], ejected: Collection[RepoPath]
) -> tuple[Change, ...]:
    """Let go of what is at its new place now; what is not moved yet, because a person waits, stays in the lock."""
    judged = list(changes)
    waiting = {moved[change.path] for change in judged if change.left and change.path in moved}
    places = {
        (change.pack, change.after): change.path
        for change in judged
        if change.ownership == "once" and change.verdict != "forget" and not change.is_conflict and not change.left
    }
    return tuple(
        change._replace(left=True, reason="it stays until its new place is decided")
        if change.path in waiting
        else _let_go(change, places, ejected)
        for change in judged
    )


def _let_go(
    change: Change, places: Mapping[tuple[str, bytes | None], RepoPath], ejected: Collection[RepoPath]
) -> Change:
    may_go = change.verdict == "forget" and change.ownership == "once" and change.path not in ejected
    place = places.get((change.pack, change.before)) if may_go and change.before is not None else None
    return change if place is None else change._replace(verdict="orphan", after=None, reason=f"it is {place} now")


def _is_ours(entry: Entry, found: Found) -> bool:
    """Whether there is nothing to take along: no file, or our own text, which the new path gets anyway."""
    return found.data is None or digest(to_lf(found.data)) == entry.digest


def _only_ones(places: Iterable[_Place], parts: int) -> dict[tuple[str, str], RepoPath]:
    """Key each path by its pack and its last `parts` parts, without those that are not alone with that."""
    by_tail: dict[tuple[str, str], list[RepoPath]] = defaultdict(list)
    for pack, path in places:
        by_tail[pack, "/".join(path.split("/")[-parts:])].append(path)
    return {key: paths[0] for key, paths in by_tail.items() if len(paths) == 1}
