"""The fields that a pack adds to its section of the spec, checked like every other field."""

from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.packs.catalogue import Pack
from gitopsgen.spec.errors import unknown_field, wrong_type
from gitopsgen.spec.schema import model_schema
from gitopsgen.spec.sections import Section

_TYPE_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def common_fields(kind: str) -> list[str]:
    """Return the names of the fields that every pack of a kind shares."""
    return list(model_schema()["$defs"][kind.capitalize()]["properties"])


def field_errors(doc: SourceDoc, written: dict[str, Any], section: Section, pack: Pack) -> list[Diagnostic]:
    """Return every mistake in the fields of a section that belong to its pack."""
    import jsonschema_rs

    common = common_fields(section.kind)
    schema = {
        "type": "object",
        "properties": pack.get("fields", {}),
        "required": pack.get("required", []),
        "additionalProperties": False,
    }
    own = {key: value for key, value in written.items() if key not in common}
    known = [*common, *pack.get("fields", {})]
    problems: list[Diagnostic] = []
    for error in jsonschema_rs.validator_for(schema).iter_errors(own):
        at = (section.kind, *error.instance_path)
        keyword = str(error.schema_path[-1])
        if keyword == "additionalProperties":
            problems += [unknown_field(doc, (section.kind, key), known) for key in own if key not in known]
        elif keyword == "type":
            expected = _TYPE_NAMES.get(_declared(schema, error.schema_path), "something else")
            problems.append(wrong_type(doc, at, _value(own, error.instance_path), expected))
        else:
            problems.append(_other(doc, section, pack, at, error))
    return problems


def _declared(schema: Any, path: Any) -> str:
    for part in path:
        schema = schema[part]
    return str(schema)


def _value(data: Any, path: Any) -> Any:
    for part in path:
        data = data[part]
    return data


def _other(doc: SourceDoc, section: Section, pack: Pack, at: tuple[Any, ...], error: Any) -> Diagnostic:
    if str(error.schema_path[-1]) == "required":
        missing = next(name for name in pack.get("required", []) if f'"{name}"' in error.message)
        example = pack.get("fields", {})[missing].get("examples", ["..."])[0]
        return doc.find(
            "spec.missing-field", f'"{section.kind}.{missing}" is missing', f"add `{missing}: {example}`", at
        )
    field = pack.get("fields", {}).get(at[1], {}) if len(at) > 1 else {}
    example = field.get("examples", [""])[0]
    return doc.find(
        "spec.bad-value",
        f'"{".".join(str(part) for part in at)}": {error.message}',
        f"for example {example}" if example else "choose another value",
        at,
    )
