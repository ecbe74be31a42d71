"""`gitopsgen setup`."""

import sys

import click

from gitopsgen.cli.main import ExampleCommand, app_directory, meant, service_option, shared_options


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen setup                       # every step outside the repository, in order, with its commands
gitopsgen setup --format markdown     # the same, to be pasted into a ticket
gitopsgen setup --format json         # the same for machines, and every credential of the pipeline
gitopsgen setup --service shop        # in a workspace: what one service needs
gitopsgen setup --check               # what can be seen of it from here: git, tools; without a network
""",
)
@click.option("--check", is_flag=True, help="Look what is done already, as far as it can be seen from here.")
@click.option("--format", "format_", type=click.Choice(["text", "markdown", "json"]), default="text", help="The form.")
@service_option
@shared_options
@click.pass_context
def command(ctx: click.Context, check: bool, format_: str, service: str, directory: str, quiet: bool) -> int:  # noqa: ARG001
    """Show what is to be done outside the repository: accounts, trust, credentials, and how to see that it works.

    With --check exit code 1 says that something is missing.
    """
    from gitopsgen import __version__
    from gitopsgen.cli.act import show
    from gitopsgen.cli.run import Request
    from gitopsgen.compiler import compiler_for, inspect
    from gitopsgen.core import errors
    from gitopsgen.report.out import emit
    from gitopsgen.report.setup import Setup, checks_markdown, checks_text, setup_json, setup_markdown
    from gitopsgen.report.steps import steps_text
    from gitopsgen.setup import setup_steps

    root = app_directory(ctx, directory)
    found = inspect(root)
    if found.compiled is None:
        show(Request("check", (root,), format="json" if format_ == "json" else "text"), found)
        return found.exit_code
    services = found.compiled.services
    plans = [each.plan for each in meant(services, service)]
    steps = setup_steps(services, compiler_for(root).renderer, root, only=service)
    credentials = list(dict.fromkeys(each for plan in plans for each in plan.credentials))
    names, plan = ", ".join(plan.name for plan in plans), plans[0]
    setup = Setup(names, plan.mode, plan.repository.url, plan.repository.branch, steps, credentials)
    code = errors.OK
    if check:
        from gitopsgen.setup_check import all_good, check_setup

        checks = check_setup(root, found.compiled, found, steps)
        setup, code = setup._replace(checks=checks), errors.OK if all_good(checks) else errors.DRIFT
    if format_ == "json":
        text = setup_json(setup, version=__version__)
    elif format_ == "markdown":
        text = checks_markdown(setup) if check else setup_markdown(setup)
    else:
        text = checks_text(setup.checks or ()) if check else steps_text(steps)
    emit(text, sys.stdout)
    return code
