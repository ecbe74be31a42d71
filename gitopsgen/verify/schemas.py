"""Outputs against their schemas."""

import functools
import os
import re
from typing import Any

from gitopsgen.core import assets
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.files import RenderedFile

# The `schema:` of a file whose documents say themselves what they are, by apiVersion and kind.
BY_KIND = "by-kind"


def schema_problems(file: RenderedFile, documents: tuple[Any, ...]) -> list[Diagnostic]:
    """Return what the schema of a file finds wrong with its documents."""
    problems = []
    for document in documents if file.schema else ():
        name = _kind_of(document) if file.schema == BY_KIND else file.schema
        validator = _validator(name)
        if validator is None:
            problems.append(_no_schema(file, name))
        elif not validator.is_valid(document):
            problems += [_problem(file, error) for error in validator.iter_errors(document)]
    return problems


@functools.cache
def _validator(name: str) -> Any:
    import jsonschema_rs

    if not name or not os.path.isfile(os.path.join(assets.SCHEMAS, "resources", f"{name}.json")):
        return None
    return jsonschema_rs.validator_for(assets.schema_text(f"resources/{name}"))


def _kind_of(document: Any) -> str:
    """Return `group_version_Kind`, the name of the document's schema; `core` for the group without a name."""
    if not isinstance(document, dict):
        return ""
    group, _, version = str(document.get("apiVersion", "")).rpartition("/")
    name = f"{group or 'core'}_{version}_{document.get('kind', '')}"
    return name if re.fullmatch(r"[\w.-]+", name, re.ASCII) else ""


def _no_schema(file: RenderedFile, name: str) -> Diagnostic:
    group, _, rest = name.partition("_")
    version, _, kind = rest.partition("_")
    served = assets.served_versions().get(f"{group}_{kind}", [version])
    if version not in served:
        return Diagnostic(
            "output.api-version",
            f"no current release serves {kind} in {group}/{version}, but in {' and '.join(served)}",
            f"mend the template {file.template}, or eject the file",
            file.path,
        )
    return Diagnostic(
        "output.no-schema",
        f"there is no schema for {name or 'a document without apiVersion and kind'}, so it was not checked",
        f"check what the template {file.template} writes with a tool that knows it",
        file.path,
        severity="warning",
    )


def _problem(file: RenderedFile, error: Any) -> Diagnostic:
    where = ".".join(str(part) for part in error.instance_path) or "the document"
    message = error.message if len(error.message) < 300 else f"{error.message[:300]}..."
    return Diagnostic("output.schema", f"{where}: {message}", f"mend the template {file.template}", file.path)
