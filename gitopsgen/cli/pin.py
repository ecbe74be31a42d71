"""`gitopsgen pin`."""

import sys

import click

from gitopsgen.cli.main import ExampleCommand, app_directory, shared_options


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen pin                                    # what the outputs pin: version, digest or commit, date, source
gitopsgen pin --update                           # record today's digests; asks registries and git hosts
gitopsgen pin --update actions/checkout@v7.1.0   # move an action to another tag
""",
)
@click.argument("names", nargs=-1, metavar="[NAME@TAG]...")
@click.option("--update", is_flag=True, help="Look everything up and write .gitopsgen/pins.yaml; uses the network.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How to print it.")
@shared_options
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], update: bool, format_: str, directory: str, quiet: bool) -> int:
    """Show what the generated files pin: base images, actions, tools.

    With --update, registries are asked for the digest of each base image, and git hosts for the commit of each action's
    tag. All of it is written, or nothing; the next `gitopsgen generate` uses it. NAME@TAG moves an action or a tool to
    another version.
    """
    from gitopsgen.cli.act import show_diagnostics, tell_waiting
    from gitopsgen.outcome import Outcome
    from gitopsgen.repin import update as repin
    from gitopsgen.report.out import emit
    from gitopsgen.report.pins import pins_json, pins_text

    wanted = _wanted(names)
    if wanted and not update:
        raise click.UsageError("NAME@TAG goes with --update")
    base = app_directory(ctx, directory)
    found = repin.update(base, wanted, _today(), tell_waiting) if update else repin.pinned(base)
    if isinstance(found, Outcome):
        show_diagnostics(found)
        return found.exit_code
    if format_ == "json":
        emit(pins_json(found.items, found.newer), sys.stdout)
    elif not (quiet or ctx.obj["quiet"]):
        emit(pins_text(found.items, found.newer, updated=update), sys.stdout)
    return 0


def _wanted(names: tuple[str, ...]) -> dict[str, str]:
    from gitopsgen.pins.model import TAG

    split = [name.partition("@") for name in names]
    for name, _, tag in split:
        if not name or not TAG.match(tag):
            raise click.UsageError(f"{name!r} is not NAME@TAG, such as actions/checkout@v7.1.0")
    return {name: tag for name, _, tag in split}


def _today() -> str:
    import datetime

    return datetime.datetime.now(datetime.UTC).date().isoformat()
