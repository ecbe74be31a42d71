"""What services share is said once: what one takes, leaves out, or says otherwise, and where a mistake is told."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from tests.workspace.mono import mono, service, spec

SHOP = "services/shop"
DEFAULTS = "  mode: pull\n"


def test_a_service_leaves_out_what_the_defaults_say(tmp_path: Path) -> None:
    repo = mono(
        tmp_path, "branch: null\nenv: {LEVEL: ~}\nenvironments: {staging: null, production: {replicas: null}}\n"
    )
    repo.edit("gitopsgen.workspace.yaml", DEFAULTS, f"{DEFAULTS}  branch: main\n  env: {{LEVEL: info, ZONE: eu}}\n")
    repo.edit(
        "gitopsgen.workspace.yaml",
        'production: {namespace: "{name}"}',
        "production: {replicas: 4, namespace: '{name}'}",
    )
    repo.generate()
    assert repo.has("services/pay/k8s/overlays/staging")
    assert not repo.has(f"{SHOP}/k8s/overlays/staging")
    changes = "k8s/overlays/production/changes/kustomization.yaml"
    assert "replicas: 4" in repo.read(f"services/pay/{changes}")
    assert not repo.has(f"{SHOP}/{changes}")
    deployment = "k8s/base/deployment.yaml"
    assert "LEVEL" in repo.read(f"services/pay/{deployment}")
    assert "LEVEL" not in repo.read(f"{SHOP}/{deployment}")
    assert "ZONE" in repo.read(f"{SHOP}/{deployment}")


def test_the_schema_for_editors_allows_to_leave_out_and_to_say_a_part(tmp_path: Path) -> None:
    repo = mono(tmp_path)
    repo.generate()
    schema = jsonschema_rs.validator_for(repo.read(".gitopsgen/schema.json"))
    for good in (
        "environments: {staging: null}\nport: null\nruntime: {version: null}\n",
        "runtime: {test: npm run all}\nenv: {A: null}\n",
    ):
        assert schema.is_valid(yaml.safe_load(f"apiVersion: gitopsgen/v1\nname: shop\n{good}")), good
    for bad in ("name: null\n", "environments: {staging: 3}\n", "runtime: {name: null}\n", "prot: 3\n"):
        assert not schema.is_valid(yaml.safe_load(f"apiVersion: gitopsgen/v1\n{bad}")), bad
    assert "required" not in json.loads(repo.read(".gitopsgen/schema.json"))


@pytest.mark.parametrize(
    ("shared", "own", "told"),
    [
        ("port: nought", "port: 3000", '5:9: spec.bad-type: "port"'),
        ("helth: /up", "", "5:3: spec.unknown-field"),
        ("runtime: {name: node, versoin: '24'}", "runtime: {name: static}", "spec.unknown-field"),
        ("replicas: null", "replicas: 2", "5:3: spec.no-value"),
    ],
)
def test_a_mistake_in_the_defaults_is_told_though_every_service_says_otherwise(
    tmp_path: Path, shared: str, own: str, told: str
) -> None:
    repo = mono(tmp_path)
    for name in ("pay", "shop"):
        for path, text in service(name, f"{own}\n").items():
            repo.write(path, text)
    if shared.startswith("runtime"):
        repo.edit("gitopsgen.workspace.yaml", "runtime: {name: node", shared[:-1])
    else:
        repo.edit("gitopsgen.workspace.yaml", DEFAULTS, f"{DEFAULTS}  {shared}\n")
    ran = repo.ours("check")
    assert ran.code == 3
    assert told in ran.err
    assert ran.err.endswith("1 error\n"), ran.err


def test_defaults_that_only_a_service_completes_are_no_mistake(tmp_path: Path) -> None:
    repo = mono(tmp_path)
    for name in ("pay", "shop"):
        more = "cluster: {resourceGroup: rg, name: prod}\nruntime: {name: node, packageManager: npm}\n"
        repo.write(f"services/{name}/gitopsgen.yaml", spec(name, more))
    repo.edit("gitopsgen.workspace.yaml", DEFAULTS, "  mode: push\n  cluster: {type: aks, resourceGroup: shared}\n")
    repo.edit("gitopsgen.workspace.yaml", "{name: node, start", "{packageManager: pnpm, start")
    assert repo.ours("check").code == 1
