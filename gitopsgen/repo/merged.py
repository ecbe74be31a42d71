"""Texts of ours that git has made or brought back: nobody wrote them, so nobody loses them.

A merge counts only when it is, byte for byte, what git makes of two texts that the lock knows and of one that the path
had before; a person who deleted, moved or repeated a line of ours has made another one. What a checkout has brought
back counts when it was committed together with a lock that knows it.
"""

import itertools
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping

from gitopsgen.core.git import git
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.repo import block
from gitopsgen.repo.change import Change
from gitopsgen.repo.digest import digest
from gitopsgen.repo.gitworld import locks_beside, origins, texts_of
from gitopsgen.repo.known import Known, known_paths
from gitopsgen.repo.lines import to_lf
from gitopsgen.repo.lock import Lock, parse

# How git writes a conflict down, by its settings, and how a person may have decided one.
_WAYS = ((), ("--diff3",), ("--zdiff3",), ("--ours",), ("--theirs",), ("--union",))
_LABEL = re.compile(rb"^(<{7,}|\|{7,}|>{7,}) (.*)$", re.MULTILINE)
# Marks are longer where both sides renamed a file; their labels then end with its two names.
_USUAL = 7


def merged(root: Root, edited: Iterable[Change], known: Mapping[RepoPath, Known]) -> dict[RepoPath, str]:
    """Return the digests of those texts on disk that git, and nobody else, made of texts of ours."""
    found = {}
    for change in edited:
        ours, lines = known.get(change.path), _own_lines(change, change.before)
        if ours is None or lines is None:
            continue
        if _is_merge_of_renamed(root, change, known, lines) or (ours.is_open and _is_merge(root, change, ours, lines)):
            found[change.path] = digest(lines)
    return found


def restored(root: Root, edited: Iterable[Change]) -> dict[RepoPath, str]:
    """Return the digests of those texts on disk that an earlier commit had, as ours."""
    found = {}
    for change in edited:
        if change.ownership == "managed" and change.before is not None:
            text = to_lf(change.before)
            locks = (parse(raw) for raw in locks_beside(root, change.path, text))
            if any(isinstance(lock, Lock) and _knows(lock, change.path, text) for lock in locks):
                found[change.path] = digest(text)
    return found


def _knows(lock: Lock, path: RepoPath, text: bytes) -> bool:
    known = known_paths(lock, {}).get(path)
    return known is not None and known.wrote(text, "managed")


def _is_merge(root: Root, change: Change, ours: Known, lines: bytes) -> bool:
    past = [own for text in texts_of(root, change.path) if (own := _own_lines(change, text)) is not None]
    past = list(dict.fromkeys(past))
    known = [text for text in past if ours.knows({digest(text)}, change.ownership)]
    wanted = _unlabelled(lines)
    pairs = itertools.permutations(known, 2)
    return any(wanted == made for one, other in pairs for base in past for made in _merges(one, base, other))


def _is_merge_of_renamed(root: Root, change: Change, known: Mapping[RepoPath, Known], lines: bytes) -> bool:
    """Whether git made a text of two of ours that each side of a merge has under a name of its own."""
    labels = [(len(mark), os.fsdecode(label)) for mark, label in _LABEL.findall(lines)]
    size = labels[0][0] if labels else _USUAL
    if size == _USUAL or change.ownership != "managed":
        return False
    named = [path for path in known if any(label.endswith((f":{path}", f"/{path}")) for _, label in labels)]
    texts = [
        text
        for path in named
        for raw in texts_of(root, path)
        if known[path].knows({digest(text := to_lf(raw))}, "managed")
    ]
    wanted, pairs = _unlabelled(lines), list(itertools.permutations(dict.fromkeys(texts), 2))
    bases = [to_lf(raw) for raw in origins(root)] if pairs else []
    return any(wanted == made for base in bases for one, other in pairs for made in _merges(one, base, other, size))


def _merges(one: bytes, base: bytes, other: bytes, size: int = _USUAL) -> Iterator[bytes]:
    """Yield what git makes of two texts and the one before them, in every way that it knows."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("one", one), ("base", base), ("other", other)):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(text)
        for way in _WAYS:
            # The exit code counts the conflicts, so git() would drop the output; -p without it writes into the file.
            with open(os.path.join(folder, "made"), "wb") as file:
                file.write(one)
            git(folder, "merge-file", "--quiet", f"--marker-size={size}", *way, "made", "base", "other")
            with open(os.path.join(folder, "made"), "rb") as file:
                made = file.read()
            yield _unlabelled(made)
            if not way and not _LABEL.search(made):
                return


def _unlabelled(text: bytes) -> bytes:
    """Drop what git writes behind the marks of a conflict: the names of the two sides."""
    return _LABEL.sub(rb"\1", text)


def _own_lines(change: Change, raw: bytes | None) -> bytes | None:
    """Return of a text what the lock's digest is about: all of it, or the lines of our block."""
    if raw is None or change.ownership != "block":
        return to_lf(raw) if raw is not None else None
    place = block.find(change.path, raw)
    return block.inner(raw, place) if isinstance(place, block.Block) else None
