"""The exported schemas are those of the code, and tell an editor's user what to write."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gitopsgen.core import assets
from gitopsgen.core.yamldoc import SourceDoc, parse
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue, Pack
from gitopsgen.packs.validate import validate
from gitopsgen.plan.defaults import DEFAULTS, NO_DEFAULT, fill
from gitopsgen.spec.sections import SECTIONS
from tests.spec.specs import FULL, as_yaml

ROOT = Path(__file__).parent.parent.parent
CATALOGUE = Catalogue((BUILT_IN,))
KINDS = sorted(path.name for path in Path(assets.TEMPLATES).iterdir() if path.is_dir())
PACKS = [pack for kind in KINDS for pack in CATALOGUE.all(kind)]


def test_exported_schemas_are_fresh() -> None:
    run = subprocess.run(
        [sys.executable, "tools/export_schemas.py", "--check"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["gitopsgen.schema", "pack.schema"])
def test_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(assets.schema_text(name)))


def fields(schema: dict[str, Any], node: dict[str, Any], at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every field of the schema by its dotted name, those inside lists and by-name mappings too."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    for option in node.get("anyOf", []):
        yield from fields(schema, option, at)
    for inner in node.get("patternProperties", {}).values():
        yield from fields(schema, inner, f"{at}*.")
    for name, inner in node.get("properties", {}).items():
        # What all packs of a kind have is described once.
        shared = list(inner) == ["$ref"] and schema["$defs"][inner["$ref"].rsplit("/", 1)[1]]
        yield f"{at}{name}", shared or inner
        yield from fields(schema, inner, f"{at}{name}.")


def spec_fields() -> list[tuple[str, dict[str, Any]]]:
    schema = json.loads(assets.schema_text("gitopsgen.schema"))
    return list(fields(schema, schema))


def test_schema_walk_sees_all() -> None:
    names = {name for name, _ in spec_fields()}
    assert {"name", "runtime.start", "cluster.resourceGroup", "environments.*.namespace", "resources.cpu"} <= names


@pytest.mark.parametrize(("name", "field"), spec_fields())
def test_every_field_is_described(name: str, field: dict[str, Any]) -> None:
    assert len(field.get("description", "")) > 10, name
    if "const" not in field:
        assert field.get("examples"), name


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, field in spec_fields() if "." not in name])
def test_examples_are_right(name: str, field: dict[str, Any]) -> None:
    schema = json.loads(assets.schema_text("gitopsgen.schema"))
    validator = jsonschema.Draft202012Validator({"$defs": schema["$defs"], **field})
    for example in field["examples"]:
        validator.validate(example)


@pytest.mark.parametrize(("pack", "name"), [(pack, name) for pack in PACKS for name in pack.get("fields", {})], ids=str)
def test_examples_of_pack_fields_are_right(pack: Pack, name: str) -> None:
    field = pack.get("fields", {})[name]
    for example in field["examples"]:
        jsonschema.Draft202012Validator(field).validate(example)


def test_every_optional_field_has_a_default_with_a_reason() -> None:
    schema = json.loads(assets.schema_text("gitopsgen.schema"))
    systems = {section.kind for section in SECTIONS}
    defaults = {default.field for default in DEFAULTS}
    # The repository is guessed, with a warning of its own; a system's default is a pack, or there is none.
    assert defaults == set(schema["properties"]) - set(schema["required"]) - systems - {"repository", *NO_DEFAULT}
    for default in DEFAULTS:
        assert len(default.because) > 10, default.field


def test_defaults_are_right() -> None:
    """What is filled in for a missing field, the spec's author could have written."""
    written = {key: FULL[0][key] for key in ("apiVersion", "name", "mode", "image", "runtime")}
    data = fill(written)
    assert len(data) == len(written) + len(DEFAULTS)
    doc = parse("gitopsgen.yaml", as_yaml(data))
    assert isinstance(doc, SourceDoc)
    spec, problems = validate(doc, CATALOGUE)
    assert spec is not None, problems


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_pack_defaults_have_reasons_and_are_right(pack: Pack) -> None:
    for name, default in pack.get("defaults", {}).items():
        assert len(default["because"]) > 10, name
        field = pack.get("fields", {}).get(name)
        if field is not None and "value" in default:
            jsonschema.Draft202012Validator(field).validate(default["value"])


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_manifests_hold_to_their_schema(pack: Pack) -> None:
    schema = json.loads(assets.schema_text("pack.schema"))
    jsonschema.Draft202012Validator(schema).validate(dict(pack.manifest))
