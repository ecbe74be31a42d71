"""Reading rendered files back: every output must be what its language says it is."""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import ryaml

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.files import RenderedFile
from gitopsgen.verify.dockerfile import dockerfile_problems
from gitopsgen.verify.schemas import schema_problems

# What the marks around a block begin with; see repo.block.
_START = ">>> gitopsgen: "
_END = "<<< gitopsgen <<<"


class Output(NamedTuple):
    """A rendered file with its YAML documents; other languages have none."""

    file: RenderedFile
    documents: tuple[Any, ...]


def read_back(
    files: Iterable[RenderedFile], is_own: Callable[[str], bool] = lambda _: False
) -> tuple[list[Output], list[Diagnostic]]:
    """Parse every file and hold it against its schema. Returns the outputs and all that is wrong with them.

    `is_own` tells of a template whether it is the repository's own; scripts from others were proved by tests.
    """
    outputs: list[Output] = []
    problems: list[Diagnostic] = []
    for file in files:
        problems += _text_problems(file)
        documents: tuple[Any, ...] = ()
        if file.language == "yaml":
            try:
                # Of a text that is empty ryaml returns None; an ejected file may be one.
                documents = tuple(ryaml.loads_all(file.text) or ())
            except ryaml.InvalidYamlError as error:
                problems.append(_unreadable(file, error))
                continue
            problems += schema_problems(file, documents)
        elif file.language == "dockerfile":
            problems += dockerfile_problems(file)
        elif file.language == "shell" and is_own(file.template):
            from gitopsgen.verify.shell import shell_problems

            problems += shell_problems(file)
        outputs.append(Output(file, documents))
    return outputs, problems


def _text_problems(file: RenderedFile) -> list[Diagnostic]:
    if file.ownership == "block" and (_START in file.text or _END in file.text):
        message = "the text of a block holds the mark of a block, so its end would not be found again"
        return [Diagnostic("output.text", message, f"mend the template {file.template}", file.path)]
    if file.text.endswith("\n") and "\r" not in file.text and "\0" not in file.text:
        return []
    return [
        Diagnostic(
            "output.text",
            "the file must end with a line end and hold no carriage return or NUL",
            f"mend the template {file.template}",
            file.path,
        )
    ]


def _unreadable(file: RenderedFile, error: Exception) -> Diagnostic:
    text = str(error)
    place = re.search(r"line (\d+)(?:,)? column (\d+)", text)
    position = Position(int(place[1]), int(place[2])) if place else None
    lines = file.text.split("\n")
    source = lines[position.line - 1] if position and position.line <= len(lines) else ""
    return Diagnostic(
        "output.not-yaml",
        f"what was written is not YAML: {text}",
        f"mend the template {file.template}",
        file.path,
        position,
        source,
    )
