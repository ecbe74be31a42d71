"""Where a file went that is written once: its text is somebody else's by then, so a new path gets it, not ours.

What is in use moves, and is never in two places: a copy left behind would be old by the time that its path is wanted
again. What is wanted nowhere stays; when its path is wanted again for something else, a person has to say which of the
two it is to be.
"""

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo import ways
from gitopsgen.repo.change import Change
from gitopsgen.repo.digest import digest
from gitopsgen.repo.lines import to_lf
from gitopsgen.repo.lock import NO_DIGEST, Entry
from gitopsgen.repo.snapshot import ABSENT, Found

_Place = tuple[str, RepoPath]


class Moves(NamedTuple):
    """New path: old path of each file that moves; and new path: old paths, where it can be taken two ways.

    `new` are all paths that were not wanted before: what is elsewhere now is at one of these.
    """

    clear: Mapping[RepoPath, RepoPath]
    open: Mapping[RepoPath, tuple[RepoPath, ...]]
    new: Collection[RepoPath] = ()


def moved_files(
    wanted: Mapping[RepoPath, RenderedFile], entries: Iterable[Entry], snapshot: Mapping[RepoPath, Found]
) -> Moves:
    """Return where each `once` file goes that is wanted elsewhere than before.

    Both places are of one pack and have one file name. Of several, those that share most of their path belong together.
    A place where nothing lies yet comes first.
    """
    known = {entry.path: entry for entry in entries}
    new = {(file.pack, path) for path, file in wanted.items() if file.ownership == "once" and path not in known}
    old = {
        (entry.pack, path)
        for path, entry in known.items()
        if entry.ownership == "once" and path not in wanted and not _is_ours(entry, snapshot.get(path, ABSENT))
    }
    if not new or not old:
        return Moves({}, {})
    free = {(pack, path) for pack, path in new if snapshot.get(path, ABSENT).data is None}
    clear = pairs(free, old)
    rest = {(pack, path) for pack, path in old if path not in clear.values()}
    clear |= pairs(new - free, rest)
    return Moves(
        clear,
        {place[1]: found for place in free if place[1] not in clear and (found := _namesakes(place, rest))},
        {path for _, path in new},
    )


def pairs(new: Iterable[_Place], old: Iterable[_Place]) -> dict[RepoPath, RepoPath]:
    """Return new and old path of what shares its last parts, most of them, as long as that can be taken one way only.

    Of several that end alike, those belong together that begin alike too: the folder of one service.
    """
    targets, sources = set(new), set(old)
    found: dict[RepoPath, RepoPath] = {}
    for parts in range(max((path.count("/") for _, path in targets), default=-1) + 1, 0, -1):
        here, there = _by_tail(targets, parts), _by_tail(sources, parts)
        for key in here.keys() & there.keys():
            for target, source in _nearest(here[key], there[key]):
                found[target] = source
                targets.discard((key[0], target))
                sources.discard((key[0], source))
    return found


def _nearest(targets: Sequence[RepoPath], sources: Sequence[RepoPath]) -> Iterator[tuple[RepoPath, RepoPath]]:
    """Yield the pairs of which each is the other's only nearest, by the folders at their beginning."""
    if len(targets) == len(sources) == 1:
        yield targets[0], sources[0]
        return
    for target in targets:
        source = _only_nearest(target, sources)
        if source is not None and _only_nearest(source, targets) == target:
            yield target, source


def _common_folders(one: str, other: str) -> int:
    pairs_of_parts = zip(one.split("/"), other.split("/"), strict=False)
    return len(list(itertools.takewhile(lambda parts: parts[0] == parts[1], pairs_of_parts)))


def _only_nearest(path: RepoPath, others: Sequence[RepoPath]) -> RepoPath | None:
    heads = [_common_folders(path, other) for other in others]
    most = max(heads)
    return others[heads.index(most)] if most and heads.count(most) == 1 else None


def _namesakes(place: _Place, sources: Iterable[_Place]) -> tuple[RepoPath, ...]:
    name = place[1].rpartition("/")[2]
    return tuple(sorted(path for pack, path in sources if pack == place[0] and path.rpartition("/")[2] == name))


def placed(judged: Change, moves: Moves, snapshot: Mapping[RepoPath, Found], taken: bool) -> Change:
    """Heed in the verdict on a path what is to move there."""
    path = judged.path
    if path in moves.clear:
        return _carried(judged, moves.clear[path], snapshot[moves.clear[path]].data or b"", taken)
    if path in moves.open and not taken:
        reason = f"it is not clear which file is to move here: {', '.join(moves.open[path])}"
        ways_out = ways.of_several(judged, moves.open[path])
        return judged._replace(verdict="foreign", reason=reason, ways_out=ways_out)
    return judged


def _carried(judged: Change, old: RepoPath, text: bytes, taken: bool) -> Change:
    """Let the `text` of a file that moved go with it, from `old`: it is somebody else's, and stays that.

    Another text that lies there already is a conflict, unless the path is `taken`.
    """
    moved = judged._replace(after=text, reason=f"carried over from {old}", digest=NO_DIGEST, came_from=old)
    if judged.before is None:
        # Then the wish is for our own text.
        return judged if taken else moved._replace(verdict="create")
    if to_lf(judged.before) == to_lf(text):
        return judged
    if taken:
        return moved._replace(verdict="update", set_aside=True)
    reason = f"{old} is to move here, and says something else"
    return moved._replace(verdict="foreign", reason=reason, ways_out=ways.two_texts(judged, old))


def settled(changes: Iterable[Change], moves: Moves, ejected: Collection[RepoPath]) -> tuple[Change, ...]:
    """Let go of what is at its new place now; what is not moved yet, because a person waits, stays in the lock."""
    judged = _with_way_along(changes)
    waiting = {moves.clear[change.path] for change in judged if change.left and change.path in moves.clear}
    waiting |= {old for change in judged if change.left for old in moves.open.get(change.path, ())}
    places: dict[tuple[str, bytes | None], list[RepoPath]] = defaultdict(list)
    for change in judged:
        if change.path in moves.new and change.verdict != "forget" and not change.is_conflict and not change.left:
            places[change.pack, change.after].append(change.path)
    return tuple(
        change._replace(left=True, reason="it stays until its new place is decided")
        if change.path in waiting
        else _let_go(change, places, moves, ejected)
        for change in judged
    )


def _with_way_along(changes: Iterable[Change]) -> list[Change]:
    """Name, for an edited file that is generated somewhere else now, the way to take the edit along."""
    judged = list(changes)
    stranded = {(change.pack, change.path) for change in judged if change.is_conflict and change.after is None}
    if not stranded:
        return judged
    new = {(change.pack, change.path) for change in judged if change.verdict == "create"}
    places = {old: path for path, old in pairs(new, stranded).items()}
    return [
        change._replace(ways_out=ways.along(change, places[change.path])) if change.path in places else change
        for change in judged
    ]


def _let_go(
    change: Change,
    places: Mapping[tuple[str, bytes | None], list[RepoPath]],
    moves: Moves,
    ejected: Collection[RepoPath],
) -> Change:
    may_go = change.verdict == "forget" and change.ownership == "once" and change.path not in ejected
    there = places.get((change.pack, change.before), []) if may_go and change.before is not None else []
    if not there:
        return change
    # Where several have one text, the one that it was carried to.
    place = max(there, key=lambda path: moves.clear.get(path) == change.path)
    return change._replace(verdict="orphan", after=None, reason=f"it is {place} now")


def _is_ours(entry: Entry, found: Found) -> bool:
    """Whether there is nothing to take along: no file, or our own text, which the new path gets anyway."""
    return found.data is None or digest(to_lf(found.data)) == entry.digest


def _by_tail(places: Iterable[_Place], parts: int) -> dict[tuple[str, str], list[RepoPath]]:
    """Group the paths by their pack and their last `parts` parts."""
    groups: dict[tuple[str, str], list[RepoPath]] = defaultdict(list)
    for pack, path in sorted(places):
        groups[pack, "/".join(path.split("/")[-parts:])].append(path)
    return groups
