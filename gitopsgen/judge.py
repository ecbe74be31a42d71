"""The verdict on a whole repository: read what lies there, decide, and ask git where that leaves a doubt."""

import os
from collections.abc import Iterable
from typing import NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.repo import gitworld
from gitopsgen.repo.change import Change, Decision
from gitopsgen.repo.collisions import collisions
from gitopsgen.repo.decide import Evidence, decide
from gitopsgen.repo.exchange import NO_EXCHANGE, Exchange, exchanged
from gitopsgen.repo.known import known_paths
from gitopsgen.repo.lock import LOCK_NAME, Lock
from gitopsgen.repo.merged import merged, restored
from gitopsgen.repo.snapshot import take_snapshot
from gitopsgen.repo.unignore import Remedy, remedies
from gitopsgen.repo.wishes import Wishes


class Case(NamedTuple):
    """What is judged: the files as they shall be, the lock, what people said about single paths, and another tree."""

    files: tuple[RenderedFile, ...]
    lock: Lock | None
    wishes: Wishes
    ejected: frozenset[RepoPath] = frozenset()
    patched: frozenset[RepoPath] = frozenset()
    exchange: Exchange = NO_EXCHANGE


def judge(root: Root, case: Case) -> Decision | list[Diagnostic]:
    """Return what is to happen to each path; diagnostics alone when the tree itself is in the way.

    Warnings `git.*` among the decision's diagnostics tell of files that are written but will not arrive.
    """
    lock = case.lock
    locked = [entry.path for entry in (*lock.files, *lock.intents)] if lock else []
    wanted = [file.path for file in case.files]
    snapshot = take_snapshot(root, wanted, locked)
    if isinstance(snapshot, list):
        return snapshot
    decision = decide(case.files, lock, snapshot, case.wishes, ejected=case.ejected)
    in_way = collisions(root, wanted, [change.path for change in decision.changes if change.verdict == "create"])
    if in_way:
        return in_way
    if not _is_doubtful(decision) or not gitworld.is_below_git(root.path):
        return _with_warnings(root, decision, case)
    absent = gitworld.outside_sparse(root, _gone(decision))
    snapshot |= absent
    edited = _edited(decision)
    evidence = Evidence(
        # Our text without the recorded edit may be a person's way to take the edit back.
        restored(root, [change for change in edited if change.path not in case.patched])
        | merged(root, edited, known_paths(lock, {})),
        any(map(_is_mode_only, decision.changes)) and gitworld.has_no_modes(root.path),
    )
    decision = decide(case.files, lock, snapshot, case.wishes, evidence, case.ejected)
    left_out = [_left_out(change.path) for change in decision.changes if change.path in absent and change.is_drift]
    return left_out or _with_warnings(root, decision, case)


def _is_doubtful(decision: Decision) -> bool:
    return any(change.verdict in ("edited", "gone") or _is_mode_only(change) for change in decision.changes)


def _is_mode_only(change: Change) -> bool:
    return change.verdict == "update" and change.before == change.after


def _gone(decision: Decision) -> list[RepoPath]:
    return [change.path for change in decision.changes if change.verdict == "gone"]


def _edited(decision: Decision) -> list[Change]:
    return [change for change in decision.changes if change.verdict == "edited"]


def _left_out(path: RepoPath) -> Diagnostic:
    cure = f"`git sparse-checkout add {path.parent or path}`, then run again"
    return Diagnostic("git.sparse", "it has to change, and your sparse checkout leaves it out", cure, path)


def _with_warnings(root: Root, decision: Decision, case: Case) -> Decision:
    decision = exchanged(decision, case.exchange)
    warnings = [_submodule(folder) for folder in _other_repositories(root, [file.path for file in case.files])]
    created = [change.path for change in decision.changes if change.verdict == "create"]
    created += [LOCK_NAME] if case.lock is None else []
    if created and not decision.conflicts and gitworld.is_below_git(root.path):
        hidden = gitworld.ignored(root.path, created)
        warnings += [_ignored(remedy) for remedy in remedies(root.path, hidden)] if hidden else []
    return decision._replace(diagnostics=(*decision.diagnostics, *warnings))


def _other_repositories(root: Root, paths: Iterable[RepoPath]) -> list[str]:
    """Return the folders that hold outputs and are repositories of their own."""
    folders = {path.parent for path in paths} - {""}
    above = {folder.rsplit("/", count)[0] for folder in folders for count in range(folder.count("/") + 1)}
    return sorted(folder for folder in above if os.path.lexists(f"{root.path}/{folder}/.git"))


def _submodule(folder: str) -> Diagnostic:
    cure = "commit there first, then here; or keep the manifests in this repository"
    return Diagnostic("git.submodule", "it is a repository of its own", cure, folder, severity="warning")


def _ignored(remedy: Remedy) -> Diagnostic:
    first, *others = remedy.paths
    what = f"this file and {len(others)} more" if others else "this file"
    cure = f"take the pattern out of {remedy.place}: it hides the folder in which all of this lies"
    if remedy.lines:
        kind = "the lines, in this order," if remedy.lines[1:] else "the line"
        cure = f"add at the end of {remedy.file} {kind} {' and '.join(f'`{line}`' for line in remedy.lines)}"
    them = "them" if others else "it"
    message = f"git ignores {what}, so CI will never see {them}, by `{remedy.pattern}` of {remedy.place}"
    return Diagnostic("git.ignored", message, cure, first, severity="warning")


def lost_texts(files: Iterable[RenderedFile], decision: Decision) -> list[Diagnostic]:
    """Return a warning for each file of somebody else's that lacks what a third one looks for in it."""
    wanted = {file.path: file.holds for file in files if file.holds}
    return [
        Diagnostic(
            "output.mark-lost",
            f"it does not hold `{wanted[change.path]}`, so that nothing records an image there",
            "write the comments into it by hand, one behind each value; or let "
            f"`gitopsgen generate --take {change.path}` write it anew, without an image until one is recorded again",
            change.path,
            severity="warning",
        )
        for change in decision.changes
        if change.path in wanted and change.after is not None and wanted[change.path].encode() not in change.after
    ]
