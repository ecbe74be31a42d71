"""`gitopsgen check`."""

import click

from gitopsgen.cli.main import ExampleCommand, base_directory, shared_options
from gitopsgen.cli.run import Request, run

CONFIG_REPO = click.option(
    "--config-repo",
    "config_repo",
    metavar="DIR",
    default="",
    help="A checkout of the repository that has the manifests: it is brought along, with a lock of its own.",
)
FORMATS = click.Choice(["text", "json", "sarif", "github"])


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen check                     # 0: as the spec says; 1: not, with a reason for each file
gitopsgen check --full              # for CI: compiles again whatever the lock says
gitopsgen check --format github     # annotations on the pull request
gitopsgen check services/*          # many repositories in one call
""",
)
@click.argument("roots", nargs=-1, metavar="[DIR]...")
@click.option("--full", is_flag=True, help="Compile again, even when the lock says that nothing changed.")
@click.option("--format", "format_", type=FORMATS, default="text", help="How to print what was found.")
@CONFIG_REPO
@shared_options
@click.pass_context
def command(
    ctx: click.Context, roots: tuple[str, ...], full: bool, format_: str, config_repo: str, directory: str, quiet: bool
) -> int:
    """Tell whether the repository is what gitopsgen.yaml says.

    Exit code 0: it is. 1: something is to be written. 3: the spec is wrong. 4: a person must decide about a file.
    5: what would be written is wrong. 6: the lock cannot be read.
    """
    base = base_directory(ctx, directory)
    one_report(roots, format_)
    return run(
        Request(
            "check",
            in_base(base, roots),
            quiet=quiet or ctx.obj["quiet"],
            format=format_,
            full=full,
            config_repo=one_tree(config_repo, roots, format_),
        )
    )


def one_report(roots: tuple[str, ...], format_: str) -> None:
    """Raise click.UsageError when several folders are to be told in a format that holds one report."""
    if len(roots) > 1 and format_ != "text":
        raise click.UsageError(f"--format {format_} reports one repository; give one DIR")


def one_tree(config_repo: str, roots: tuple[str, ...], format_: str) -> str:
    """Return the option. Raises click.UsageError beside what it cannot go together with."""
    if config_repo and (len(roots) > 1 or format_ != "text"):
        raise click.UsageError("--config-repo goes with one DIR and text")
    return config_repo


def in_base(base: str, roots: tuple[str, ...]) -> tuple[str, ...]:
    """Return the folders to work in, seen from `base`; `base` itself when none is named."""
    import os

    return tuple(os.path.join(base, root) for root in roots) or (base,)
