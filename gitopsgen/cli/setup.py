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
    from gitopsgen.cli.run import Request, show
    from gitopsgen.compiler import compiler_for, inspect
    from gitopsgen.report.out import emit
    from gitopsgen.report.steps import steps_text
    from gitopsgen.setup import setup_steps

    root = base_directory(ctx, directory)
    found = inspect(root)
    if found.compiled is None:
        show(Request("check", (root,)), found)
        return found.exit_code
    steps = setup_steps(found.compiled.plan, found.compiled.packs, compiler_for(root).renderer)
    emit(steps_text(steps), sys.stdout)
    return 0
