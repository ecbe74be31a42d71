"""`gitopsgen setup`."""

import sys

import click

from gitopsgen.cli.main import ExampleCommand, base_directory, shared_options


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen setup             # every step outside the repository, in order, with its commands
""",
)
@shared_options
@click.pass_context
def command(ctx: click.Context, directory: str, quiet: bool) -> int:  # noqa: ARG001
    """Show what is to be done outside the repository: accounts, credentials, trust, and how to see that it works."""
    from gitopsgen.cli.run import Request, run
    from gitopsgen.compiler import compiler_for, inspect
    from gitopsgen.report.out import emit
    from gitopsgen.report.steps import steps_text
    from gitopsgen.setup import setup_steps

    root = base_directory(ctx, directory)
    compiled = inspect(root).compiled
    if compiled is None:
        return run(Request("check", (root,), quiet=True, full=True))
    emit(steps_text(setup_steps(compiled.plan, compiled.packs, compiler_for(root).renderer)), sys.stdout)
    return 0
