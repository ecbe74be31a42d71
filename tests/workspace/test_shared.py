"""What services share is said once in the workspace file, and what is wrong there is told once."""

from pathlib import Path

import pytest
import yaml

from tests.regeneration.project import Project
from tests.workspace.mono import mono, spec

SHOP = "services/shop"


@pytest.fixture
def repo(tmp_path: Path) -> Project:
    found = mono(tmp_path)
    found.generate()
    found.commit()
    return found


def test_what_all_share_is_said_once_and_a_service_says_what_is_different(tmp_path: Path) -> None:
    repo = mono(
        tmp_path,
        "image: docker.io/acme/storefront\nenvironments: {production: {replicas: 5}}\nruntime: {test: npm run all}\n",
    )
    repo.generate()
    pay, shop = (yaml.safe_load(repo.read(f".github/workflows/{name}.yaml")) for name in ("pay", "shop"))
    assert [job["steps"][-1]["run"] for job in (pay["jobs"]["test"], shop["jobs"]["test"])] == [
        "npm test",
        "npm run all",
    ]
    images = [repo.read(f"services/{name}/k8s/overlays/staging/image/kustomization.yaml") for name in ("pay", "shop")]
    assert "ghcr.io/acme/pay" in images[0]
    assert "docker.io/acme/storefront" in images[1]
    namespaces = [
        yaml.safe_load(repo.read(f"services/{name}/k8s/overlays/{place}/namespace.yaml"))["metadata"]["name"]
        for name in ("pay", "shop")
        for place in ("staging", "production")
    ]
    assert namespaces == ["pay-staging", "pay", "shop-staging", "shop"]
    changes = f"{SHOP}/k8s/overlays/production/changes/kustomization.yaml"
    assert "replicas: 5" in repo.read(changes)
    assert not repo.has(changes.replace("shop", "pay"))


def test_another_system_takes_nothing_of_the_one_in_the_defaults(tmp_path: Path) -> None:
    repo = mono(tmp_path, 'runtime: {name: go, version: "1.27"}\n')
    repo.write(f"{SHOP}/go.mod", "module shop\n")
    repo.write(f"{SHOP}/main.go", "package main\n")
    repo.generate()
    assert "FROM golang:1.27" in repo.read(f"{SHOP}/Dockerfile")
    assert "npm" not in repo.read(".github/workflows/shop.yaml")


def test_a_mistake_in_the_defaults_is_told_once_and_where_it_is_written(tmp_path: Path) -> None:
    repo = mono(tmp_path, "replicas: -1\n")
    repo.edit("gitopsgen.workspace.yaml", "mode: pull", "mode: pul")
    told = repo.ours("check")
    assert told.code == 3
    assert told.err.count("spec.bad-value") == 1
    assert 'gitopsgen.workspace.yaml:4:9: spec.bad-value: "mode" cannot be "pul"; did you mean "pull"?' in told.err
    assert "services/shop/gitopsgen.yaml:3:11: spec.out-of-range" in told.err
    assert not repo.has("gitopsgen.lock")


def test_a_name_that_is_wrong_makes_nothing_else_wrong(tmp_path: Path) -> None:
    repo = mono(tmp_path)
    repo.write(f"{SHOP}/gitopsgen.yaml", spec("Shop_1", "environments: {staging: {}, production: {namespace: app}}\n"))
    told = repo.ours("check")
    assert "services/shop/gitopsgen.yaml:2:7: spec.bad-text" in told.err
    assert told.err.endswith("1 error\n")


def test_a_worker_takes_none_of_the_defaults_that_are_for_apps_that_listen(tmp_path: Path) -> None:
    repo = mono(tmp_path, "type: worker\n")
    repo.edit("gitopsgen.workspace.yaml", "  mode: pull\n", "  mode: pull\n  port: 3000\n  health: /up\n")
    repo.edit("gitopsgen.workspace.yaml", '"{name}-staging"', '"{name}-staging", replicas: 3')
    repo.generate()
    assert "containerPort: 3000" in repo.read("services/pay/k8s/base/deployment.yaml")
    assert "containerPort" not in repo.read(f"{SHOP}/k8s/base/deployment.yaml")
    assert "replicas: 3" in repo.read(f"{SHOP}/k8s/overlays/staging/changes/kustomization.yaml")
