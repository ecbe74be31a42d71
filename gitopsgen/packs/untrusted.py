"""Reading a pack manifest that is not ours: checked by schema, with positions for every mistake."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from gitopsgen.core import assets
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.yamldoc import Path, SourceDoc, parse
from gitopsgen.packs.catalogue import PackError
from gitopsgen.packs.parts import Part, parts
from gitopsgen.packs.places import value_at
from gitopsgen.spec import patterns

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
        *_default_problems(doc),
        *_part_problems(doc),
        *_data_problems(doc),
    ]
    if problems:
        raise PackError(problems)
    return doc.data


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(assets.schema_text("pack.schema"))
    return schema


@cache
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(_schema())


def _schema_problems(doc: SourceDoc) -> Iterator[Diagnostic]:
    for error in _validator().iter_errors(doc.data):
        at, keyword = tuple(error.instance_path), str(error.schema_path[-1])
        rule = value_at(_schema(), tuple(error.schema_path))
        if keyword == "additionalProperties":
            known = sorted(value_at(_schema(), tuple(error.schema_path[:-1])).get("properties", {}))
            for key in sorted(set(value_at(doc.data, at)) - set(known)):
                message = f'"{key}" is not a field here{did_you_mean(key, known)}'
                yield doc.find("pack.invalid", message, f"fields here: {', '.join(known)}", (*at, key), key=True)
        elif keyword == "enum":
            value = str(value_at(doc.data, at))
            yield doc.find(
                "pack.invalid", f'it cannot be "{value}"{did_you_mean(value, rule)}', f"choose {', '.join(rule)}", at
            )
        elif keyword == "pattern":
            message = f'it cannot be "{_shortened(value_at(doc.data, at))}"'
            says = value_at(_schema(), tuple(error.schema_path[:-1])).get("description", f"it must fit {rule}")
            yield doc.find("pack.invalid", message, says, at)
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


def _part_problems(doc: SourceDoc) -> Iterator[Diagnostic]:
    """Report what no schema can of patterns and sources, wherever they stand."""
    for part in parts(_schema(), doc.data):
        if part.groups is not None:
            yield from _pattern_problems(doc, part)
        elif part.model == "Source":
            yield from _source_problems(doc, part.at, part.value)


def _pattern_problems(doc: SourceDoc, part: Part) -> Iterator[Diagnostic]:
    try:
        if re.compile(part.value).groups >= (part.groups or 0):
            return
        groups = "no group" if part.groups == 1 else f"fewer than {part.groups} groups"
        message, cure = f"the pattern has {groups}", "put what is looked for into ( )"
    except (re.error, OverflowError, RecursionError) as error:
        message, cure = f"no regular expression: {error}", "mend the pattern"
    yield doc.find("pack.invalid", message, cure, part.at, key=part.is_key)


def _default_problems(doc: SourceDoc) -> Iterator[Diagnostic]:
    for field, default in doc.data.get("defaults", {}).items():
        if ("value" in default) == ("by" in default) or ("by" in default) != ("values" in default):
            message = f'the default of "{field}" is neither one value nor one for each value of another field'
            yield doc.find("pack.invalid", message, "write `value`, or `by` and `values`", ("defaults", field))


_KINDS_OF_SOURCE = ("exists", "in", "documents", "entries", "remote", "workspaces", "either", "fact")
# What says how a source is read, and the kinds that it is for.
_READ_BY = {"key": ("in",), "routes": ("in",), "match": ("in", "documents", "fact")}


def _source_problems(doc: SourceDoc, at: Path, source: Mapping[str, Any]) -> Iterator[Diagnostic]:
    groups = doc.data["detect"].get("documents", {})
    strange = next((key for key, kinds in _READ_BY.items() if key in source and not source.keys() & set(kinds)), "")
    if sum(kind in source for kind in _KINDS_OF_SOURCE) != 1:
        message = f"a source has exactly one of {', '.join(_KINDS_OF_SOURCE)}"
        yield doc.find("pack.invalid", message, "split it, or say where to look", at)
    elif "documents" in source and source["documents"] not in groups:
        message = f'"{source["documents"]}" is no group of documents'
        yield doc.find("pack.invalid", message, "name one that stands under `documents`", (*at, "documents"))
    elif "in" in source and not source.keys() & _READ_BY.keys():
        yield doc.find("pack.invalid", "it does not say what to look for", "add `key`, `match` or `routes`", at)
    elif strange:
        message = f"`{strange}` says nothing without {' or '.join(f'`{kind}`' for kind in _READ_BY[strange])}"
        yield doc.find("pack.invalid", message, "leave it out, or say where to look", (*at, strange), key=True)
    elif {"explained", "resolved"} & set(at[-2:]) and not {"match", "either"} & set(source):
        yield doc.find("pack.invalid", "it does not say what explains a name", "add `match`, with `{}` for it", at)


# What the compiler itself reads of a pack's `data`, by kind.
_SIZE = {
    "type": "object",
    "required": ["cpu", "memory", "cpuLimit", "memoryLimit"],
    "properties": {
        **{name: {"type": "string", "pattern": patterns.CPU} for name in ("cpu", "cpuLimit")},
        **{name: {"type": "string", "pattern": patterns.MEMORY} for name in ("memory", "memoryLimit")},
    },
}
_SIZES = {
    "type": "object",
    "required": ["small", "medium", "large"],
    "additionalProperties": _SIZE,
}
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_DATES = {"type": "object", "additionalProperties": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}}
_IGNORE = {
    "type": "object",
    "additionalProperties": False,
    "dependentRequired": {"outputs": ["code"]},
    "properties": {
        "code": {"type": "string"},
        **{
            name: {"type": "array", "items": {"type": "string"}} for name in ("outputs", "beside", "leftovers", "tests")
        },
    },
}
_DATA: dict[str, dict[str, Any]] = {
    "runtime": {
        "dependentRequired": {"eol": ["checked"]},
        "properties": {
            "checked": _DATES["additionalProperties"],
            "versions": _TEXTS,
            "eol": _DATES,
            "bases": {"type": "object", "additionalProperties": _TEXTS},
            "ignore": _IGNORE,
            "toolchain": {**_TEXTS, "required": ["image"]},
            "user": {"type": "integer", "minimum": 1},
            "size": {"enum": ["small", "medium", "large"]},
        },
    },
    "workload": {"required": ["sizes"], "properties": {"sizes": _SIZES}},
    "gitops": {"properties": {"quietPaths": {"type": "array", "items": {"type": "string"}}}},
    "ci": {"properties": {"host": {"type": "string"}}},
}


def _data_problems(doc: SourceDoc) -> Iterator[Diagnostic]:
    import jsonschema_rs

    schema = _DATA.get(doc.data["kind"], {})
    for error in jsonschema_rs.validator_for(schema).iter_errors(doc.data.get("data", {})):
        cure = "the built-in pack of this kind shows what its `data` must hold"
        yield doc.find("pack.invalid", _shortened(error.message), cure, ("data", *error.instance_path))
