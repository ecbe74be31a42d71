"""`gitopsgen adopt`."""

import os

import click

from gitopsgen.cli.generate import repo_paths
from gitopsgen.cli.main import ExampleCommand, app_directory, shared_options


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen adopt k8s/base/deployment.yaml         # record the hand edit; every generate makes it again
gitopsgen adopt                                  # every file that was edited
gitopsgen adopt --refresh k8s/base/deployment.yaml  # keep what still fits the new template
gitopsgen adopt --drop k8s/base/deployment.yaml  # forget the edit and write the file as generated
""",
)
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--refresh", is_flag=True, help="Keep of the recorded edits of FILE what still fits.")
@click.option("--drop", is_flag=True, help="Drop the recorded edits of FILE; they are kept in .gitopsgen/kept/.")
@shared_options
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], refresh: bool, drop: bool, directory: str, quiet: bool) -> int:
    """Record what was edited by hand in generated files, as patches under .gitopsgen/patches/.

    Every later run makes the edit again, on whatever the template says by then; where it no longer fits, that is an
    error. Without FILE: all that were edited. In a repository without a spec: the same as `gitopsgen init --adopt`.
    """
    from gitopsgen import handover
    from gitopsgen.cli.act import show_handover, tell_waiting
    from gitopsgen.project import SPEC_NAME, WORKSPACE_NAME

    base = app_directory(ctx, directory)
    is_bare = not any(os.path.lexists(os.path.join(base, name)) for name in (SPEC_NAME, WORKSPACE_NAME))
    if is_bare and not (files or drop or refresh):
        from gitopsgen.cli import init

        return int(ctx.invoke(init.command, adopt=True, directory=directory, quiet=quiet))
    if drop and refresh:
        raise click.UsageError("choose --drop or --refresh")
    if (drop or refresh) and not files:
        raise click.UsageError(f"{'--drop' if drop else '--refresh'} needs the files that it is about")
    change = handover.drop if drop else handover.refresh if refresh else handover.adopt
    outcome = change(base, repo_paths("FILE", files), tell_waiting)
    return show_handover(outcome, quiet=quiet or ctx.obj["quiet"])
