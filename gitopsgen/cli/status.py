"""`gitopsgen status`."""

import sys

import click

from gitopsgen.cli.main import ExampleCommand, app_directory, shared_options


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen status                  # every file: verdict, class, pack
gitopsgen status --format json    # the same for machines
""",
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How to print it.")
@shared_options
@click.pass_context
def command(ctx: click.Context, format_: str, directory: str, quiet: bool) -> int:  # noqa: ARG001
    """List every file that gitopsgen has to do with: what would happen to it, whose it is, where it comes from.

    Exit codes as those of check.
    """
    from gitopsgen.cli.run import show_diagnostics
    from gitopsgen.compiler import inspect
    from gitopsgen.report.out import emit
    from gitopsgen.report.status import status_json, status_text

    outcome = inspect(app_directory(ctx, directory))
    show_diagnostics(outcome)
    if outcome.decision is not None and outcome.compiled is not None:
        rows = (outcome.decision.changes, outcome.compiled.ejected.values(), frozenset(outcome.compiled.plain))
        emit(status_json(*rows) if format_ == "json" else status_text(*rows), sys.stdout)
    return outcome.exit_code
