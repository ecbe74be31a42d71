"""The click group and what all commands share."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from gitopsgen import __version__
from gitopsgen.cli.guard import guarded

if TYPE_CHECKING:
    from gitopsgen.plan.model import Service

# \b keeps click from filling the lines of the next paragraph.
_HELP = """A compiler for GitOps delivery: one short app spec in, everything the repository needs out.

\b
Start:       gitopsgen init
Change:      edit gitopsgen.yaml, then gitopsgen diff and gitopsgen generate
Guard:       gitopsgen check --full in CI
Understand:  gitopsgen explain, gitopsgen setup
"""


class ExampleCommand(click.Command):
    """A command whose help ends with examples, printed as they are written."""

    def __init__(self, *words: Any, examples: str = "", **options: Any) -> None:
        super().__init__(*words, **options)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the examples."""
        if self.examples:
            with formatter.section("Examples"):
                formatter.write("".join(f"  {line}\n" for line in self.examples.strip().split("\n")))


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for, so that no command pays for another."""

    commands_by_name = (
        *("init", "generate", "check", "diff", "status", "adopt", "eject", "upgrade", "hook"),
        *("pin", "explain", "schema", "setup", "completion"),
    )

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order in which people meet them."""
        return list(self.commands_by_name)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command."""
        if cmd_name not in self.commands_by_name:
            return None
        import importlib

        module = importlib.import_module(f"gitopsgen.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say "did you mean" for an unknown command."""
        from gitopsgen.core.suggest import did_you_mean

        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            raise click.UsageError(f"no command {args[0]!r}{did_you_mean(args[0], self.commands_by_name)}")
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="gitopsgen", message="%(prog)s %(version)s")
@click.option("-C", "directory", metavar="DIR", default="", help="Work in DIR instead of the current folder.")
@click.option("-q", "--quiet", is_flag=True, help="Print only what somebody must act on.")
@click.pass_context
def cli(ctx: click.Context, directory: str, quiet: bool) -> None:
    """Keep what stands before the command for the command."""
    ctx.obj = {"directory": directory, "quiet": quiet}


def shared_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command -C and --quiet too, so that they may stand before or after its name."""
    command = click.option("-q", "--quiet", is_flag=True, help="Print only what somebody must act on.")(command)
    return click.option("-C", "directory", metavar="DIR", default="", help="Work in DIR.")(command)


service_option = click.option(
    "--service", metavar="NAME", default="", help="In a workspace: only what concerns the service NAME."
)


def meant(services: "Sequence[Service]", name: str) -> "list[Service]":
    """Return the service of that name, all for an empty one. Raises click.UsageError when there is none."""
    if not name:
        return list(services)
    found = [service for service in services if service.plan.name == name]
    if not found:
        from gitopsgen.core.suggest import did_you_mean

        names = [service.plan.name for service in services]
        raise click.UsageError(f"--service {name}: there is no such service{did_you_mean(name, names)}")
    return found


def base_directory(ctx: click.Context, directory: str) -> str:
    """Return the folder to work in. Raises click.UsageError when it is none."""
    import os

    chosen = directory or ctx.obj["directory"] or "."
    if not os.path.isdir(chosen):
        raise click.UsageError(f"-C {chosen}: there is no such folder")
    return chosen


def app_directory(ctx: click.Context, directory: str) -> str:
    """Return the folder to work in; in the folder of a service that is its workspace. Raises click.UsageError."""
    from gitopsgen.enclosing import root_of

    return root_of(base_directory(ctx, directory))


def run_cli() -> int:
    """Run the command line through click and return its exit code."""
    try:
        return guarded(lambda: int(cli.main(standalone_mode=False, prog_name="gitopsgen") or 0))
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        sys.stderr.write("\ngitopsgen: interrupted\n")
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
