"""check, generate and diff of one root, and what they print."""

import os
import sys

from gitopsgen import __version__
from gitopsgen.cli.guard import printing
from gitopsgen.cli.run import Request
from gitopsgen.compiler import compiler_for, generate, inspect
from gitopsgen.core import errors
from gitopsgen.core.repopath import Root
from gitopsgen.entry import NOTHING_TO_DO
from gitopsgen.outcome import Outcome
from gitopsgen.project import read_project
from gitopsgen.repo.change import Decision
from gitopsgen.report.diff import diff_bytes, stat_text
from gitopsgen.report.out import colour_wanted, emit
from gitopsgen.report.text import changes_text, diagnostics_text, summary_text


def run_trees(request: Request, root: str) -> int:
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


def act(request: Request, root: str) -> Outcome:
    """Do what was asked, but for printing."""
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
