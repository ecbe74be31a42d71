"""JSON Schemas made small and strict; null and unknown fields apart, they go on accepting what they did."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

# For people, or beyond what a validator checks.
DROPPED = frozenset({"$comment", "default", "description", "examples", "format", "title"})
# Keywords whose keys are names, not keywords.
NAMED = frozenset({"$defs", "definitions", "patternProperties", "properties"})
SHARED_FROM = 120


def compact(schema: Schema, *, close: bool = False, nulls: bool = True) -> Schema:
    """Return the schema without prose.

    `close` refuses unknown fields wherever fields are listed; without `nulls`, null is no value of any field.
    """
    result: Schema = {}
    for key, value in schema.items():
        if key in DROPPED or key.startswith("x-"):
            continue
        if key in NAMED:
            result[key] = {name: _compact_value(sub, close, nulls) for name, sub in value.items()}
        elif key == "type" and isinstance(value, list) and not nulls:
            kinds = [kind for kind in value if kind != "null"]
            result[key] = kinds[0] if len(kinds) == 1 else kinds
        else:
            result[key] = _compact_value(value, close, nulls)
    if close and "properties" in result and not schema.get("x-kubernetes-preserve-unknown-fields"):
        result.setdefault("additionalProperties", False)
    return result


def _compact_value(value: Any, close: bool, nulls: bool) -> Any:
    if isinstance(value, dict):
        return compact(value, close=close, nulls=nulls)
    if isinstance(value, list):
        return [_compact_value(item, close, nulls) for item in value]
    return value


def pick_definitions(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """Return the schema with just the definitions that it reaches, compacted and under short names."""
    reached: dict[str, Schema] = {}
    pending = list(_references(schema))
    while pending:
        name = pending.pop()
        if name not in reached:
            reached[name] = compact(definitions[name], nulls=False)
            pending += _references(reached[name])
    short = _short_names(sorted(reached))
    picked = {short[name]: _renamed(sub, short) for name, sub in sorted(reached.items())}
    return {**_renamed(schema, short), "$defs": picked}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rpartition("/")[2]
        for sub in value.values():
            yield from _references(sub)
    elif isinstance(value, list):
        for sub in value:
            yield from _references(sub)


def _short_names(names: list[str]) -> dict[str, str]:
    counts = Counter(name.rpartition(".")[2] for name in names)
    return {name: name if counts[name.rpartition(".")[2]] > 1 else name.rpartition(".")[2] for name in names}


def _renamed(value: Any, short: dict[str, str]) -> Any:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            return {"$ref": f"#/$defs/{short[value['$ref'].rpartition('/')[2]]}"}
        return {key: _renamed(sub, short) for key, sub in value.items()}
    if isinstance(value, list):
        return [_renamed(sub, short) for sub in value]
    return value


def deduplicate(schema: Schema) -> Schema:
    """Return the schema with each large part that it repeats moved to `$defs`."""
    counts: Counter[str] = Counter()
    _count(schema, counts)
    repeated = sorted((text for text, count in counts.items() if count > 1), key=lambda text: (-len(text), text))
    names = {text: f"s{number}" for number, text in enumerate(repeated, 1)}
    picked = {name: _shared(json.loads(text), names, top=True) for text, name in names.items()}
    return {**_shared(schema, names, top=True), "$defs": picked}


def _count(value: Any, counts: Counter[str]) -> None:
    for sub in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        text = _key(sub)
        if text:
            counts[text] += 1
            if counts[text] > 1:
                continue
        _count(sub, counts)


def _key(value: Any) -> str:
    """Return the text of a schema large enough to share, else an empty string."""
    if not isinstance(value, dict) or "type" not in value or not isinstance(value["type"], str):
        return ""
    text = json.dumps(value, sort_keys=True)
    return text if len(text) >= SHARED_FROM else ""


def _shared(value: Any, names: dict[str, str], *, top: bool = False) -> Any:
    name = names.get(_key(value))
    if name and not top:
        return {"$ref": f"#/$defs/{name}"}
    if isinstance(value, dict):
        return {key: _shared(sub, names) for key, sub in value.items()}
    if isinstance(value, list):
        return [_shared(sub, names) for sub in value]
    return value
