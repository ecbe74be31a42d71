"""Reading a pack manifest that is not ours: checked by schema, with positions for every mistake."""

from typing import Any

from gitopsgen.core import assets
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import parse
from gitopsgen.packs.catalogue import PackError


def read_checked(shown: str, path: str, kind: str, name: str) -> dict[str, Any]:
    """Return the data of a manifest. Raises PackError with every mistake in it."""
    import jsonschema_rs

    with open(path, "rb") as file:
        doc = parse(shown, file.read())
    if isinstance(doc, Diagnostic):
        raise PackError([doc])
    validator = jsonschema_rs.validator_for(assets.schema_text("pack.schema"))
    problems = [
        doc.find("pack.invalid", error.message, "see schemas/pack.schema.json", tuple(error.instance_path))
        for error in validator.iter_errors(doc.data)
    ]
    for key, folder in (("kind", kind), ("name", name)):
        if not problems and doc.data[key] != folder:
            problems.append(
                doc.find("pack.misplaced", f"{key} is not the folder's name {folder!r}", "make them agree", (key,))
            )
    if problems:
        raise PackError(problems)
    return doc.data
