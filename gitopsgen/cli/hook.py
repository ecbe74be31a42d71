"""`gitopsgen hook`: what git runs before a commit."""

import os
import shlex
import sys

import click

from gitopsgen.cli.check import in_base
from gitopsgen.cli.main import ExampleCommand, base_directory, shared_options
from gitopsgen.hook.script import Changed, install, uninstall
from gitopsgen.report.out import emit


@click.group()
def command() -> None:
    """Judge each commit before it is made: the staged spec, and the staged files that follow from it."""


@command.command(
    cls=ExampleCommand,
    name="run",
    short_help="Judge what is staged.",
    examples="""
gitopsgen hook run                # what the hook calls
gitopsgen hook run services/*     # many apps in one repository
""",
)
@click.argument("roots", nargs=-1, metavar="[DIR]...")
@shared_options
@click.pass_context
def run_command(ctx: click.Context, roots: tuple[str, ...], directory: str, quiet: bool) -> int:
    """Judge what is staged; without a staged file of ours, do nothing at once.

    When the files are behind the staged spec, they are written into the working tree, for you to look at and to stage;
    nothing is ever staged for you. Exit code 0: commit. 1: stage what was written. Others as for check.
    """
    base = base_directory(ctx, directory)
    return run_hook(base, list(in_base(base, roots)), quiet=quiet or ctx.obj["quiet"])


def run_hook(base: str, roots: list[str], *, quiet: bool = False) -> int:
    """Judge what is staged of the apps at `roots`, and return the highest exit code."""
    from gitopsgen.hook.quick import concerned

    left = concerned(base, roots)
    if not left:
        return 0
    from gitopsgen.enclosing import root_of

    worst = 0
    for root in dict.fromkeys(map(root_of, left)):
        worst = max(worst, _run_one(root, quiet=quiet))
    return worst


def _run_one(root: str, *, quiet: bool) -> int:
    from gitopsgen.cli.act import show, tell_waiting
    from gitopsgen.cli.guard import printing
    from gitopsgen.cli.run import Request
    from gitopsgen.entry import is_unchanged
    from gitopsgen.hook.run import Door, judge
    from gitopsgen.report.out import colour_wanted
    from gitopsgen.report.text import diagnostics_text

    found = judge(root, Door(is_unchanged, tell_waiting))
    with printing(found.exit_code):
        if found.outcome is not None:
            show(Request("generate" if found.wrote else "check", (root,), quiet=quiet), found.outcome)
        emit(diagnostics_text(found.diagnostics, colour=colour_wanted(sys.stderr)), sys.stderr)
        if found.to_stage:
            emit(_stage_text(found.to_stage, wrote=found.wrote), sys.stderr)
    return found.exit_code


def _stage_text(to_stage: tuple[str, ...], *, wrote: bool) -> str:
    """Return what to do next; git runs hooks at the top, which need not be where the person is."""
    from gitopsgen.report.safe import safe

    told = "were written now" if wrote else "are in the working tree"
    mark = ":/" if os.environ.get("GIT_PREFIX") else ""
    line = safe(shlex.join(["git", "add", "--", *(mark + path for path in to_stage)]))
    return f"gitopsgen: files that belong to this commit {told}; look at them, stage them, commit again:\n    {line}\n"


@command.command(
    cls=ExampleCommand,
    name="install",
    short_help="Write git's pre-commit hook.",
    examples="""
gitopsgen hook install                # before every commit in this repository
gitopsgen hook install services/*     # many apps in one repository
""",
)
@click.argument("roots", nargs=-1, metavar="[DIR]...")
@shared_options
@click.pass_context
def install_command(ctx: click.Context, roots: tuple[str, ...], directory: str, quiet: bool) -> int:
    """Write git's pre-commit hook, where git looks for it; a hook that somebody else wrote is left alone.

    Exit code 0: it is there. 4: there is another one, and what to add to it is said.
    """
    changed = install(in_base(base_directory(ctx, directory), roots))
    return _show(changed, quiet=quiet or ctx.obj["quiet"])


@command.command(
    cls=ExampleCommand,
    name="uninstall",
    short_help="Remove that hook.",
    examples="""
gitopsgen hook uninstall
""",
)
@shared_options
@click.pass_context
def uninstall_command(ctx: click.Context, directory: str, quiet: bool) -> int:
    """Remove git's pre-commit hook, if gitopsgen wrote it."""
    return _show(uninstall(base_directory(ctx, directory)), quiet=quiet or ctx.obj["quiet"])


def _show(changed: Changed, *, quiet: bool) -> int:
    from gitopsgen.report.safe import safe
    from gitopsgen.report.text import diagnostics_text

    emit(diagnostics_text(changed.diagnostics), sys.stderr)
    if changed.done and not quiet:
        emit(f"{safe(changed.path)}: {changed.done}\n", sys.stdout)
    return changed.exit_code
