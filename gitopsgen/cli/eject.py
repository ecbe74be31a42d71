"""`gitopsgen eject`."""

import click

from gitopsgen.cli.generate import repo_paths
from gitopsgen.cli.main import ExampleCommand, app_directory, shared_options


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen eject Dockerfile           # from now on it is yours, as it is
gitopsgen eject --back Dockerfile    # have it generated again
""",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--back", is_flag=True, help="Have FILE generated again.")
@shared_options
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], back: bool, directory: str, quiet: bool) -> int:
    """Hand generated files over to you: gitopsgen writes and judges them no more.

    They are listed in .gitopsgen/ejected. What other files refer to in them is still looked up in them.
    """
    from gitopsgen import handover
    from gitopsgen.cli.act import show_handover, tell_waiting

    base = app_directory(ctx, directory)
    change = handover.take_back if back else handover.eject
    outcome = change(base, repo_paths("FILE", files), tell_waiting)
    return show_handover(outcome, quiet=quiet or ctx.obj["quiet"])
