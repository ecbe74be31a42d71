"""Hostile text in the fields of Flux and the secrets that it decrypts: refused in place, or read back as one scalar."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitopsgen.compiler import Compiler
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.escaping.fields import OF_FLUX, SPECS
from tests.escaping.hostile import FRAGMENTS, share
from tests.escaping.test_fields import assert_refused_in_place
from tests.spec.specs import as_yaml
from tests.trees import write_tree

COMPILER = Compiler(Catalogue((BUILT_IN,)))
GOOD: dict[str, Any] = {
    "namespace": "gitops",
    "gitSecret": "forge",
    "serviceAccount": "shop-flux",
    "decryptionSecret": "sops-gpg",
    "dependsOn": ["infrastructure"],
    "sourceInterval": "30s",
    "interval": "10m",
    "images": "operator",
    "imageSecret": "registry-read",
    "imageInterval": "1m",
    "webhookSecret": "hook",
    "notify": {"service": "slack", "to": "#ops", "secret": "slack-url"},
}


def spec(**fields: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(SPECS["pull"]))
    data["gitops"] = {"operator": "flux", **GOOD, **fields}
    data["secrets"] = {"A": {"sops": "shop-db"}}
    return data


def scalars(node: Any) -> Iterator[Any]:
    """Yield every value of a document that is neither a list nor a mapping."""
    if isinstance(node, dict | list):
        for below in node.values() if isinstance(node, dict) else node:
            yield from scalars(below)
    else:
        yield node


@pytest.fixture
def repository(tmp_path: Path) -> Root:
    names = [f"k8s/overlays/{name}/secrets/shop-db.yaml" for name in SPECS["pull"]["environments"]]
    write_tree(tmp_path, dict.fromkeys(names, "kind: Secret\n"))
    return Root(str(tmp_path))


@pytest.mark.parametrize("field", sorted(OF_FLUX | {"gitops.notify.to"}))
def test_a_field_is_refused_or_read_back(repository: Root, field: str) -> None:
    name = field.split(".")[1]
    inside = field.split(".")[2] if name == "notify" else ""
    [good] = GOOD[name] if field.endswith("*") else [GOOD[name][inside] if inside else GOOD[name]]
    fragments = share(field, OF_FLUX | {"gitops.notify.to"})
    for text in (good, *fragments, *(f"{good}{fragment}" for fragment in fragments)):
        written = {**GOOD[name], inside: text} if inside else [text] if field.endswith("*") else text
        result = COMPILER.compile(as_yaml(spec(**{name: written})), repository, home=repository)
        if not isinstance(result, Compiled):
            assert text != good, result
            assert_refused_in_place(result, field)
            continue
        files = [file.text for file in result.files if file.path.startswith("flux/")]
        told = [document for text_ in files for document in yaml.safe_load_all(text_)]
        assert text in list(scalars(told)), text


def test_the_name_of_an_encrypted_file_is_nothing_but_a_name(repository: Root) -> None:
    for text in (*FRAGMENTS, *(f"shop-db{fragment}" for fragment in FRAGMENTS)):
        data = {**spec(), "secrets": {"A": {"sops": text}}}
        result = COMPILER.compile(as_yaml(data), repository, home=repository)
        if isinstance(result, Compiled):
            # A good name, of a file that is not there.
            assert f"k8s/overlays/production/secrets/{text}.yaml" in {one.path for one in result.warnings}, text
        elif "spec." in str(result):
            assert_refused_in_place(result, "secrets.*.sops")
