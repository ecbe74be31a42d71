"""`gitopsgen upgrade`."""

import os
import stat
import sys
from contextlib import nullcontext, suppress
from typing import NamedTuple

import click

from gitopsgen.cli.act import tell_waiting
from gitopsgen.cli.guard import printing
from gitopsgen.cli.main import ExampleCommand, app_directory, shared_options
from gitopsgen.compiler import compiler_for
from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic, has_errors, in_order, untold
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.packs.catalogue import PackError
from gitopsgen.packs.validate import validate
from gitopsgen.project import SPEC_NAME, WORKSPACE_NAME, Project, read_project
from gitopsgen.repo.change import Change
from gitopsgen.repo.transaction import STAGING, Transaction, sweep
from gitopsgen.repo.turn import turn
from gitopsgen.report.diff import diff_bytes
from gitopsgen.report.out import colour_wanted, emit
from gitopsgen.report.text import diagnostics_text
from gitopsgen.spec.inherit import DEFAULTS
from gitopsgen.spec.upgrade import VERSION_FIELD, Done, Upgrade, upgrade
from gitopsgen.spec.upgrade_steps import shipped_versions


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen upgrade           # rewrites gitopsgen.yaml in the current version of its format, or those of a workspace
gitopsgen upgrade --diff    # only shows what it would change
""",
)
@click.option("--diff", "only_diff", is_flag=True, help="Write nothing; print a unified diff that git can apply.")
@shared_options
@click.pass_context
def command(ctx: click.Context, only_diff: bool, directory: str, quiet: bool) -> int:
    """Rewrite a gitopsgen.yaml of an older version of the format, in a workspace its file and all specs.

    Comments, order, quotes and line ends stay. Nothing else is written; run generate afterwards.

    Exit code 0: it is in the current version. 1: with --diff, there is something to do. 3: somebody has to do
    something by hand first, and nothing was written.
    """
    repository = Root(app_directory(ctx, directory))
    with nullcontext() if only_diff else turn(repository.path, tell_waiting):
        found = _upgraded(repository)
        if isinstance(found, _InTheWay):
            with printing(errors.SPEC_INVALID):
                _show_mistakes(found.problems)
            return errors.SPEC_INVALID
        to_do = [one for one in found if one.after != one.before]
        if to_do and not only_diff:
            _write(repository, to_do)
    code = errors.DRIFT if to_do and only_diff else errors.OK
    with printing(code):
        _show(repository, found, only_diff=only_diff, quiet=quiet or ctx.obj["quiet"])
    return code


class _InTheWay(NamedTuple):
    """All that somebody has to mend first."""

    problems: list[Diagnostic]


def _upgraded(repository: Root) -> list[Upgrade] | _InTheWay:
    """Return each spec before and after, in a workspace its file first; or all that is in the way."""
    shared = repository.read(WORKSPACE_NAME)
    spec = repository.read(SPEC_NAME) if shared is None else None
    if shared is None and spec is None:
        cure = "`-C DIR` names another folder"
        return _InTheWay([Diagnostic("spec.missing-file", f"there is no {SPEC_NAME} here", cure, SPEC_NAME)])
    first = upgrade(SPEC_NAME, spec) if spec is not None else upgrade(WORKSPACE_NAME, shared or b"", below=(DEFAULTS,))
    if isinstance(first, Diagnostic):
        return _InTheWay([first])
    project = read_project(repository, {RepoPath(first.doc.path): first.after})
    if isinstance(project, list):
        told = [first.as_before(one) if one.path == first.doc.path else one for one in project]
        return _InTheWay([*first.diagnostics] or told)
    others = [upgrade(source.path, source.raw) for source in project.specs] if shared is not None else []
    found = [first, *(one for one in others if isinstance(one, Upgrade))]
    wrong = [one for one in others if isinstance(one, Diagnostic)]
    wrong += [one for each in found for one in each.diagnostics]
    wrong = wrong or _mistakes(repository, project, found)
    return _InTheWay(wrong) if wrong else found


def _mistakes(repository: Root, project: Project, found: list[Upgrade]) -> list[Diagnostic]:
    """Return what would be wrong with the specs in the current version, with places in the files as they are.

    Where nothing is of an older version, `check` is who looks for mistakes.
    """
    by_path = {one.doc.path: one for one in found}
    if all(one.doc.data.get(VERSION_FIELD) == shipped_versions().current for one in found):
        return []
    catalogue = compiler_for(repository.path).catalogue
    problems: list[Diagnostic] = []
    for source in project.specs:
        doc = project.read(source._replace(raw=by_path[source.path].after))
        try:
            told = [doc] if isinstance(doc, Diagnostic) else validate(doc, catalogue)[1]
        except PackError as error:
            return list(error.diagnostics)
        problems += untold(told, problems)
    return [by_path[one.path].as_before(one) for one in problems] if has_errors(problems) else []


def _show_mistakes(found: list[Diagnostic]) -> None:
    text = diagnostics_text(in_order(found), colour=colour_wanted(sys.stderr))
    paths = {one.path for one in found}
    emit(f"{text}{f'{paths.pop()} was not' if len(paths) == 1 else 'nothing was'} changed\n", sys.stderr)


def _show(repository: Root, found: list[Upgrade], *, only_diff: bool, quiet: bool) -> None:
    """Print what was done. What is lost is said always; with --diff all words go to the other stream."""
    if all(not one.done and one.after == one.before for one in found):
        name, current = found[0].doc.path, found[0].doc.data[VERSION_FIELD]
        others = " and the specs of all services are" if len(found) > 1 else " is"
        emit("" if quiet else f"{name}{others} {current}: nothing to do\n", sys.stdout)
        return
    words = "".join(_line(one, done) for one in found for done in one.done if done.is_loss or not quiet)
    changed = [one for one in found if one.after != one.before]
    if only_diff:
        modes = [_mode(repository, RepoPath(one.doc.path)) for one in changed]
        emit(words, sys.stderr)
        emit(diff_bytes([_change(one, mode) for one, mode in zip(changed, modes, strict=True)]), sys.stdout)
        return
    names = ", ".join(one.doc.path for one in changed)
    verb = "is" if len(changed) == 1 else "are"
    end = f"{names} {verb} {shipped_versions().current} now; run gitopsgen generate\n"
    emit(words if quiet else words + end, sys.stdout)


def _change(one: Upgrade, mode: int) -> Change:
    return Change(RepoPath(one.doc.path), "update", "managed", one.before, one.after, mode, "", mode_before=mode)


def _line(one: Upgrade, done: Done) -> str:
    return f"{one.doc.path}:{done.position.line}: {done.text}: {done.because}\n"


def _mode(repository: Root, path: RepoPath) -> int:
    return stat.S_IMODE(os.lstat(repository.locate(path)).st_mode)


def _write(repository: Root, found: list[Upgrade]) -> None:
    """Put the new texts in the place of the old ones, all or none of them. Raises WriteError."""
    sweep(repository)
    work = Transaction(repository, durable=True)
    try:
        for one in found:
            path = RepoPath(one.doc.path)
            work.write(path, one.before, one.after, _mode(repository, path))
        work.barrier()
        work.commit()
    except BaseException:
        work.roll_back()
        raise
    work.clean_up()
    with suppress(OSError):
        os.rmdir(os.path.join(repository.path, os.path.dirname(STAGING)))
