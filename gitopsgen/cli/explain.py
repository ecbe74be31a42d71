"""`gitopsgen explain`."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from gitopsgen.cli.main import ExampleCommand, app_directory, base_directory, shared_options

if TYPE_CHECKING:
    from gitopsgen.compiler import Compiler
    from gitopsgen.core.repopath import Root
    from gitopsgen.project import Project


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen explain                   # every field of the spec
gitopsgen explain replicas          # one field: type, default and its reason, example
gitopsgen explain runtime           # a section: what all its systems have, and what the one has that the spec chooses
gitopsgen explain runtime/node      # what one system has
gitopsgen explain Dockerfile        # one file: pack, template, class, the fields it depends on
""",
)
@click.argument("name", default="", metavar="[FIELD|FILE]")
@shared_options
@click.pass_context
def command(ctx: click.Context, name: str, directory: str, quiet: bool) -> int:  # noqa: ARG001
    """Explain a field of the spec, or a generated file."""
    from gitopsgen.compiler import compiler_for, read_spec
    from gitopsgen.core.repopath import Root
    from gitopsgen.explain import chosen_systems, common, fields, of_system, unknown_field
    from gitopsgen.outcome import Outcome
    from gitopsgen.report.help import field_text, fields_text, others_text
    from gitopsgen.report.out import emit
    from gitopsgen.spec.sections import SECTIONS

    here, repository = base_directory(ctx, directory), Root(app_directory(ctx, directory))
    compiler = compiler_for(repository.path)
    project = read_spec(repository)
    home = "" if isinstance(project, Outcome) else project.home_of(_between(repository.path, here))
    chosen = {} if isinstance(project, Outcome) else chosen_systems(compiler.catalogue, project, home)
    system = of_system(compiler.catalogue, name)
    if system:
        name, chosen[system[0]] = system
    known = fields(compiler.catalogue, chosen)
    if not name:
        emit(fields_text(known), sys.stdout)
        return 0
    matching = [field for field in known if field.field == name or field.field.startswith(f"{name}.")]
    if matching:
        is_open = name in [section.kind for section in SECTIONS] and name not in chosen
        emit(field_text(common(matching) if is_open else matching), sys.stdout)
        emit(others_text(name, compiler.catalogue.names(name), chosen.get(name, "")), sys.stdout)
        return 0
    names = [field.field for field in known]
    if isinstance(project, Outcome):
        raise click.UsageError(unknown_field(name, names, project.diagnostics[0].message))
    return _explain_file(compiler, repository, project, home, name, names)


def _explain_file(
    compiler: "Compiler", repository: "Root", project: "Project", home: str, name: str, fields: Sequence[str]
) -> int:
    """Explain a generated file; `home` is the folder of the service that one stands in. Raises click.UsageError."""
    from gitopsgen.cli.act import show
    from gitopsgen.cli.run import Request
    from gitopsgen.explain import file_help, unknown_name
    from gitopsgen.outcome import Outcome
    from gitopsgen.report.help import file_text
    from gitopsgen.report.out import emit

    compiled = compiler.compile(project, repository)
    if isinstance(compiled, Outcome):
        show(Request("check"), compiled)
        return compiled.exit_code
    files = compiled.files
    path = name.removeprefix("./")
    # A path starts at the root like everywhere; in the folder of a service it may start there too.
    for start in ("", home):
        for file in [file for file in files if file.path == start + path]:
            emit(file_text(file_help(compiler, repository, project, file)), sys.stdout)
            return 0
    raise click.UsageError(unknown_name(name, [*fields, *(file.path for file in files)]))


def _between(root: str, folder: str) -> str:
    return os.path.relpath(os.path.realpath(folder), os.path.realpath(root))
