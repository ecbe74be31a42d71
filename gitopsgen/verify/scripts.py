"""Scripts that commands of the spec run: the file that has them must have one of that name.

Which commands run scripts is data of the packs (`scripts`). Only what the spec itself says is looked at: what follows
from a default may be written later.
"""

import json
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.plan.model import Service

_LARGEST = 1 << 20
"""Bytes; what is larger was written by no person."""


def missing_scripts(services: Iterable[tuple[SourceDoc, Service]], repository: Root) -> list[Diagnostic]:
    """Return a warning for each script that a command runs, and that the file of scripts has not."""
    return [
        found
        for doc, (plan, packs) in services
        for rule in packs["runtime"].get("scripts", ())
        for found in _of_rule(doc, plan.runtime, rule, repository)
    ]


def _of_rule(
    doc: SourceDoc, runtime: Mapping[str, Any], rule: Mapping[str, Any], repository: Root
) -> Iterator[Diagnostic]:
    commands = {field: str(runtime.get(field) or "") for field in rule["fields"] if ("runtime", field) in doc.values}
    run = {
        field: [found[1] for found in re.finditer(rule["pattern"], command) if found[1]]
        for field, command in commands.items()
        if not re.search(rule.get("unless") or "(?!)", command)
    }
    if not any(run.values()):
        return
    path = posixpath.join(runtime["folder"], rule["file"])
    known = _scripts(repository, path, rule["key"])
    for field, names in run.items() if known is not None else ():
        for name in names:
            if name not in (known or ()):
                yield _problem(doc, field, name, path, known or ())


def _scripts(repository: Root, path: str, key: str) -> Collection[str] | None:
    """Return the names of the scripts, None where no file has any that could be understood."""
    try:
        with open(repository.locate(RepoPath(path)), "rb") as file:
            return list(json.loads(file.read(_LARGEST))[key])
    except (OSError, UnsafePathError, ValueError, LookupError, TypeError):
        return None


def _problem(doc: SourceDoc, field: str, name: str, path: str, known: Collection[str]) -> Diagnostic:
    import difflib

    close = difflib.get_close_matches(name, known, n=1)
    cure = f"is it {close[0]}? Else write the script" if close else "correct the name, or write the script"
    found = doc.find("runtime.missing-script", f"{path} has no script {name}", cure, ("runtime", field))
    return found._replace(severity="warning")
