"""Any key of a `detect` section with any wrong value: it is told with its place, or does no harm, and never crashes."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitopsgen.core import assets
from gitopsgen.detect.engine import detect
from gitopsgen.packs.catalogue import BUILT_IN, PackError
from gitopsgen.packs.untrusted import read_checked
from tests.trees import write_tree

SCHEMA = json.loads(assets.schema_text("pack.schema"))
MODELS = SCHEMA["$defs"]
TREE = {
    "build.zig": "",
    "main.zig": 'get("/health")\nconst port = 8080\n',
    "a.yaml": "kind: App\nname: x\nitems: [{a: b}]\n",
    "package.json": '{"name": "x", "scripts": {"start": "node x.js"}}\n',
}
SOURCES: tuple[dict[str, Any], ...] = (
    {"exists": "build.zig"},
    {"in": "*.zig", "match": 'get."([^"]*)"'},
    {"in": "package.json", "key": "scripts.*"},
    {"in": "*.zig", "routes": {"named": "health", "route": ['get."(?P<path>[^"]*)"']}},
    {"documents": "apps", "each": "items.*", "at": "a"},
    {"entries": ["*.zig"]},
    {"remote": "example"},
    {"workspaces": {"manifest": "package.json", "name": "name", "uses": ["a"], "locks": ["package.json"]}},
    {"either": [{"exists": "build.zig"}]},
    {"fact": "name", "match": "x"},
)
TEXTS = ("(", "", "a{99999999999}", "*.{}.{x}..")


def values(rule: dict[str, Any]) -> Iterator[Any]:
    """Yield values of the right type that no person would mean."""
    if "$ref" in rule:
        name = rule["$ref"].rpartition("/")[2]
        yield {}
        yield from ({"exists": "build.zig", "in": "*"}, {"in": "*.zig"}, {"key": "a"}, {"either": [{"match": "("}]})
        for key, inner in MODELS[name]["properties"].items() if name == "Routes" else ():
            yield from ({"named": "", key: value} for value in values(inner))
    for option in rule.get("anyOf", ()):
        yield from values(option)
    match rule.get("type"):
        case "string" | None if "$ref" not in rule and "anyOf" not in rule:
            yield from TEXTS
        case "array":
            yield []
            yield from ([value] for value in values(rule["items"]))
            yield from ([value] * 2 for value in list(values(rule["items"]))[:1])
        case "object":
            yield {}
            inner = rule.get("additionalProperties") or {}
            yield from (
                {text: value} for text in ("(", "a")[: 2 if "propertyNames" in rule else 1] for value in values(inner)
            )
        case "integer":
            yield from (0, -1, 31)
        case "boolean":
            yield True


def manifest(sources: Sequence[dict[str, Any]], model: str, key: str, value: Any) -> dict[str, Any]:
    """Return a manifest with fields that sources find, right but for one value."""
    wrong = {key: value}
    apps: dict[str, Any] = {"in": "*.yaml", **(wrong if model == "Documents" else {})}
    apps |= {"variables": {"match": "<(.*)>", "at": ["items"], **wrong}} if model == "Variables" else {}
    given = [{**source, **(wrong if model == "Source" else {})} for source in sources]
    rule = wrong if model == "DetectedField" else {}
    whole: dict[str, Any] = {
        "documents": {"apps": apps},
        "signs": [{"exists": "build.zig"}],
        "fields": {f"field{number}": {"from": [source], **rule} for number, source in enumerate(given)},
        "notes": [{"say": "{}", "from": given, **(wrong if model == "Note" else {})}],
    }
    whole |= wrong if model == "Detect" else {}
    return {"kind": "runtime", "name": "zig", "title": "Zig", "summary": "Zig", "detect": whole}


def refused(path: Path, data: dict[str, Any]) -> bool:
    """Whether a manifest is refused, in which case each mistake has a place."""
    path.write_text(yaml.dump(data, Dumper=yaml.CSafeDumper))
    try:
        read_checked("pack.yaml", str(path), "runtime", "zig")
    except PackError as error:
        assert all(found.path == "pack.yaml" and found.position for found in error.diagnostics), data
        return True
    return False


KEYS = [
    (model, key)
    for model in ("Detect", "DetectedField", "Documents", "Note", "Source", "Variables")
    for key in MODELS[model]["properties"]
]


@pytest.mark.parametrize("model, key", KEYS, ids=[".".join(names) for names in KEYS])
def test_no_wrong_value_of_a_pack_crashes(tmp_path: Path, model: str, key: str) -> None:
    write_tree(tmp_path / "app", TREE)
    for value in values(MODELS[model]["properties"][key]):
        alone = [source for source in SOURCES if model == "Source" and (key != "routes" or key in source)] or SOURCES[
            1:2
        ]
        fine = [source for source in alone if not refused(tmp_path / "p", manifest([source], model, key, value))]
        if fine:
            problems = detect(str(tmp_path / "app"), [manifest(fine, model, key, value)]).problems
            assert not [text for text in problems if "bad pattern" in text], (value, problems)


def test_what_packs_of_ours_say_is_what_own_packs_may_say() -> None:
    for path in sorted(Path(BUILT_IN.folder).glob("*/*/pack.yaml")):
        read_checked(path.name, str(path), path.parts[-3], path.parts[-2])
