"""What decide says: one Change for each path, one Decision for the run."""

from typing import Literal, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.files import Ownership
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo.lock import NO_DIGEST

Verdict = Literal["keep", "create", "update", "orphan", "edited", "foreign", "gone", "forget"]


class Change(NamedTuple):
    """What is to happen at one path.

    `before` is the text on disk, `after` the text to be there when the run is done, None for no file; for a conflict
    it is the text that `--take` would write. `digest` is what the lock shall remember. `set_aside` says that
    `before` was taken from a person and is kept. `left` says that a person wants this path left alone in this run.
    `came_from` is the path that a file which moves had until now.
    """

    path: RepoPath
    verdict: Verdict
    ownership: Ownership
    before: bytes | None
    after: bytes | None
    mode: int
    pack: str
    reason: str = ""
    ways_out: tuple[str, ...] = ()
    mode_before: int = 0
    digest: str = NO_DIGEST
    set_aside: bool = False
    left: bool = False
    came_from: str = ""

    @property
    def is_conflict(self) -> bool:
        """Whether this path stops the whole run until the user decides."""
        undecided = self.verdict in ("edited", "foreign") or (self.verdict == "gone" and self.ownership != "once")
        return undecided and not self.left

    @property
    def is_write(self) -> bool:
        """Whether this path is to be written or deleted."""
        return self.verdict in ("create", "update", "orphan")

    @property
    def is_note(self) -> bool:
        """Whether there is something to say about this path, but nothing to do."""
        return self.left or self.verdict == "forget" or (self.verdict == "gone" and self.ownership == "once")

    @property
    def is_drift(self) -> bool:
        """Whether this path is not as the spec says."""
        return self.is_write or self.is_conflict

    @property
    def mode_after(self) -> int:
        """The permission bits that writing leaves: ours for our file, the user's for the user's."""
        return self.mode if self.ownership == "managed" or self.before is None else self.mode_before


class Decision(NamedTuple):
    """One verdict for the whole run: `changes` sorted by path, and what made a verdict impossible."""

    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """What only the user can decide; with any of it nothing is written."""
        return tuple(change for change in self.changes if change.is_conflict)

    @property
    def drift(self) -> tuple[Change, ...]:
        """What `check` reports: every path that is not as the spec says."""
        return tuple(change for change in self.changes if change.is_drift)
