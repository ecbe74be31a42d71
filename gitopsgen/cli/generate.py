"""`gitopsgen generate`."""

import click

from gitopsgen.cli.check import CONFIG_REPO, FORMATS, in_base, one_report, one_tree
from gitopsgen.cli.main import ExampleCommand, base_directory, shared_options
from gitopsgen.cli.run import Request, run
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo.wishes import NO_WISHES, Wishes


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen generate                      # write what changed, or nothing at all
gitopsgen generate --take Dockerfile    # ours wins; your text is kept under .gitopsgen/kept/
gitopsgen generate --keep Dockerfile    # yours stays, this time; the rest is written
gitopsgen generate services/*           # many repositories in one call
gitopsgen generate --config-repo ../config    # the manifests too, where they have a repository of their own
""",
)
@click.argument("roots", nargs=-1, metavar="[DIR]...")
@click.option("--take", "take", multiple=True, metavar="PATH", help="Overwrite PATH, and keep its text aside.")
@click.option("--keep", "keep", multiple=True, metavar="PATH", help="Leave PATH as it is, this time.")
@click.option("--format", "format_", type=FORMATS, default="text", help="How to print what was found.")
@CONFIG_REPO
@shared_options
@click.pass_context
def command(
    ctx: click.Context,
    roots: tuple[str, ...],
    take: tuple[str, ...],
    keep: tuple[str, ...],
    format_: str,
    config_repo: str,
    directory: str,
    quiet: bool,
) -> int:
    """Write what gitopsgen.yaml says: every file, or none.

    A file that somebody edited, deleted or made is never overwritten: it is shown with the ways out, and nothing is
    written until you choose one.
    """
    base = base_directory(ctx, directory)
    wishes = Wishes(repo_paths("--take", take), repo_paths("--keep", keep))
    if wishes != NO_WISHES and len(roots) > 1:
        raise click.UsageError("--take and --keep name files of one repository; give one DIR")
    if wishes.take & wishes.keep:
        raise click.UsageError(f"both --take and --keep: {', '.join(sorted(wishes.take & wishes.keep))}")
    one_report(roots, format_)
    if config_repo and wishes != NO_WISHES:
        raise click.UsageError("--take and --keep are for one tree; run gitopsgen without --config-repo for them")
    return run(
        Request(
            "generate",
            in_base(base, roots),
            quiet=quiet or ctx.obj["quiet"],
            format=format_,
            wishes=wishes,
            config_repo=one_tree(config_repo, roots, format_),
        )
    )


def repo_paths(what: str, texts: tuple[str, ...]) -> frozenset[RepoPath]:
    """Return the paths of an option or argument. Raises click.UsageError for one that is none."""
    try:
        return frozenset(RepoPath(text.removeprefix("./")) for text in texts)
    except UnsafePathError as error:
        raise click.UsageError(f"{what}: {error}") from error
