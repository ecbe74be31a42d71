"""`gitopsgen generate`."""

import click

from gitopsgen.cli.check import FORMATS, in_base, one_report
from gitopsgen.cli.main import ExampleCommand, base_directory, shared_options
from gitopsgen.cli.run import Request, run
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen generate                      # write what changed, or nothing at all
gitopsgen generate --take Dockerfile    # ours wins; your text is kept under .gitopsgen/kept/
gitopsgen generate services/*           # many repositories in one call
""",
)
@click.argument("roots", nargs=-1, metavar="[DIR]...")
@click.option("--take", "take", multiple=True, metavar="PATH", help="Overwrite PATH, and keep its text aside.")
@click.option("--format", "format_", type=FORMATS, default="text", help="How to print what was found.")
@shared_options
@click.pass_context
def command(
    ctx: click.Context, roots: tuple[str, ...], take: tuple[str, ...], format_: str, directory: str, quiet: bool
) -> int:
    """Write what gitopsgen.yaml says: every file, or none.

    A file that somebody edited, deleted or made is never overwritten: it is shown with the ways out, and nothing is
    written until you choose one.
    """
    base = base_directory(ctx, directory)
    if take and len(roots) > 1:
        raise click.UsageError("--take names files of one repository; give one DIR")
    one_report(roots, format_)
    return run(
        Request(
            "generate",
            in_base(base, roots),
            quiet=quiet or ctx.obj["quiet"],
            format=format_,
            take=repo_paths(take),
        )
    )


def repo_paths(texts: tuple[str, ...]) -> frozenset[RepoPath]:
    """Return the paths of `--take`. Raises click.UsageError for one that is none."""
    try:
        return frozenset(RepoPath(text.removeprefix("./")) for text in texts)
    except UnsafePathError as error:
        raise click.UsageError(f"--take: {error}") from error
