"""`gitopsgen diff`."""

import click

from gitopsgen.cli.main import ExampleCommand, app_directory, shared_options
from gitopsgen.cli.run import Request, run


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen diff                  # exactly what generate would do
gitopsgen diff --stat           # only how much, for each file
gitopsgen diff | git apply      # the same as generate
""",
)
@click.option("--stat", is_flag=True, help="Print numbers instead of lines.")
@shared_options
@click.pass_context
def command(ctx: click.Context, stat: bool, directory: str, quiet: bool) -> int:
    """Show what generate would write, as a unified diff that git can apply.

    Exit code 0: nothing. 1: something. Others as for check.
    """
    return run(
        Request(
            "diff",
            (app_directory(ctx, directory),),
            quiet=quiet or ctx.obj["quiet"],
            stat=stat,
        )
    )
