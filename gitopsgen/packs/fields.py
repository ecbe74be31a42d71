"""The fields that a pack adds to its section of the spec, checked like every other field."""

from collections.abc import Iterable, Mapping
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.packs.lifetime import ended
from gitopsgen.packs.places import value_at
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


def field_errors(
    doc: SourceDoc, written: dict[str, Any], section: Section, pack: Pack, catalogue: Catalogue, above: Path = ()
) -> list[Diagnostic]:
    """Return every mistake in the fields of a section that belong to its pack; the section lies at `above`."""
    common, fields = common_fields(section.kind), pack.get("fields", {})
    known = [*common, *(name for name in fields if name not in common)]
    place = (*above, section.kind)
    others = catalogue.all(section.kind)
    problems = [_unknown(doc, (*place, key), known, pack, others) for key in written if key not in known]
    missing = [name for name in pack.get("required", []) if name not in written]
    problems += [_missing(doc, section, pack, name, above) for name in missing]
    # A pack may narrow a common field, such as the versions of a runtime.
    return problems + _bad_values(doc, place, written, pack)


def varied_field_errors(
    doc: SourceDoc, written: dict[str, Any], pack: Pack, catalogue: Catalogue, at: Path
) -> list[Diagnostic]:
    """Return every mistake where an environment says at `at` some fields of a pack anew."""
    fields, others = pack.get("fields", {}), catalogue.all(pack.kind)
    problems = [_unknown(doc, (*at, key), list(fields), pack, others) for key in written if key not in fields]
    return problems + _bad_values(doc, at, written, pack)


def _unknown(doc: SourceDoc, at: Path, known: list[str], pack: Pack, others: Iterable[Pack]) -> Diagnostic:
    """Report a key that is no field of the pack; says which other packs of its kind have one of that name."""
    found = unknown_field(doc, at, known)
    owners = [other.get("title", other.name) for other in others if at[-1] in other.get("fields", {})]
    if not owners:
        return found
    message = f"{found.message} with {pack.get('title', pack.name)}; {' and '.join(owners)} has it"
    return found._replace(message=message)


def _bad_values(doc: SourceDoc, place: Path, written: dict[str, Any], pack: Pack) -> list[Diagnostic]:
    import jsonschema_rs

    problems, fields = [], pack.get("fields", {})
    own = {key: value for key, value in written.items() if key in fields}
    schema = {"type": "object", "properties": fields}
    for error in jsonschema_rs.validator_for(schema).iter_errors(own):
        at, value = (*place, *error.instance_path), value_at(own, error.instance_path)
        if value is None:
            continue  # told as a key without a value
        if str(error.schema_path[-1]) == "type":
            expected = _TYPE_NAMES.get(str(value_at(schema, error.schema_path)), "something else")
            problems.append(wrong_type(doc, at, value, expected))
        else:
            found = _bad_value(doc, at, value, fields[str(at[len(place)])], error)
            day = ended(pack.get("data", {}), str(value)) if at[-1] == "version" else ""
            past = f"; it has had no security fixes since {day}" if day else ""
            problems.append(found._replace(message=found.message + past))
    return problems


def _missing(doc: SourceDoc, section: Section, pack: Pack, name: str, above: Path) -> Diagnostic:
    """Report a field that the pack needs; a short form such as `cluster: aks` must be written out to hold it."""
    examples = {field: _example(pack.get("fields", {}).get(field, {})) for field in pack.get("required", [])}
    cure = f"add `{name}: {examples[name]}`"
    if isinstance(value_at(doc.data, (*above, section.kind)), str):
        fields = ", ".join(f"{field}: {example}" for field, example in examples.items())
        cure = f"write `{section.kind}: {{{section.selector}: {pack.name}, {fields}}}`"
    at = (*above, section.kind, name)
    return doc.find("spec.missing-field", f'"{".".join(map(str, at))}" is missing', cure, at)


def _bad_value(doc: SourceDoc, at: Path, value: Any, field: Mapping[str, Any], error: Any) -> Diagnostic:
    """Report a value that the pack's schema of the field refuses, in words of the pack where it has any."""
    name, known = ".".join(map(str, at)), [str(choice) for choice in field.get("enum", [])]
    message = f'"{name}": {error.message}'
    if str(error.schema_path[-1]) in ("enum", "pattern"):
        shown = f'"{value}"' if isinstance(value, str) else str(value)
        message = f'"{name}" cannot be {shown}{did_you_mean(str(value), known)}'
    help_ = [field["description"]] if "description" in field else []
    help_ += [f"For example {_example(field)}"] if "examples" in field else []
    cure = f"choose {', '.join(known)}" if known else " ".join(help_)
    return doc.find("spec.bad-value", message, cure or "choose another value", at)


def _example(field: Mapping[str, Any]) -> str:
    """Return an example as the author would write it: text that YAML would take for a number in quotes."""
    example = field.get("examples", ["..."])[0]
    return f'"{example}"' if isinstance(example, str) and example[:1].isdigit() else str(example)
