"""`gitopsgen status`."""

import sys

import click

from gitopsgen.cli.main import ExampleCommand, app_directory, meant, service_option, shared_options


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen status                  # every file: verdict, class, pack
gitopsgen status --service shop   # in a workspace: the files of one service
gitopsgen status --format json    # the same for machines
""",
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How to print it.")
@service_option
@shared_options
@click.pass_context
def command(ctx: click.Context, format_: str, service: str, directory: str, quiet: bool) -> int:  # noqa: ARG001
    """List every file that gitopsgen has to do with: what would happen to it, whose it is, where it comes from.

    Exit codes as those of check.
    """
    from gitopsgen.cli.act import show_diagnostics, with_unserved
    from gitopsgen.compiler import inspect
    from gitopsgen.report.out import emit
    from gitopsgen.report.status import status_json, status_text

    root = app_directory(ctx, directory)
    outcome = with_unserved(root, inspect(root))
    show_diagnostics(outcome)
    compiled = outcome.compiled
    if outcome.decision is not None and compiled is not None:
        homes = [each.plan.home for each in meant(compiled.services, service)] if service else [""]
        own = {file.path for file in (*compiled.files, *compiled.ejected.values()) if file.home in homes}
        rows = (
            [one for one in outcome.decision.changes if one.path in own or one.path.startswith(homes[0])],
            [file for file in compiled.ejected.values() if not service or file.path in own],
            frozenset(compiled.plain),
        )
        emit(status_json(*rows) if format_ == "json" else status_text(*rows), sys.stdout)
    return outcome.exit_code
