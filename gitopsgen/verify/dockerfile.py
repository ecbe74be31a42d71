"""What a Dockerfile must hold to be one: known instructions, JSON forms that parse, stages that exist."""

import json
import re
from collections.abc import Iterator

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.files import RenderedFile

_INSTRUCTIONS = re.compile(
    "ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR"
)
# The flags of an instruction, as far as the one that names a stage.
_SOURCES = {
    "COPY": re.compile(r"(?:--\S+ +)*?--from=(\S+)"),
    "RUN": re.compile(r"(?:--\S+ +)*?--mount=\S*\bfrom=([^,\s]+)"),
}
_FROM = re.compile(r"(?:--platform=\S+ +)?(\S+)(?: +[Aa][Ss] +(\S+))?\Z")


def dockerfile_problems(file: RenderedFile) -> list[Diagnostic]:
    """Return what a builder would refuse."""
    problems: list[Diagnostic] = []
    stages: set[str] = set()
    seen_from = False
    for number, line in instructions(file.text):
        name, _, rest = line.partition(" ")
        if not _INSTRUCTIONS.fullmatch(name):
            problems.append(_problem(file, number, line, f"{name} is no Dockerfile instruction"))
        elif not seen_from and name not in ("FROM", "ARG"):
            problems.append(_problem(file, number, line, "the first instruction must be FROM"))
        problems += [_problem(file, number, line, text) for text in _wrong(name, rest.strip(), stages)]
        if name == "FROM":
            seen_from = True
            match = _FROM.match(rest.strip())
            if match and match[2]:
                stages.add(match[2].lower())
    return problems


def _wrong(name: str, rest: str, stages: set[str]) -> Iterator[str]:
    if name in ("CMD", "ENTRYPOINT") and rest.startswith("["):
        try:
            json.loads(rest)
        except ValueError:
            yield f"the list of {name} is not JSON"
    source = _SOURCES[name].match(rest) if name in _SOURCES else None
    if source and ":" not in source[1] and source[1].lower() not in stages and not source[1].isdigit():
        yield f"there is no earlier stage {source[1]}"


def instructions(text: str) -> Iterator[tuple[int, str]]:
    """Yield line number and text of each instruction; continued lines are joined, comments dropped."""
    pending, start = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#") or (not line.strip() and not pending):
            continue
        start = start or number
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        yield start, (pending + line).strip()
        pending, start = "", 0


def _problem(file: RenderedFile, number: int, line: str, message: str) -> Diagnostic:
    cure = f"mend the template {file.template}"
    return Diagnostic("output.dockerfile", message, cure, file.path, Position(number, 1), line)
