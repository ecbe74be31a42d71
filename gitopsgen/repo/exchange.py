"""What is written once and goes from one tree to another: the image that CI recorded, when the manifests move.

Within one tree, repo/moved.py knows where a file went. Between two trees, each with a lock of its own, the caller says
what comes and what goes.
"""

from collections.abc import Mapping
from typing import NamedTuple

from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo.change import Change, Decision
from gitopsgen.repo.digest import digest
from gitopsgen.repo.lines import to_lf
from gitopsgen.repo.lock import NO_DIGEST


class Text(NamedTuple):
    """The bytes of a file, and where it lies, as a person would name it."""

    place: str
    data: bytes


class Exchange(NamedTuple):
    """`comes`: path here, and the text that is to be there unless something is recorded there already.

    `goes`: what lies here and is elsewhere now, with its place there.
    """

    comes: Mapping[RepoPath, Text] = {}
    goes: Mapping[RepoPath, Text] = {}


NO_EXCHANGE = Exchange()


def exchanged(decision: Decision, exchange: Exchange) -> Decision:
    """Return the decision with what comes from another tree, and without what is there now."""
    changes = [_with_text(change, exchange.comes.get(change.path)) for change in decision.changes]
    changes = [_gone(change, exchange.goes.get(change.path)) for change in changes]
    known = {change.path for change in changes}
    # What the lock has forgotten already, in a run that did not know where the file was to go.
    changes += [
        Change(path, "orphan", "once", text.data, None, 0o644, "-", _is_now(text), mode_before=0o644)
        for path, text in exchange.goes.items()
        if path not in known
    ]
    return decision._replace(changes=tuple(sorted(changes, key=lambda change: change.path)))


def _with_text(change: Change, text: Text | None) -> Change:
    if text is None or not has_our_text(change):
        return change
    return change._replace(
        verdict="create" if change.before is None else "update",
        after=text.data,
        reason=f"carried over from {text.place}",
        digest=NO_DIGEST,
    )


def _gone(change: Change, text: Text | None) -> Change:
    if text is None or change.verdict != "forget" or change.before != text.data:
        return change
    return change._replace(verdict="orphan", after=None, reason=_is_now(text))


def _is_now(text: Text) -> str:
    return f"it is {text.place} now"


def has_our_text(change: Change) -> bool:
    """Whether a file that is written once has our own text after this run: nobody has recorded anything in it."""
    if change.ownership != "once" or change.after is None or change.verdict not in ("create", "update", "keep"):
        return False
    return change.digest == digest(to_lf(change.after))
