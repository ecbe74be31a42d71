"""check, generate and diff: over one root or many. What compiles is loaded when the lock of one does not answer."""

import sys
from typing import NamedTuple

from gitopsgen.cli.guard import printing
from gitopsgen.core import errors
from gitopsgen.core.errors import UnsafePathError, WriteError
from gitopsgen.enclosing import root_of
from gitopsgen.entry import NOTHING_TO_DO, is_unchanged
from gitopsgen.fleet import Result, run_each
from gitopsgen.repo.wishes import NO_WISHES, Wishes
from gitopsgen.report.out import emit


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
    if not request.config_repo and _may_believe_lock(request) and is_unchanged(root):
        with printing(errors.OK):
            emit("" if request.quiet else NOTHING_TO_DO, sys.stdout)
        return errors.OK
    from gitopsgen.cli.act import act, run_trees, show

    if request.config_repo:
        return run_trees(request, root)
    outcome = act(request, root)
    with printing(outcome.exit_code):
        show(request, outcome)
    return outcome.exit_code


def _may_believe_lock(request: Request) -> bool:
    """The lock knows that nothing changed, but not the warnings that a machine's report has to hold every time."""
    return not (request.full or request.wishes != NO_WISHES) and request.command != "diff" and request.format == "text"


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
        from gitopsgen.cli.act import act

        outcome = act(request, root)
    except (WriteError, UnsafePathError, OSError) as error:
        return errors.CONFLICT, 0, f"{error}\n"
    except Exception as error:  # noqa: BLE001 - one repository must not stop the others
        return errors.BUG, 0, f"bug of gitopsgen: {type(error).__name__}: {error}\n"
    from gitopsgen.report.text import changes_text, diagnostics_text

    text = diagnostics_text(outcome.diagnostics)
    if outcome.decision and outcome.exit_code:
        text += changes_text(outcome.decision.changes)
    return outcome.exit_code, len(outcome.written), text
