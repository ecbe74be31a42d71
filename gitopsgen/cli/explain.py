"""`gitopsgen explain`."""

import sys

import click

from gitopsgen.cli.main import ExampleCommand, app_directory, shared_options


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen explain                   # every field of the spec
gitopsgen explain replicas          # one field: type, default and its reason, example
gitopsgen explain Dockerfile        # one file: pack, template, class, the fields it depends on
""",
)
@click.argument("name", default="", metavar="[FIELD|FILE]")
@shared_options
@click.pass_context
def command(ctx: click.Context, name: str, directory: str, quiet: bool) -> int:  # noqa: ARG001
    """Explain a field of the spec, or a generated file."""
    from gitopsgen.cli.run import Request, show
    from gitopsgen.compiler import compiler_for, read_spec
    from gitopsgen.core.repopath import Root
    from gitopsgen.explain import fields, file_help, unknown_name
    from gitopsgen.outcome import Outcome
    from gitopsgen.report.help import field_text, fields_text, file_text
    from gitopsgen.report.out import emit

    repository = Root(app_directory(ctx, directory))
    compiler = compiler_for(repository.path)
    known = fields(compiler.catalogue)
    if not name:
        emit(fields_text(known), sys.stdout)
        return 0
    matching = [field for field in known if field.field == name or field.field.startswith(f"{name}.")]
    if matching:
        emit(field_text(matching), sys.stdout)
        return 0
    project = read_spec(repository)
    if isinstance(project, Outcome):
        raise click.UsageError(f"{name!r} is no field of the spec, and {project.diagnostics[0].message}")
    compiled = compiler.compile(project, repository)
    if isinstance(compiled, Outcome):
        show(Request("check"), compiled)
        return compiled.exit_code
    files = compiled.files
    for file in files:
        if file.path == name.removeprefix("./"):
            emit(file_text(file_help(compiler, repository, project, file)), sys.stdout)
            return 0
    raise click.UsageError(unknown_name(name, [*(field.field for field in known), *(file.path for file in files)]))
