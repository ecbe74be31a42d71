"""`gitopsgen upgrade`."""

import os
import stat
import sys
from contextlib import nullcontext, suppress

import click

from gitopsgen.cli.guard import printing
from gitopsgen.cli.main import ExampleCommand, base_directory, shared_options
from gitopsgen.cli.run import tell_waiting
from gitopsgen.compiler import compiler_for
from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic, has_errors, in_order
from gitopsgen.core.repopath import Root
from gitopsgen.packs.catalogue import PackError
from gitopsgen.packs.validate import validate
from gitopsgen.project import SPEC_NAME
from gitopsgen.repo.change import Change
from gitopsgen.repo.transaction import STAGING, Transaction, sweep
from gitopsgen.repo.turn import turn
from gitopsgen.report.diff import diff_bytes
from gitopsgen.report.out import colour_wanted, emit
from gitopsgen.report.text import diagnostics_text
from gitopsgen.spec.upgrade import VERSION_FIELD, Done, Upgrade, upgrade
from gitopsgen.spec.upgrade_steps import shipped_versions


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen upgrade           # rewrites gitopsgen.yaml in the current version of its format
gitopsgen upgrade --diff    # only shows what it would change
""",
)
@click.option("--diff", "only_diff", is_flag=True, help="Write nothing; print a unified diff that git can apply.")
@shared_options
@click.pass_context
def command(ctx: click.Context, only_diff: bool, directory: str, quiet: bool) -> int:
    """Rewrite a gitopsgen.yaml of an older version of the format.

    Comments, order, quotes and line ends stay. Nothing else is written; run generate afterwards.

    Exit code 0: it is in the current version. 1: with --diff, there is something to do. 3: somebody has to do
    something by hand first, and nothing was written.
    """
    repository = Root(base_directory(ctx, directory))
    with nullcontext() if only_diff else turn(repository.path, tell_waiting):
        found = _upgraded(repository)
        if isinstance(found, list):
            with printing(errors.SPEC_INVALID):
                _show_mistakes(found)
            return errors.SPEC_INVALID
        to_do = found.after != found.before
        if to_do and not only_diff:
            _write(repository, found)
    code = errors.DRIFT if to_do and only_diff else errors.OK
    with printing(code):
        _show(repository, found, only_diff=only_diff, quiet=quiet or ctx.obj["quiet"])
    return code


def _upgraded(repository: Root) -> Upgrade | list[Diagnostic]:
    """Return the spec before and after, or what is in the way."""
    raw = repository.read(SPEC_NAME)
    if raw is None:
        cure = "`-C DIR` names another folder"
        return [Diagnostic("spec.missing-file", f"there is no {SPEC_NAME} here", cure, SPEC_NAME)]
    found = upgrade(SPEC_NAME, raw)
    if isinstance(found, Diagnostic):
        return [found]
    if found.doc.data.get(VERSION_FIELD) == shipped_versions().current:
        return found
    return [*found.diagnostics] or _mistakes(repository, found) or found


def _mistakes(repository: Root, found: Upgrade) -> list[Diagnostic]:
    """Return what would be wrong with the spec in the current version, with places in the file as it is."""
    try:
        _, problems = validate(found.document(), compiler_for(repository.path).catalogue)
    except PackError as error:
        return list(error.diagnostics)
    return [found.as_before(problem) for problem in problems] if has_errors(problems) else []


def _show_mistakes(found: list[Diagnostic]) -> None:
    text = diagnostics_text(in_order(found), colour=colour_wanted(sys.stderr))
    emit(f"{text}{SPEC_NAME} was not changed\n", sys.stderr)


def _show(repository: Root, found: Upgrade, *, only_diff: bool, quiet: bool) -> None:
    """Print what was done. What is lost is said always; with --diff all words go to the other stream."""
    if not found.done and found.after == found.before:
        emit("" if quiet else f"{SPEC_NAME} is {found.doc.data[VERSION_FIELD]}: nothing to do\n", sys.stdout)
        return
    words = "".join(_line(done) for done in found.done if done.is_loss or not quiet)
    if only_diff:
        mode = _mode(repository)
        change = Change(SPEC_NAME, "update", "managed", found.before, found.after, mode, "", mode_before=mode)
        emit(words, sys.stderr)
        emit(diff_bytes([change]), sys.stdout)
        return
    emit(
        words if quiet else f"{words}{SPEC_NAME} is {shipped_versions().current} now; run gitopsgen generate\n",
        sys.stdout,
    )


def _line(done: Done) -> str:
    return f"{SPEC_NAME}:{done.position.line}: {done.text}: {done.because}\n"


def _mode(repository: Root) -> int:
    return stat.S_IMODE(os.lstat(repository.locate(SPEC_NAME)).st_mode)


def _write(repository: Root, found: Upgrade) -> None:
    """Put the new text in the place of the old one, which is there until then. Raises WriteError."""
    sweep(repository)
    work = Transaction(repository, durable=True)
    try:
        work.write(SPEC_NAME, found.before, found.after, _mode(repository))
        work.barrier()
        work.commit()
    except BaseException:
        work.roll_back()
        raise
    work.clean_up()
    with suppress(OSError):
        os.rmdir(os.path.join(repository.path, os.path.dirname(STAGING)))
