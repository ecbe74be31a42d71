"""The ways out of each conflict: every one a command that can be copied."""

from collections.abc import Iterable

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo.change import Change, Decision
from gitopsgen.repo.lock import LOCK_NAME
from gitopsgen.repo.wishes import Wishes

_KEPT = "(your text is kept in .gitopsgen/kept/)"
_RUN = "`gitopsgen generate "


def edited(change: Change) -> tuple[str, ...]:
    """A generated file that somebody changed."""
    return (
        f"to keep the edit, and have it made again on every run: `gitopsgen adopt {change.path}`",
        f"to drop the edit: `gitopsgen generate --take {change.path}` {_KEPT}",
        f"to have the file for yourself: `gitopsgen eject {change.path}`",
        f"to decide later: `gitopsgen generate --keep {change.path}`",
    )


def mixed(change: Change) -> tuple[str, ...]:
    """A generated file that somebody changed, when nothing tells the edit from what the spec has changed since."""
    _, *others = edited(change)
    return (
        "to keep the edit: take back for a moment what changed in the spec, a template or gitopsgen itself, adopt, and "
        "make that change again",
        *others,
    )


def foreign(change: Change) -> tuple[str, ...]:
    """A file that was there before us."""
    return (
        f"to have it generated, with what yours has besides: `gitopsgen adopt {change.path}`",
        f"to have it generated: `gitopsgen generate --take {change.path}` {_KEPT}",
        f"to keep yours for good: `gitopsgen eject {change.path}`",
        f"to decide later: `gitopsgen generate --keep {change.path}`",
    )


def gone(change: Change) -> tuple[str, ...]:
    """A generated file that somebody deleted."""
    return (
        f"to write it again: `gitopsgen generate --take {change.path}`",
        f"to do without it: `gitopsgen eject {change.path}`",
        f"to decide later: `gitopsgen generate --keep {change.path}`",
    )


def edited_orphan(change: Change, reason: str) -> Change:
    """A file that nobody wants any more, but that somebody changed."""
    ways = (
        f"to delete it: `gitopsgen generate --take {change.path}` {_KEPT}",
        f"to have the file for yourself: `gitopsgen eject {change.path}`",
        f"to decide later: `gitopsgen generate --keep {change.path}`",
    )
    return change._replace(verdict="edited", reason=reason, ways_out=ways)


def along(change: Change, new: RepoPath) -> tuple[str, ...]:
    """A file that somebody changed, and that is generated somewhere else now."""
    move = f"`mkdir -p {new.parent or '.'} && mv {change.path} {new}`"
    return (f"to keep the edit where it is generated now: {move}, then `gitopsgen adopt {new}`", *change.ways_out)


def two_texts(change: Change, old: RepoPath) -> tuple[str, ...]:
    """A file that is to move to a place where another text lies."""
    return (
        f"to use the text of {old}: `gitopsgen generate --take {change.path}` {_KEPT}",
        f"to use the text that lies here: `rm {old}`",
        f"to decide later: `gitopsgen generate --keep {change.path}`",
    )


def of_several(change: Change, sources: Iterable[RepoPath]) -> tuple[str, ...]:
    """A place where one of several files could move to."""
    return (
        *(f"to use the text of {old}: `mkdir -p {change.path.parent} && mv {old} {change.path}`" for old in sources),
        f"to begin anew: `gitopsgen generate --take {change.path}`",
    )


def with_wishes(decision: Decision, wishes: Wishes) -> Decision:
    """Say in each way out that is a run what this one was told: it was refused, and the next is to be told, too."""
    changes = tuple(_with_wishes(change, wishes) if change.ways_out else change for change in decision.changes)
    return decision._replace(changes=changes)


def _with_wishes(change: Change, wishes: Wishes) -> Change:
    told = [f"--take {path} " for path in sorted(wishes.take - {change.path})]
    told += [f"--keep {path} " for path in sorted(wishes.keep - {change.path})]
    return change._replace(ways_out=tuple(way.replace(_RUN, _RUN + "".join(told)) for way in change.ways_out))


def unknown(path: RepoPath) -> Diagnostic:
    """A path that was named and that we have nothing to do with."""
    return Diagnostic(
        "path.unknown",
        f"{path} is not a file that gitopsgen generates",
        f"name a path as `gitopsgen status` shows it, or as it stands in {LOCK_NAME}",
        path,
    )
