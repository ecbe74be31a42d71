"""What is wrong with a spec, told by its models: one Diagnostic for each mistake, all at once."""

import re
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.spec import hints, patterns
from gitopsgen.spec.sections import short_form

_VERSION = re.compile(r"gitopsgen/v[0-9]+((alpha|beta)[0-9]+)?")
_SHORT_TYPES = {str: "a name", int: "a whole number", list: "a list", bool: "true or false"}
_TYPE_NAMES = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}


def other_version(doc: SourceDoc) -> Diagnostic | None:
    """Return the one thing to say of a spec in another version of the format; None when it is not in another one."""
    from gitopsgen.spec.upgrade_steps import shipped_versions

    versions, written = shipped_versions(), doc.data.get("apiVersion")
    if not isinstance(written, str) or written == versions.current or not _VERSION.fullmatch(written):
        return None
    chain = versions.chain(written)
    if chain:
        message = (
            f"{written} is an older version of the spec ({chain[0].title}); this gitopsgen reads {versions.current}"
        )
        return doc.find("spec.old-version", message, "run gitopsgen upgrade", ("apiVersion",))
    known = ", ".join([*(version.name for version in versions.older), versions.current])
    return doc.find(
        "spec.unknown-version",
        f'this gitopsgen does not know the version "{written}" of the spec',
        f"upgrade gitopsgen itself; this one knows {known}",
        ("apiVersion",),
    )


def model_errors(doc: SourceDoc, data: dict[str, Any]) -> list[Diagnostic]:
    """Return every mistake that the models find in `data`, the expanded form of `doc`."""
    from pydantic import ValidationError

    from gitopsgen.spec.model import Spec

    try:
        Spec.model_validate(data)
    except ValidationError as failed:
        # Null is reported once, by missing_values.
        found = [error for error in failed.errors(include_url=False) if error["input"] is not None]
        return [_diagnostic(doc, error) for error in found]
    return []


def missing_values(doc: SourceDoc) -> list[Diagnostic]:
    """Report keys that are written without a value, which YAML reads as null."""
    cure = 'give it one (no text is ""), or remove it'
    # In a workspace it would leave out a default.
    none = "; the defaults say nothing of it that `null` could leave out" if doc.base else ""
    return [
        doc.find(
            "spec.no-value",
            f'"{_field(path)}" has no value',
            cure if path in doc.inherited else f"{cure}{none}",
            path,
            key=True,
        )
        for path in doc.values
        if path and _at(doc.data, path) is None
    ]


def _diagnostic(doc: SourceDoc, error: Any) -> Diagnostic:
    kind, at, context = error["type"], _in_short_list(doc, tuple(error["loc"])), error.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_field(doc, at, _siblings(at[:-1]))
    if kind == "missing":
        return _missing(doc, at)
    if at and at[-1] == "[key]":
        return _text(doc, at[:-1], str(at[-2]), context, key=True)
    if kind == "string_pattern_mismatch":
        return _text(doc, at, error["input"], context)
    if kind == "literal_error":
        return _choice(doc, at, error["input"], context["expected"])
    if kind in _TYPE_NAMES:
        return wrong_type(doc, at, error["input"], _TYPE_NAMES[kind])
    return _out_of_range(doc, at, error["input"], context)


def unknown_field(doc: SourceDoc, at: Path, known: list[str]) -> Diagnostic:
    """Report a key that is no field at its place."""
    where = f'of "{_field(at[:-1])}"' if len(at) > 1 else "of the spec"
    return doc.find(
        "spec.unknown-field",
        f'"{at[-1]}" is not a field {where}{did_you_mean(str(at[-1]), known)}',
        f"fields here: {', '.join(sorted(known))}" if known else "remove it",
        at,
        key=True,
    )


def wrong_type(doc: SourceDoc, at: Path, value: Any, expected: str) -> Diagnostic:
    """Report a value of the wrong type; says so when YAML read a bare version as a number."""
    if expected == "text" and isinstance(value, (int, float)) and at in doc.values:
        return _number_for_text(doc, at, value)
    if len(at) == 2 and at[0] == "secrets":
        return _secret_value(doc, at)
    short = short_form(at)
    plain = _SHORT_TYPES[short.type] if short else expected
    expected = f"{plain} or {expected}" if short else expected
    return doc.find(
        "spec.bad-type",
        f'"{_field(at)}" must be {expected}, not {_yaml_kind(value)}',
        hints.for_type(value, plain) or f"`gitopsgen explain {_field(_explained(at))}` shows an example",
        at,
    )


def _secret_value(doc: SourceDoc, at: Path) -> Diagnostic:
    return doc.find(
        "spec.secret-value",
        f'"{_field(at)}" must say where the value is kept, and a value stands there; this file is committed to git',
        "write {key: PATH} for an entry of the secret store; a value that was committed must be changed",
        at,
        key=True,
    )


def _number_for_text(doc: SourceDoc, at: Path, value: Any) -> Diagnostic:
    written = doc.written(at)
    cure = f'write "{written}" in quotes'
    pattern = schema_at(at).get("pattern", "")
    if pattern in patterns.EXPLAINED and not re.search(pattern, written):
        what, example = patterns.EXPLAINED[pattern]
        cure = f"write {what}, for example {example}"
    message = f'"{_field(at)}" is text, but YAML reads {written} as {_yaml_kind(value)}'
    return doc.find("spec.bad-type", message, cure, at)


def _missing(doc: SourceDoc, at: Path) -> Diagnostic:
    example = _example(at)
    return doc.find(
        "spec.missing-field",
        f'"{_field(at)}" is missing',
        f"add `{at[-1]}: {example}`" if example else f"`gitopsgen explain {_field(_explained(at))}` shows an example",
        at,
    )


def _text(doc: SourceDoc, at: Path, value: str, context: dict[str, Any], *, key: bool = False) -> Diagnostic:
    if "pattern" not in context:
        return _out_of_range(doc, at, value, context, key=key)
    what, example = patterns.EXPLAINED[context["pattern"]]
    cure = hints.for_text(context["pattern"], value) or f"for example {example}"
    return doc.find("spec.bad-text", f'"{_field(at)}" must be {what}', cure, at, key=key)


def _out_of_range(doc: SourceDoc, at: Path, value: Any, context: dict[str, Any], *, key: bool = False) -> Diagnostic:
    """Report a number out of its range, or a text, list or mapping of the wrong size."""
    size = value if isinstance(value, int) else len(value)
    unit = "" if isinstance(value, int) else " characters" if isinstance(value, str) else " entries"
    least = context.get("ge", context.get("min_length"))
    most = context.get("le", context.get("max_length"))
    limit = f"at most {most}" if least is None else f"at least {least}"
    verb = "is" if isinstance(value, int) else "has"
    return doc.find(
        "spec.out-of-range",
        f'"{_field(_written(doc, at))}" {verb} {size}{unit}, and must {"be" if verb == "is" else "have"} {limit}',
        _range(schema_at(at)) or f"`gitopsgen explain {_field(_explained(at))}` tells more",
        at,
        key=key,
    )


def _range(field: dict[str, Any]) -> str:
    bounds = f"choose {field['minimum']} to {field['maximum']}. " if "minimum" in field and "maximum" in field else ""
    return bounds + str(field.get("description", ""))


def _choice(doc: SourceDoc, at: Path, value: Any, expected: str) -> Diagnostic:
    known = expected.replace("'", "").replace(" or ", ", ").split(", ")
    shown = f'"{value}"' if isinstance(value, str) else _yaml_kind(value)
    return doc.find(
        "spec.bad-value",
        f'"{_field(at)}" cannot be {shown}{did_you_mean(str(value), known)}',
        f"choose {expected}".replace("'", '"'),
        at,
    )


def _yaml_kind(value: Any) -> str:
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    kinds: dict[type, str] = {str: "text", list: "a list", dict: "a mapping"}
    return kinds.get(type(value), "nothing")


def _in_short_list(doc: SourceDoc, at: Path) -> Path:
    """Return the place in a list that is the short form of a mapping: `migration.0` for `migration.command.0`."""
    for end in range(1, len(at)):
        short = short_form(at[:end])
        if short is not None and short.type is list and at[end] == short.field and at[: end + 1] not in doc.values:
            return at[:end] + at[end + 1 :]
    return at


def _written(doc: SourceDoc, at: Path) -> Path:
    """Return the place that the author wrote to: of `replicas: 0` it is not `replicas.count`."""
    short = short_form(at[:-1])
    return at[:-1] if at not in doc.values and short is not None and short.field == at[-1] else at


def _field(at: Path) -> str:
    return ".".join(str(part) for part in at)


def _explained(at: Path) -> Path:
    """Return the nearest field that `gitopsgen explain` knows: a top-level one, or one inside a section."""
    return at[:2] if at[1:] and at[1] in _siblings(at[:1]) else at[:1]


def _siblings(at: Path) -> list[str]:
    found = schema_at(at)
    return list(found.get("properties", {}))


def _example(at: Path) -> str:
    examples = schema_at(at).get("examples", [])
    return str(examples[0]) if examples and isinstance(examples[0], (str, int)) else ""


def is_text_field(at: Path) -> bool:
    """Whether the models know the field at `at` as text."""
    return schema_at(at).get("type") == "string"


def schema_at(at: Path) -> dict[str, Any]:
    """Return the part of the models' schema that describes the field at `at`, {} when there is none."""
    from gitopsgen.spec.schema import model_schema

    whole = model_schema()
    node: dict[str, Any] = whole
    for part in at:
        node = _resolve(whole, node)
        by_pattern = next(iter(node.get("patternProperties", {}).values()), None)
        inner = node.get("properties", {}).get(part) or by_pattern or node.get("items")
        node = inner if isinstance(inner, dict) else {}
    return _resolve(whole, node)


def _resolve(whole: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        return {**whole["$defs"][node["$ref"].rsplit("/", 1)[1]], **node}
    return node


def _at(data: Any, path: Path) -> Any:
    for index, part in enumerate(path):
        if isinstance(part, int) and isinstance(data, dict) and (short := short_form(path[:index])) is not None:
            data = data[short.field]  # the short form of a list, written out for a service of a workspace
        data = data[part]
    return data
