"""The workspace file: which folders of a repository hold services, and what their specs have in common."""

import re
from collections.abc import Iterator
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.spec import patterns
from gitopsgen.spec.inherit import DEFAULTS

VERSION = "gitopsgen/v1"
SERVICES = "services"
_FIELDS = ("apiVersion", SERVICES, DEFAULTS)
# What is of one service only.
_OWN = ("apiVersion", "name")
MOST = 500
"""How many patterns of folders a workspace file may hold."""


def workspace_errors(doc: SourceDoc) -> list[Diagnostic]:
    """Return every mistake of a workspace file; what `defaults` says is judged with the spec of each service."""
    return list(_errors(doc))


def _errors(doc: SourceDoc) -> Iterator[Diagnostic]:
    data = doc.data
    for name in data:
        if name not in _FIELDS:
            message = f'"{name}" is not a field of the workspace file{did_you_mean(name, _FIELDS)}'
            cure = f"fields here: {', '.join(sorted(_FIELDS))}; what is for every service goes below `{DEFAULTS}`"
            yield doc.find("workspace.unknown-field", message, cure, (name,), key=True)
    for name, example in (("apiVersion", VERSION), (SERVICES, "[services/*]")):
        if name not in data:
            yield doc.find("workspace.missing-field", f'"{name}" is missing', f"add `{name}: {example}`", ())
    if data.get("apiVersion", VERSION) != VERSION:
        message = f"this gitopsgen reads workspace files of the version {VERSION}"
        cure = f"run gitopsgen upgrade, or write `apiVersion: {VERSION}`"
        yield doc.find("workspace.version", message, cure, ("apiVersion",))
    yield from _services(doc, data.get(SERVICES, ["*"]))
    yield from _defaults(doc, data.get(DEFAULTS, {}))


def _services(doc: SourceDoc, services: Any) -> Iterator[Diagnostic]:
    what, example = patterns.EXPLAINED[patterns.SERVICES]
    if not isinstance(services, list) or not 1 <= len(services) <= MOST:
        yield _bad(doc, (SERVICES,), f"a list of 1 to {MOST} folders", f"for example [{example}]")
        return
    for index, item in enumerate(services):
        if not isinstance(item, str) or not re.search(patterns.SERVICES, item):
            yield _bad(doc, (SERVICES, index), what, f"for example {example}")


def _defaults(doc: SourceDoc, defaults: Any) -> Iterator[Diagnostic]:
    if not isinstance(defaults, dict):
        yield _bad(doc, (DEFAULTS,), "a mapping", "write fields of the spec, such as `branch: main`")
        return
    for name in _OWN:
        if name in defaults:
            cure = "write it in the spec of each service"
            message = f'"{name}" can be no default'
            yield doc.find("workspace.own-field", message, cure, (DEFAULTS, name), key=True)


def _bad(doc: SourceDoc, at: Path, expected: str, cure: str) -> Diagnostic:
    name = ".".join(map(str, at))
    return doc.find("workspace.bad-value", f'"{name}" must be {expected}', cure, at)
