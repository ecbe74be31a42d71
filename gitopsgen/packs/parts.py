"""The parts of a pack manifest, by what its schema says of them: no list of ours has to know where a pattern stands."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gitopsgen.core.yamldoc import Path

_TYPES = {"string": str, "array": list, "object": dict}


class Part(NamedTuple):
    """A place of a manifest: the name of its model, empty without one, and for a regular expression how many groups.

    `is_key`: it is the last key of the place that is meant.
    """

    at: Path
    value: Any
    model: str = ""
    groups: int | None = None
    is_key: bool = False


def parts(schema: Mapping[str, Any], data: Any) -> Iterator[Part]:
    """Yield every part of data that fits the schema, the outer first."""
    yield from _below(schema, schema, data, ())


def _below(schema: Mapping[str, Any], rule: Any, data: Any, at: Path) -> Iterator[Part]:
    if not isinstance(rule, dict):  # `true`: anything may stand here
        return
    if "$ref" in rule:
        name = rule["$ref"].rpartition("/")[2]
        yield Part(at, data, name)
        yield from _below(schema, schema["$defs"][name], data, at)
        return
    if not isinstance(data, _TYPES.get(rule.get("type", ""), object)):
        return
    if "groups" in rule:
        yield Part(at, data, groups=rule["groups"])
    for option in rule.get("anyOf", ()):
        yield from _below(schema, option, data, at)
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _below(schema, rule.get("items"), item, (*at, index))
    elif isinstance(data, dict):
        yield from _of_mapping(schema, rule, data, at)


def _of_mapping(
    schema: Mapping[str, Any], rule: Mapping[str, Any], data: Mapping[str, Any], at: Path
) -> Iterator[Part]:
    properties, groups = rule.get("properties", {}), rule.get("propertyNames", {}).get("groups")
    for key, value in data.items():
        if groups is not None:
            yield Part((*at, key), key, groups=groups, is_key=True)
        yield from _below(schema, properties.get(key, rule.get("additionalProperties")), value, (*at, key))
