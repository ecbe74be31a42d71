"""`gitopsgen schema`."""

import sys

import click

from gitopsgen.cli.main import ExampleCommand, base_directory, shared_options


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen schema > gitopsgen.schema.json    # JSON Schema of the spec, packs of this repository included
gitopsgen schema --pack                     # JSON Schema of pack.yaml
""",
)
@click.option("--pack", is_flag=True, help="The schema of a pack manifest instead.")
@shared_options
@click.pass_context
def command(ctx: click.Context, pack: bool, directory: str, quiet: bool) -> int:  # noqa: ARG001
    """Print the JSON Schema of the spec, for editors and other tools."""
    from gitopsgen.compiler import compiler_for
    from gitopsgen.core import assets
    from gitopsgen.packs.schema import spec_schema_text
    from gitopsgen.report.out import emit

    catalogue = compiler_for(base_directory(ctx, directory)).catalogue
    emit(assets.schema_text("pack.schema") if pack else spec_schema_text(catalogue), sys.stdout)
    return 0
