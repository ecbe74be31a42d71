"""Files of ours that a person moved: the lock as if they had been written where they lie now.

Whoever renames the folder of a service, or the one of its manifests, moves our files along, with all that people did to
them. A text that the lock knows is ours at its new place too; one that was changed is the same edited file as before. A
copy counts only while it is a text of ours, byte for byte.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.repo.digest import digest
from gitopsgen.repo.lines import to_lf
from gitopsgen.repo.lock import NO_DIGEST, Entry, Lock
from gitopsgen.repo.moved import pairs
from gitopsgen.repo.snapshot import ABSENT, Found, look

_SPEC = "gitopsgen.yaml"
_Homes = Mapping[str, str]


class Ground(NamedTuple):
    """Where something may have moved: the repository, its lock, what is wanted there, and where its specs lie now."""

    root: Root
    lock: Lock
    wanted: Mapping[RepoPath, RenderedFile]
    specs: frozenset[RepoPath]


def follow(ground: Ground) -> Lock:
    """Return the lock with the entry of each file that was moved at its new place; `was` says where it lay."""
    known = {entry.path: entry for entry in ground.lock.files}
    fresh = [file for path, file in ground.wanted.items() if path not in known and file.ownership != "block"]
    if not fresh and not _new_specs(ground):
        return ground.lock
    disk = _Disk(ground.root)
    lost = [entry for entry in known.values() if not disk.has(entry.path)]
    moved = _with_their_home(ground, lost, disk)
    gone = [entry for entry in lost if entry.ownership != "block" and entry.path not in {*moved, *ground.wanted}]
    moved |= _by_themselves(ground, gone, frozenset(moved.values()), disk)
    there = {new: _moved_entry(known[old], new, disk) for old, new in moved.items()}
    there |= {file.path: entry for file in fresh if file.path not in there and (entry := _copied(file, known, disk))}
    kept = {path: entry for path, entry in known.items() if path not in moved}
    return ground.lock._replace(files=tuple(sorted((kept | there).values())))


def _copied(file: RenderedFile, known: Mapping[RepoPath, Entry], disk: "_Disk") -> Entry | None:
    """Return the entry for a copy of a text of ours; of what another service records, a copy says nothing here."""
    found = _by_text([file], known.values(), disk)
    if file.path in found:
        return _moved_entry(known[found[file.path]], file.path, disk)
    text = disk.text(file.path)
    if file.ownership != "once" or text is None or not file.home:
        return None
    others = (path for path in known if not path.startswith(file.home) and _name(path) == _name(file.path))
    for path in others:
        if known[path].pack == file.pack and disk.text(path) == text:
            return known[path]._replace(path=file.path, was=path, digest=digest(to_lf(text)))
    return None


def _moved_entry(entry: Entry, path: RepoPath, disk: "_Disk") -> Entry:
    """Return an entry at its new place; what is written once and is somebody else's by now never was ours there."""
    is_theirs = entry.ownership == "once" and entry.digest not in disk.digests(path)
    return entry._replace(path=path, was=entry.path, digest=NO_DIGEST if is_theirs else entry.digest)


def _by_themselves(
    ground: Ground, gone: Collection[Entry], taken: Collection[RepoPath], disk: "_Disk"
) -> dict[RepoPath, RepoPath]:
    """Return old and new path of each file that is gone, and lies where it is wanted: by its text, or by its name."""
    if not gone:
        return {}
    known = {entry.path: entry.digest for entry in ground.lock.files}
    spots = [
        file
        for path, file in ground.wanted.items()
        if file.ownership != "block"
        and path not in taken
        and disk.has(path)
        and known.get(path) not in disk.digests(path)
    ]
    by_text = _by_text(spots, gone, disk)
    rest = {(entry.pack, entry.path) for entry in gone if entry.path not in by_text.values()}
    by_name = pairs({(f.pack, f.path) for f in spots if f.path not in known and f.path not in by_text}, rest)
    return {old: new for new, old in (*by_text.items(), *by_name.items())}


class Place(NamedTuple):
    """Where a file is generated now, and where the one that was there before lies, if nobody has moved it by itself."""

    new: RepoPath
    left: RepoPath


def new_places(ground: Ground, paths: Iterable[RepoPath]) -> dict[RepoPath, Place]:
    """Return where what was generated at `paths` is generated now, for each that has one such place.

    Whether anybody moved the files does not matter: a spec that names another folder moves them as well.
    """
    disk = _Disk(ground.root)
    lost = [entry for entry in ground.lock.files if not disk.has(entry.path)]
    homes = _homes(ground, lost, disk)
    known = {entry.path for entry in ground.lock.files}
    old = {_at_home(entry.path, homes): entry for entry in ground.lock.files if entry.path not in ground.wanted}
    fresh = {(file.pack, path) for path, file in ground.wanted.items() if path not in known and path not in old}
    found = pairs(fresh, {(entry.pack, path) for path, entry in old.items() if path not in ground.wanted})
    folders = _folders(found)
    places: dict[RepoPath, Place] = {}
    for path in paths:
        there = _at_home(path, homes)
        for place in (there, *(new for new, was in found.items() if was == there), *_by_folder(there, folders)):
            if place in ground.wanted and place != path:
                places.setdefault(path, Place(place, there))
    return places


class _Disk:
    """What lies in the repository, each file read at most once; what no file of ours can be is nothing."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._found: dict[RepoPath, Found] = {}

    def has(self, path: RepoPath) -> bool:
        return self.text(path) is not None

    def text(self, path: RepoPath) -> bytes | None:
        if path not in self._found:
            found = look(self._root, path)
            self._found[path] = found if isinstance(found, Found) else ABSENT
        return self._found[path].data

    def digests(self, path: RepoPath) -> set[str]:
        text = self.text(path)
        return set() if text is None else {digest(text), digest(to_lf(text))}


def _specs_in(lock: Lock) -> dict[RepoPath, str]:
    return {
        one.path: one.digest for one in lock.inputs if one.path.rpartition("/")[2] == _SPEC and "/." not in one.path
    }


def _new_specs(ground: Ground) -> frozenset[RepoPath]:
    return ground.specs - _specs_in(ground.lock).keys()


def _homes(ground: Ground, lost: Collection[Entry], disk: _Disk) -> _Homes:
    """Return the folders of services, as prefixes, that became other ones: by what lies there now."""
    known = _specs_in(ground.lock)
    intents: dict[RepoPath, set[str]] = {}
    for entry in ground.lock.intents:
        intents.setdefault(entry.path, set()).add(entry.digest)
    # What all services have alike, such as a script, does not tell whose it is.
    count = Counter(entry.digest for entry in ground.lock.files)
    telling = [entry for entry in lost if count[entry.digest] == 1]
    ranked = []
    for spec in known.keys() - ground.specs:
        for other in _new_specs(ground):
            home, there = spec.removesuffix(_SPEC), other.removesuffix(_SPEC)
            score = int(known[spec] in disk.digests(other))
            for entry in telling:
                path = _moved(entry.path, home, there) if entry.path.startswith(home) else None
                if path and not disk.digests(path).isdisjoint({entry.digest, *intents.get(path, ())}):
                    score += 1
            ranked.append((-score, home, there))
    found: dict[str, str] = {}
    for score, home, there in sorted(ranked):
        if score and home not in found and there not in found.values():
            found[home] = there
    return found


def _with_their_home(ground: Ground, lost: Collection[Entry], disk: _Disk) -> dict[RepoPath, RepoPath]:
    """Return old and new path of each file that went with the folder of its service, wanted there or not."""
    homes = _homes(ground, lost, disk)
    known = {entry.path for entry in ground.lock.files}
    moved = {entry: _at_home(entry.path, homes) for entry in lost}
    return {
        entry.path: path
        for entry, path in moved.items()
        if path != entry.path and disk.has(path) and (path not in known or entry.digest in disk.digests(path))
    }


def _at_home(path: RepoPath, homes: _Homes) -> RepoPath:
    home = max((home for home in homes if path.startswith(home)), key=len, default=None)
    return path if home is None else _moved(path, home, homes[home]) or path


def _moved(path: RepoPath, old: str, new: str) -> RepoPath | None:
    try:
        return RepoPath(new + path.removeprefix(old))
    except UnsafePathError:  # too long
        return None


def _by_text(spots: Iterable[RenderedFile], entries: Iterable[Entry], disk: _Disk) -> dict[RepoPath, RepoPath]:
    """Return new and old path of each file that has, under the same name, the text of an entry; the nearest wins."""
    texts: dict[tuple[str, str, str], list[RepoPath]] = {}
    for entry in entries:
        if entry.ownership != "block":
            texts.setdefault((entry.pack, _name(entry.path), entry.digest), []).append(entry.path)
    found: dict[RepoPath, RepoPath] = {}
    used: set[RepoPath] = set()
    for file in spots:
        known = [
            path
            for text in sorted(disk.digests(file.path))
            for path in texts.get((file.pack, _name(file.path), text), ())
            if path not in used
        ]
        if known and file.path not in known:
            found[file.path] = max(known, key=lambda path: (len(_tail(path, file.path)), path))
            used.add(found[file.path])
    return found


def _folders(found: Mapping[RepoPath, RepoPath]) -> dict[str, str]:
    """Return which folders, as prefixes, became which: what is different before a common end of two paths."""
    folders = {}
    for new, old in sorted(found.items()):
        tail = _tail(old, new)
        folders[old.removesuffix(tail)] = new.removesuffix(tail)
    return folders


def _by_folder(path: RepoPath, folders: Mapping[str, str]) -> list[RepoPath]:
    near = sorted((old for old in folders if path.startswith(old)), key=len, reverse=True)
    return [place for old in near if (place := _moved(path, old, folders[old]))]


def _tail(one: str, other: str) -> str:
    """Return the last parts that two paths have in common, with no slash before them."""
    parts = []
    for mine, theirs in zip(reversed(one.split("/")), reversed(other.split("/")), strict=False):
        if mine != theirs:
            break
        parts.append(mine)
    return "/".join(reversed(parts))


def _name(path: str) -> str:
    return path.rpartition("/")[2]
