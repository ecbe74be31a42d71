"""What a Dockerfile copies must be let in by the allow-list beside it: the build finds nothing else.

The templates of a pack and what an override has in their blocks are seen alike.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.files import RenderedFile
from gitopsgen.plan.model import Service
from gitopsgen.verify.dockerfile import instructions

_GLOB = frozenset("*?[$")


def kept_out(services: Iterable[Service], files: Sequence[RenderedFile]) -> list[Diagnostic]:
    """Return a warning for each path that a COPY names and that no line of the allow-list lets in."""
    by_path = {str(file.path): file for file in files}
    found = []
    for plan, _packs in services:
        dockerfile = by_path.get(plan.runtime["dockerfile"])
        ignore = by_path.get(plan.runtime["dockerignore"])
        if dockerfile and ignore:
            found += list(_of_dockerfile(dockerfile, ignore, plan.runtime["folder"]))
    return found


def _of_dockerfile(dockerfile: RenderedFile, ignore: RenderedFile, folder: str) -> Iterator[Diagnostic]:
    lines = ignore.text.splitlines()
    if "*" not in lines:
        return
    let_in = [line[1:].strip("/") for line in lines if line.startswith("!")]
    for number, line in instructions(dockerfile.text):
        for source in _sources(line):
            if not any(_meets(source, name) for name in let_in):
                name = source.removeprefix(f"{folder}/") if folder else source
                message = f"{source} is copied, and {ignore.path} keeps it out, so that the build finds no such file"
                cure = f"add {name} to `runtime.include`"
                found = Diagnostic("output.kept-out", message, cure, dockerfile.path, Position(number, 1), line)
                yield found._replace(severity="warning")


def _sources(line: str) -> list[str]:
    """Return the plain paths of the build's context that an instruction copies; patterns and variables are none."""
    name, _, rest = line.partition(" ")
    words = _words(rest) if name == "COPY" else []
    flags = [word for word in words if word.startswith("--")]
    if any(flag.startswith("--from") for flag in flags) or any(word.startswith("<<") for word in words):
        return []
    paths = [word.removeprefix("./").strip("/") for word in words[len(flags) : -1]]
    return [path for path in paths if path not in ("", ".") and not _GLOB.intersection(path)]


def _words(text: str) -> list[str]:
    if not text.startswith("["):
        return text.split()
    try:
        return [str(word) for word in json.loads(text)]
    except ValueError:
        return []


def _meets(source: str, name: str) -> bool:
    """Whether a line lets in the path, a folder above it or something below it."""
    if name.startswith(f"{source}/"):
        return True
    parts = source.split("/")
    return any(fnmatchcase("/".join(parts[:count]), name) for count in range(1, len(parts) + 1))
