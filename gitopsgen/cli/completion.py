"""`gitopsgen completion`."""

import sys

import click
from click.shell_completion import get_completion_class

from gitopsgen.cli.main import ExampleCommand, cli
from gitopsgen.report.out import emit


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen completion bash >> ~/.bashrc
gitopsgen completion zsh >> ~/.zshrc
gitopsgen completion fish > ~/.config/fish/completions/gitopsgen.fish
""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the script that teaches your shell to complete gitopsgen."""
    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"no completion for {shell}")
    maker = completion(cli, {}, "gitopsgen", "_GITOPSGEN_COMPLETE")
    emit(maker.source_template % maker.source_vars(), sys.stdout)
    return 0
