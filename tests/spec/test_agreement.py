"""The two doors of validation agree: the exported schema, which is quick, and the models, which explain."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import jsonschema
import pytest
from hypothesis import given

from gitopsgen.core import assets
from gitopsgen.core.diagnostic import Diagnostic, has_errors
from gitopsgen.core.yamldoc import SourceDoc, parse
from gitopsgen.packs import validate as door
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue, repository_layer
from gitopsgen.spec.errors import schema_at
from tests.spec.specs import FULL, PUSH, as_yaml, examples, nearly_right, places, places_of_all, value_at, with_value

CATALOGUE = Catalogue((BUILT_IN,))
PLACES = places_of_all()


def read(data: Any) -> SourceDoc:
    doc = parse("gitopsgen.yaml", as_yaml(data))
    assert isinstance(doc, SourceDoc), doc
    return doc


def verdicts(data: dict[str, Any], catalogue: Catalogue = CATALOGUE) -> tuple[bool, bool, list[Diagnostic]]:
    """Return what is said of a spec by the quick door, and by the models when the quick door is shut."""
    doc = read(data)
    spec, problems = door.validate(doc, catalogue)
    with patch.object(door, "_is_good", lambda *_: False):
        try:
            slow, told = door.validate(doc, catalogue)
        except AssertionError:
            # Nothing to explain: the models find no mistake, so the spec is good for them.
            with patch.object(door, "_explain", lambda *_: []):
                slow, told = door.validate(doc, catalogue)
    assert bool(spec) != has_errors(problems)
    assert {found for found in told if found.code.startswith("spec.")} <= set(problems)
    return spec is not None, slow is not None, problems


@examples(150)
@given(nearly_right())
def test_schema_and_models_agree(data: dict[str, Any]) -> None:
    quick, slow, problems = verdicts(data)
    assert quick == slow
    for found in problems:
        assert found.position is not None
        assert found.cure


@pytest.mark.parametrize("data", FULL)
def test_full_specs_are_right(data: dict[str, Any]) -> None:
    assert verdicts(data) == (True, True, [])


@pytest.mark.parametrize("at", sorted(PLACES, key=str), ids=str)
def test_every_value_is_checked(at: tuple[str | int, ...]) -> None:
    """No field takes just anything: a list of mappings is refused in every place, by both doors."""
    data = with_value(PLACES[at], at, [{"no": "thing"}])
    quick, slow, problems = verdicts(data)
    assert (quick, slow) == (False, False)
    assert problems


@pytest.mark.parametrize("at", sorted(PLACES, key=str), ids=str)
def test_doors_agree_about_odd_values(at: tuple[str | int, ...]) -> None:
    spec = PLACES[at]
    whole = value_at(spec, at)
    fraction = float(whole) if type(whole) is int else 1.0
    for value in (
        None,
        fraction,
        0,
        -1,
        10**30,
        True,
        "",
        " ",
        "a\n",
        [],
        {},
        [None],
        {"a": None},
        [whole],
        {"x": whole},
    ):
        quick, slow, problems = verdicts(with_value(spec, at, value))
        assert quick == slow, value
        assert bool(problems) != quick, value


def limits() -> Iterator[tuple[tuple[str | int, ...], Any, bool]]:
    """Yield place, value and whether it is good for each limit of the models: the last good value and the first bad."""
    for at in sorted(set(places(PUSH)), key=str):
        value, node = value_at(PUSH, at), schema_at(at)
        for key, good, bad in (("minimum", 0, -1), ("maximum", 0, 1)):
            if key in node:
                yield at, node[key] + good, True
                yield at, node[key] + bad, False
        if "maxLength" in node:
            yield at, value.ljust(node["maxLength"], "a"), True
            yield at, value.ljust(node["maxLength"] + 1, "a"), False
        if "maxItems" in node:
            yield at, (value * 99)[: node["maxItems"]], True
            yield at, (value * 99)[: node["maxItems"] + 1], False
        if "minItems" in node or "minProperties" in node:
            yield at, type(value)(), False
        if "maxProperties" in node:
            more = {
                f"x{number}": _another(next(iter(value.values())), number) for number in range(node["maxProperties"])
            }
            yield at, more, True
            yield at, {**more, "y": next(iter(value.values()))}, False
        if "propertyNames" in node:
            yield at, {"A" * node["propertyNames"]["maxLength"]: "x"}, True
            yield at, {"A" * (node["propertyNames"]["maxLength"] + 1): "x"}, False


def _another(value: Any, number: int) -> Any:
    """Two environments must not share a namespace."""
    return {**value, "namespace": f"other-{number}"} if isinstance(value, dict) and "namespace" in value else value


@pytest.mark.parametrize(("at", "value", "good"), list(limits()), ids=lambda part: str(part)[:40])
def test_doors_agree_about_limits(at: tuple[str | int, ...], value: Any, good: bool) -> None:
    quick, slow, problems = verdicts(with_value(PUSH, at, value))
    assert (quick, slow) == (good, good), problems


@examples(60)
@given(nearly_right())
def test_editors_see_what_we_see(data: dict[str, Any]) -> None:
    """Another validator, as editors have one, says of the exported schema what ours says."""
    doc = read(data)
    # A short form is text until it is written out; that is how an editor sees it.
    editor = jsonschema.Draft202012Validator(json.loads(assets.schema_text("gitopsgen.schema")))
    codes = {found.code.partition(".")[0] for found in door.validate(doc, CATALOGUE)[1] if found.severity == "error"}
    if editor.is_valid(doc.data):
        assert "spec" not in codes or _has_whole_fraction(doc.data)
    else:
        assert "spec" in codes


def _has_whole_fraction(value: Any) -> bool:
    """JSON does not tell 3.0 from 3, and we do."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (isinstance(value, float) and value.is_integer()) or any(map(_has_whole_fraction, inner))


def test_fields_of_a_repositorys_own_pack(tmp_path: Path) -> None:
    """A pack of the repository is checked through the same two doors."""
    folder = tmp_path / ".gitopsgen/templates/cluster/eks"
    folder.mkdir(parents=True)
    (folder / "pack.yaml").write_text(
        "kind: cluster\nname: eks\ntitle: EKS\nsummary: Amazon\nrequired: [region]\n"
        "fields: {region: {type: string, pattern: '^[a-z-]+[0-9]$'}, nodes: {type: integer, minimum: 1}}\n"
    )
    layer = repository_layer(str(tmp_path))
    assert layer
    catalogue = Catalogue((BUILT_IN, layer))
    right = {"type": "eks", "region": "eu-central-1", "nodes": 3}
    for cluster, good in (
        (right, True),
        ({**right, "region": "EU"}, False),
        ({**right, "nodes": 0}, False),
        ({**right, "resourceGroup": "rg"}, False),
        ({"type": "eks"}, False),
        ("eks", False),
    ):
        for spec in FULL:
            assert verdicts({**spec, "cluster": cluster}, catalogue)[:2] == (good, good), cluster
