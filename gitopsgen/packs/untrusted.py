"""Reading a pack manifest that is not ours: checked by schema, with positions for every mistake."""

import json
import re
from collections.abc import Iterator
from typing import Any

from gitopsgen.core import assets
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.yamldoc import Path, SourceDoc, parse
from gitopsgen.packs.catalogue import PackError

_CURE = "`gitopsgen schema --pack` prints what a pack may hold"


def read_checked(shown: str, path: str, kind: str, name: str) -> dict[str, Any]:
    """Return the data of a manifest. Raises PackError with every mistake in it."""
    with open(path, "rb") as file:
        doc = parse(shown, file.read())
    if isinstance(doc, Diagnostic):
        raise PackError([doc])
    problems = list(_schema_problems(doc)) or [
        *_misplaced(doc, kind, name),
        *_field_problems(doc),
        *_pattern_problems(doc),
    ]
    if problems:
        raise PackError(problems)
    return doc.data


def _schema_problems(doc: SourceDoc) -> Iterator[Diagnostic]:
    import jsonschema_rs

    schema = json.loads(assets.schema_text("pack.schema"))
    for error in jsonschema_rs.validator_for(schema).iter_errors(doc.data):
        at, keyword = tuple(error.instance_path), str(error.schema_path[-1])
        rule = _at(schema, tuple(error.schema_path))
        if keyword == "additionalProperties":
            known = sorted(_at(schema, tuple(error.schema_path[:-1])).get("properties", {}))
            for key in sorted(set(_at(doc.data, at)) - set(known)):
                message = f'"{key}" is not a field here{did_you_mean(key, known)}'
                yield doc.find("pack.invalid", message, f"fields here: {', '.join(known)}", (*at, key), key=True)
        elif keyword == "enum":
            value = str(_at(doc.data, at))
            yield doc.find(
                "pack.invalid", f'it cannot be "{value}"{did_you_mean(value, rule)}', f"choose {', '.join(rule)}", at
            )
        else:
            yield doc.find("pack.invalid", _shortened(error.message), _CURE, at)


def _shortened(message: str) -> str:
    return message if len(message) <= 200 else f"{message[:100]} ... {message[-90:]}"


def _misplaced(doc: SourceDoc, kind: str, name: str) -> Iterator[Diagnostic]:
    for key, folder in (("kind", kind), ("name", name)):
        if doc.data[key] != folder:
            message = f'"{doc.data[key]}" is not the name of the folder, "{folder}"'
            yield doc.find("pack.misplaced", message, "make the two agree", (key,))


def _field_problems(doc: SourceDoc) -> Iterator[Diagnostic]:
    """Report fields that are no JSON Schema, or one that refers elsewhere: its reader would ask the network for it."""
    import jsonschema_rs

    fields = doc.data.get("fields", {})
    references = list(_dollar_keys(fields, ("fields",)))
    for at in references:
        message = f'"{at[-1]}" is not allowed in a field'
        yield doc.find("pack.invalid", message, "write the schema of the field out", at, key=True)
    for name, field in fields.items():
        if not isinstance(field, dict):
            yield doc.find("pack.invalid", f'the field "{name}" is not a mapping', _CURE, ("fields", name))
    if references:
        return
    try:
        jsonschema_rs.validator_for({"properties": fields})
    except ValueError as error:
        at = tuple(getattr(error, "instance_path", ()))[1:]
        message = f"the field is no JSON Schema: {_shortened(str(getattr(error, 'message', error)))}"
        yield doc.find("pack.invalid", message, "mend the schema of the field", ("fields", *at))


def _dollar_keys(node: Any, at: Path) -> Iterator[Path]:
    children: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        children = list(node.items())
        yield from ((*at, key) for key in node if key.startswith("$"))
    elif isinstance(node, list):
        children = list(enumerate(node))
    for key, child in children:
        yield from _dollar_keys(child, (*at, key))


def _pattern_problems(doc: SourceDoc) -> Iterator[Diagnostic]:
    places: list[Path] = [("image", "pattern")] if "image" in doc.data else []
    for index, rule in enumerate(doc.data.get("references", [])):
        places += [("references", index, side, "pattern") for side in ("from", "to") if "pattern" in rule[side]]
    for at in places:
        try:
            re.compile(_at(doc.data, at))
        except re.error as error:
            yield doc.find("pack.invalid", f"no regular expression: {error}", "mend the pattern", at)


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data
