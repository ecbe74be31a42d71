"""Judges what is staged, and when it is behind its spec writes what is missing into the working tree.

It stages nothing and stashes nothing: what is committed is what a person has looked at.
"""

import tempfile
from collections.abc import Callable
from typing import NamedTuple

from gitopsgen.compiler import generate, inspect
from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.git import GitError
from gitopsgen.hook.quick import LOCK, SPEC, WORKSPACE
from gitopsgen.hook.staged import Staged, find_app, is_input
from gitopsgen.outcome import Outcome

_DISK_IS_FINE = (errors.OK, errors.DRIFT)


class Judgement(NamedTuple):
    """What a hook has to say of one app.

    `outcome` is of the staged tree, or with `wrote` of the run that wrote into the working tree; None when there is
    nothing to tell of either. `to_stage` are the files to stage before the next try, as git names them below its top.
    """

    exit_code: int
    outcome: Outcome | None = None
    wrote: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    to_stage: tuple[str, ...] = ()


class Door(NamedTuple):
    """What the command line brings along.

    `is_unchanged` tells quickly that a tree is what its lock says; `waiting` is called when another gitopsgen is at
    work there.
    """

    is_unchanged: Callable[[str], bool] = lambda _: False
    waiting: Callable[[str], None] = lambda _: None


def judge(root: str, door: Door) -> Judgement:
    """Judge the staged tree of the app at `root`. Raises WriteError when the working tree cannot be written."""
    try:
        app = find_app(root)
        with tempfile.TemporaryDirectory(prefix="gitopsgen-") as folder:
            return _judge(Staged(app, folder), door)
    except GitError as error:
        cure = "a hook works in a git repository; `gitopsgen check` works anywhere"
        return Judgement(errors.USAGE, diagnostics=(Diagnostic("hook.git", f"git says: {error}", cure, root),))


def _judge(staged: Staged, door: Door) -> Judgement:
    if not staged.holds(SPEC) and not staged.holds(WORKSPACE):
        return _without_spec(staged)
    differing = staged.differing()
    tree = staged.root if differing else staged.app.root
    if door.is_unchanged(tree):
        return Judgement(errors.OK)
    found = _inspect(staged) if differing else inspect(tree)
    if found.exit_code == errors.OK:
        return Judgement(errors.OK)
    unstaged = [path for path in differing if is_input(path)]
    if unstaged:
        return Judgement(found.exit_code, found, diagnostics=tuple(_not_staged(staged, unstaged)))
    return _settled(staged, found, door)


def _inspect(staged: Staged) -> Outcome:
    with staged.as_working_tree():
        found = inspect(staged.root)
    if found.exit_code == errors.OK:
        return found
    # A spec may refer to files of the app that no lock names yet.
    staged.copy_all()
    with staged.as_working_tree():
        return inspect(staged.root)


def _without_spec(staged: Staged) -> Judgement:
    if not staged.holds(LOCK):
        return Judgement(errors.OK)
    message = "the commit would hold a lock and no spec"
    cure = f"stage the spec (`git add {SPEC}`), or remove the lock too (`git rm {LOCK}`)"
    path = staged.app.prefix + SPEC
    return Judgement(errors.SPEC_INVALID, diagnostics=(Diagnostic("hook.spec-missing", message, cure, path),))


def _not_staged(staged: Staged, paths: list[str]) -> list[Diagnostic]:
    """Tell of inputs whose text on disk is not the staged one: what belongs to the commit cannot be written there."""
    message = "it has changes that are not staged, and only what is staged is judged"
    return [
        Diagnostic(
            "hook.unstaged-input",
            message,
            f"`git add {staged.app.prefix}{path}`, or put them away with `git stash push --keep-index`",
            staged.app.prefix + path,
        )
        for path in paths
    ]


def _settled(staged: Staged, found: Outcome, door: Door) -> Judgement:
    """Bring the working tree to what the spec says, if a run can, and say what to stage."""
    done = generate(staged.app.root, waiting=door.waiting)
    if done.exit_code not in _DISK_IS_FINE:
        # Where both stop, the commit is what the person asked about.
        shown = done if found.exit_code in _DISK_IS_FINE else found
        return Judgement(shown.exit_code, shown)
    staged.update()
    changes = (*(found.decision.changes if found.decision else ()), *found.records, *done.records)
    ours = {LOCK, *done.written, *(change.path for change in changes if change.verdict != "keep")}
    differing = staged.differing()
    # With none of ours among them, it is a file that ours need.
    behind = [path for path in differing if path in ours] or differing
    if not behind:
        # Staging would change nothing: then it is no stale commit, and the verdict itself must be told.
        return Judgement(found.exit_code or errors.DRIFT, found)
    to_stage = tuple(staged.app.prefix + path for path in behind)
    wrote = done.decision is not None and any(change.is_write for change in done.decision.changes)
    return Judgement(errors.DRIFT, done if wrote else None, wrote=wrote, to_stage=to_stage)
