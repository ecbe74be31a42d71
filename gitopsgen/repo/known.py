"""What the lock knows of one path: the texts that are ours, and whether a run was cut short there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gitopsgen.core.files import Ownership
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo.digest import digest
from gitopsgen.repo.lines import to_lf
from gitopsgen.repo.lock import Entry, Lock


class Known(NamedTuple):
    """`entry` is the lock's line for the path, None when only intents tell of it."""

    entry: Entry | None
    intents: tuple[Entry, ...] = ()
    merged: frozenset[str] = frozenset()
    """Digests of texts that git made of two texts of ours, or brought back."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All lines that tell of the path, the lock's own first."""
        return (*((self.entry,) if self.entry else ()), *self.intents)

    @property
    def is_open(self) -> bool:
        """Whether a run was cut short at this path, or a merge joined two: then nobody deleted what is absent."""
        return bool(self.intents)

    @property
    def is_block(self) -> bool:
        """Whether the path had a block of ours."""
        return any(entry.ownership == "block" for entry in self.entries)

    def wrote(self, text: bytes, *ownerships: Ownership) -> bool:
        """Whether `text` is one that we wrote, also when a checkout turned its line ends into CRLF."""
        return self.knows({digest(text), digest(to_lf(text))} if b"\r\n" in text else {digest(text)}, *ownerships)

    def knows(self, digests: set[str], *ownerships: Ownership) -> bool:
        """Whether one of `digests` is that of a text of ours."""
        ours = {entry.digest for entry in self.entries if entry.ownership in ownerships}
        return not digests.isdisjoint(ours) or not digests.isdisjoint(self.merged)


def known_paths(lock: Lock | None, merged: Mapping[RepoPath, str]) -> dict[RepoPath, Known]:
    """Return what the lock knows, by path; `merged` as in Known, one digest for each path."""
    if lock is None:
        return {}
    entries = {entry.path: entry for entry in lock.files}
    intents = _by_path(lock.intents)
    return {
        path: Known(
            entries.get(path),
            tuple(intents.get(path, ())),
            frozenset((merged[path],)) if path in merged else frozenset(),
        )
        for path in entries.keys() | intents.keys()
    }


def _by_path(entries: Iterable[Entry]) -> dict[RepoPath, list[Entry]]:
    found: dict[RepoPath, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.path].append(entry)
    return found
