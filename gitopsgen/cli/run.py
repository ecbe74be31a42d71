"""check, generate and diff: from a request to printed results and an exit code."""

import os
import sys
from typing import NamedTuple

from gitopsgen import __version__
from gitopsgen.cli.guard import printing
from gitopsgen.compiler import compiler_for, generate, inspect
from gitopsgen.core import errors
from gitopsgen.core.errors import UnsafePathError, WriteError
from gitopsgen.core.repopath import Root
from gitopsgen.entry import NOTHING_TO_DO, is_unchanged
from gitopsgen.fleet import Result, run_each
from gitopsgen.outcome import Outcome
from gitopsgen.project import read_project, root_of
from gitopsgen.repo.change import Decision
from gitopsgen.repo.decide import NO_WISHES, Wishes
from gitopsgen.report.diff import diff_bytes, stat_text
from gitopsgen.report.out import colour_wanted, emit
from gitopsgen.report.text import changes_text, diagnostics_text, summary_text


class Request(NamedTuple):
    """What was asked: `format` is text, json, sarif or github; `full` never believes the lock.

    `config_repo` is a checkout of the repository that has the manifests, empty for none.
    """

    command: str
    roots: tuple[str, ...] = (".",)
    quiet: bool = False
    format: str = "text"
    stat: bool = False
    full: bool = False
    wishes: Wishes = NO_WISHES
    config_repo: str = ""


def run(request: Request) -> int:
    """Serve a request and return the exit code; over several roots it is the highest of all."""
    request = request._replace(roots=tuple(dict.fromkeys(map(root_of, request.roots))))
    if len(request.roots) > 1:
        return _run_many(request)
    root = request.roots[0]
    if request.config_repo:
        return _run_trees(request, root)
    outcome = Outcome(errors.OK) if _may_believe_lock(request) and is_unchanged(root) else _act(request, root)
    with printing(outcome.exit_code):
        show(request, outcome)
    return outcome.exit_code


def _run_trees(request: Request, root: str) -> int:
    """Serve a request for the app's repository and that of its manifests, one after the other."""
    from gitopsgen.config_tree import generate_trees, inspect_trees

    if request.command == "generate":
        found = generate_trees(root, request.config_repo, tell_waiting)
    else:
        found = inspect_trees(root, request.config_repo)
    outcomes = {"": found.app, **found.configs}
    worst = max(outcome.exit_code for outcome in outcomes.values())
    with printing(worst):
        for folder, outcome in outcomes.items():
            emit(f"{folder}:\n" if folder else "", sys.stdout)
            show(request, outcome)
    return worst


def _may_believe_lock(request: Request) -> bool:
    """The lock knows that nothing changed, but not the warnings that a machine's report has to hold every time."""
    return not (request.full or request.wishes != NO_WISHES) and request.command != "diff" and request.format == "text"


def _act(request: Request, root: str) -> Outcome:
    if request.command == "generate":
        return generate(root, request.wishes, tell_waiting, durable=len(request.roots) == 1)
    found = inspect(root, request.wishes)
    return with_unserved(root, found) if request.command == "check" and request.full else found


def with_unserved(root: str, outcome: Outcome) -> Outcome:
    """Return an outcome with a warning for each app of a workspace that has no spec.

    No lock can vouch for what is not there, so this costs a look around: for those who want to know all.
    """
    if outcome.compiled is None or not outcome.compiled.plan.home:
        return outcome
    from gitopsgen.unserved import unserved_apps

    repository = Root(root)
    project = read_project(repository)
    found = [] if isinstance(project, list) else unserved_apps(repository, compiler_for(root).catalogue, project)
    return outcome._replace(diagnostics=(*outcome.diagnostics, *found))


def tell_waiting(root: str) -> None:
    """Say why nothing happens yet."""
    emit(f"gitopsgen: another gitopsgen is at work in {root}, waiting for it\n", sys.stderr)


def show(request: Request, outcome: Outcome) -> None:
    """Print what a run found and did, with what becomes of people's records on the way."""
    if outcome.records and outcome.decision and outcome.exit_code in (errors.OK, errors.DRIFT):
        changes = (*outcome.records, *outcome.decision.changes)
        outcome = outcome._replace(records=(), decision=outcome.decision._replace(changes=changes))
    if request.format != "text":
        emit(_machine_text(request, outcome), sys.stdout)
        return
    show_diagnostics(outcome)
    if request.command == "diff":
        _show_diff(request, outcome)
        return
    stream = sys.stderr if outcome.exit_code == errors.CONFLICT else sys.stdout
    if outcome.decision is None:
        emit(NOTHING_TO_DO if outcome.exit_code == errors.OK and not request.quiet else "", sys.stdout)
        return
    emit(_changes(request, outcome, colour=colour_wanted(stream)), stream)
    if request.command == "generate" and outcome.decision.conflicts:
        emit(diff_bytes(outcome.decision.conflicts, taken=True), stream)


def show_diagnostics(outcome: Outcome) -> None:
    """Print what was found wrong."""
    emit(diagnostics_text(outcome.diagnostics, colour=colour_wanted(sys.stderr)), sys.stderr)


def show_handover(outcome: Outcome, *, quiet: bool) -> int:
    """Print what happened to people's edits and to the files that they are about; return the exit code."""
    with printing(outcome.exit_code):
        changes = outcome.decision.changes if outcome.decision else ()
        show(Request("generate", quiet=quiet), outcome._replace(decision=Decision(changes)))
    return outcome.exit_code


def _changes(request: Request, outcome: Outcome, *, colour: bool) -> str:
    """Return what was done or is to be done; with --quiet only what somebody must act on."""
    changes = outcome.decision.changes if outcome.decision else ()
    if not any(change.is_drift or change.is_note for change in changes):
        return "" if request.quiet or outcome.exit_code else NOTHING_TO_DO
    if request.quiet and outcome.exit_code == errors.OK:
        return ""
    written = request.command == "generate" and outcome.exit_code == errors.OK
    return changes_text(changes, colour=colour) + summary_text(changes, written=written)


def _show_diff(request: Request, outcome: Outcome) -> None:
    changes = outcome.decision.changes if outcome.decision else ()
    emit(stat_text(changes) if request.stat else diff_bytes(changes), sys.stdout)
    # stdout is for git; beside it are the words that check and generate say.
    told = _changes(request, outcome, colour=colour_wanted(sys.stderr))
    emit("" if told == NOTHING_TO_DO else told, sys.stderr)


def _folder_in_repository(root: str) -> str:
    """Return the folder of an app below the top of its repository, which is where code hosts name files from."""
    from gitopsgen.detect.git import enclosing_repository

    top = enclosing_repository(root)
    return f"{os.path.relpath(os.path.realpath(root), top)}/" if top else ""


def _machine_text(request: Request, outcome: Outcome) -> str:
    changes = outcome.decision.changes if outcome.decision else ()
    if request.format == "json":
        from gitopsgen.report.as_json import json_text

        return json_text(outcome.diagnostics, changes, version=__version__)
    if request.format == "sarif":
        from gitopsgen.report.as_sarif import sarif_text

        folder = _folder_in_repository(request.roots[0])
        return sarif_text(outcome.diagnostics, changes, version=__version__, folder=folder)
    from gitopsgen.report.annotations import annotations_text

    return annotations_text(outcome.diagnostics, changes, _folder_in_repository(request.roots[0]))


def _run_many(request: Request) -> int:
    """Serve a request for many roots: a line for each that is not as it should be, then the sum."""
    worst = written = 0
    for root, (code, count, text) in run_each(request.roots, lambda root: _one_of_many(request, root)):
        worst, written = max(worst, code), written + count
        if text:
            emit(f"{root}:\n{text}", sys.stderr if code else sys.stdout)
    if not request.quiet:
        emit(f"gitopsgen: {len(request.roots)} repositories, {written} files written\n", sys.stdout)
    return worst


def _one_of_many(request: Request, root: str) -> Result:
    try:
        if not request.full and is_unchanged(root):
            return errors.OK, 0, ""
        outcome = _act(request, root)
    except (WriteError, UnsafePathError, OSError) as error:
        return errors.CONFLICT, 0, f"{error}\n"
    except Exception as error:  # noqa: BLE001 - one repository must not stop the others
        return errors.BUG, 0, f"bug of gitopsgen: {type(error).__name__}: {error}\n"
    text = diagnostics_text(outcome.diagnostics)
    if outcome.decision and outcome.exit_code:
        text += changes_text(outcome.decision.changes)
    return outcome.exit_code, len(outcome.written), text
