"""The JSON Schema of the models, cleaned for people and editors."""

import functools
from typing import Any


@functools.cache
def model_schema() -> dict[str, Any]:
    """Return the JSON Schema of what is common to all specs; the fields of packs are added by the packs stage."""
    from gitopsgen.spec.model import Spec

    schema: dict[str, Any] = clean(Spec.model_json_schema(by_alias=True))
    return schema


def clean(node: Any) -> Any:
    """Drop the null alternative, null defaults and made-up titles: a field is there with a value, or not at all."""
    if isinstance(node, list):
        return [clean(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: value for key, value in node.items() if not _is_noise(key, value)}
    options = [option for option in node.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        node = {key: value for key, value in node.items() if key != "anyOf"} | options[0]
    if isinstance(node.get("patternProperties"), dict):
        # A key that fits no pattern is a mistake; the models say so, their schema would let it pass.
        node["additionalProperties"] = False
    return {key: clean(value) for key, value in node.items()}


def _is_noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)
