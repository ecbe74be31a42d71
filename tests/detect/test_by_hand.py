"""Repositories that deliver by hand already: what their own manifests and workflows say, and what is left open."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitopsgen.detect import Detection, detect
from tests.detect.by_hand import (
    APP,
    APPLICATION,
    DEPLOYMENT,
    MANIFEST,
    PULL,
    PUSH,
    PUSH_WORKFLOW,
    REPOSITORY,
    SERVICE,
    WORKFLOW,
    about,
    container,
    evidence,
    values,
)

Plant = Callable[[Mapping[str, str]], Path]
Look = Callable[..., Detection]


@pytest.mark.usefixtures("origin")
def test_a_repository_that_pushes_with_kubectl(plant: Plant, look_all: Look) -> None:
    plant(PUSH)

    found = look_all()

    assert values(found) == {
        "repository": REPOSITORY,
        "branch": "main",
        "runtime.name": "node",
        "runtime.version": "24",
        "runtime.packageManager": "npm",
        "runtime.framework": "express",
        "runtime.start": ["node", "app.js"],
        "runtime.include": ["*.js", "package-lock.json", "package.json"],
        "ci.name": "github-actions",
        "cluster.type": "aks",
        "mode": "push",
        "name": "storefront",
        "image": "docker.io/acme/storefront",
        "port": 3000,
        "replicas": 2,
        "expose.type": "load-balancer",
        "manifests": "k8s",
    }
    assert {line.partition(":")[0] for line in found.problems} == {
        "runtime.test",
        "health",
        "environments.production.namespace",
    }


def test_every_fact_names_the_line_that_says_it(plant: Plant, look_all: Look) -> None:
    root = plant(PUSH)

    found = evidence(look_all())

    for field, words in {
        "name": "name: storefront",
        "image": "image: acme/storefront:latest",
        "replicas": "replicas: 2",
        "expose.type": "type: LoadBalancer",
        "mode": "kubectl apply",
        "runtime.version": "FROM node:24",
    }.items():
        path, _, line = found[field].rpartition(" ")[2].rpartition(":")
        assert words in (root / path).read_text().splitlines()[int(line) - 1], field
    assert found["name"].startswith("Deployment storefront: k8s/deploy.yaml:")
    assert found["port"].startswith("app.js:3, Deployment storefront: k8s/deploy.yaml:")


@pytest.mark.usefixtures("origin")
def test_a_repository_that_an_operator_syncs(plant: Plant, look_all: Look) -> None:
    plant(PULL)

    found = values(look_all())

    assert (found["mode"], found["gitops.operator"], found["gitops.namespace"]) == ("pull", "argocd", "argocd")
    assert found["gitops.server"] == "https://kubernetes.default.svc"
    assert found["environments.production.namespace"] == "shop"
    assert "cluster.type" not in found


@pytest.mark.usefixtures("origin")
@pytest.mark.parametrize("url", ["https://github.com/acme/other.git", "<your-git-repository>", "", "[x]"])
def test_an_application_of_another_repository_says_nothing_about_this_one(
    plant: Plant, look_all: Look, url: str
) -> None:
    plant({**PULL, "argo.yaml": APPLICATION.replace("git@github.com:acme/storefront", url)})

    assert not {"mode", "gitops.operator"} & set(values(look_all()))


@pytest.mark.usefixtures("origin")
def test_an_operator_and_kubectl_at_once_leave_the_mode_open(plant: Plant, look_all: Look) -> None:
    plant({**PULL, WORKFLOW: PUSH_WORKFLOW})

    found = look_all()

    assert "mode" not in values(found)
    assert "says push" in about(found, "mode")
    assert "Application storefront: argo.yaml:1 says pull" in about(found, "mode")


def test_base_and_overlay_are_read_together(plant: Plant, look_all: Look) -> None:
    probe = "readinessProbe:\n  httpGet:\n    path: /ready\n    port: 3000"
    plant(
        {
            **APP,
            "deploy/base/kustomization.yaml": "resources: [deployment.yaml]\n",
            "deploy/base/deployment.yaml": container(probe).replace("acme/storefront:latest", "storefront"),
            "deploy/overlays/staging/kustomization.yaml": (
                "namespace: shop\nresources: [../../base]\npatches: [{path: replicas.yaml}]\n"
                "images:\n  - name: storefront\n    newName: ghcr.io/acme/storefront\n    newTag: 4f2c\n"
            ),
            "deploy/overlays/staging/replicas.yaml": (
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: storefront}\nspec: {replicas: 5}\n"
            ),
        }
    )

    found = look_all()

    assert (
        values(found).items()
        >= {
            "manifests": "deploy",
            "environments.staging": {},
            "environments.staging.namespace": "shop",
            "image": "ghcr.io/acme/storefront",
            "replicas": 5,
            "health": "/ready",
            "port": 3000,
        }.items()
    )
    assert evidence(found)["replicas"] == "Deployment storefront: deploy/overlays/staging/replicas.yaml:4"


def test_two_overlays_leave_the_environment_open(plant: Plant, look_all: Look) -> None:
    overlay = "namespace: {}\nresources: [../../base]\n"
    plant({f"k8s/overlays/{name}/kustomization.yaml": overlay.format(name) for name in ("prod", "test")})

    found = look_all()

    assert not [field for field in values(found) if field.startswith("environments")]
    assert "overlays/prod/kustomization.yaml:1 says prod" in about(found, "environments")


@pytest.mark.parametrize("folder", ["k8s", "kubernetes", "deploy/app", "manifests", "infra/k8s/app"])
def test_manifests_are_found_where_people_keep_them(plant: Plant, look_all: Look, folder: str) -> None:
    plant({f"{folder}/app.yml": DEPLOYMENT})

    assert values(look_all())["manifests"] == folder


def test_a_manifest_at_the_root_is_read_and_names_no_folder(plant: Plant, look_all: Look) -> None:
    plant({"deployment.yaml": DEPLOYMENT})

    found = values(look_all())

    assert found["replicas"] == 2 and "manifests" not in found


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("acme/storefront:latest", "docker.io/acme/storefront"),
        ("acme/storefront", "docker.io/acme/storefront"),
        ("ghcr.io/acme/storefront:1.2", "ghcr.io/acme/storefront"),
        ("registry.example.com:5000/a/b:1", "registry.example.com:5000/a/b"),
        (f"docker.io/acme/storefront:1@sha256:{'0' * 64}", "docker.io/acme/storefront"),
        ("localhost/storefront:1", None),
        ("storefront", None),
        ("${IMAGE}/x:1", None),
        ("<your-docker-username>/storefront:latest", None),
    ],
)
def test_an_image_is_named_without_tag_and_with_its_host(
    plant: Plant, look_all: Look, image: str, expected: str | None
) -> None:
    plant({MANIFEST: DEPLOYMENT.replace("acme/storefront:latest", image)})

    assert values(look_all()).get("image") == expected


def test_ports_that_disagree_are_a_problem(plant: Plant, look_all: Look) -> None:
    plant({**APP, MANIFEST: DEPLOYMENT.replace("3000", "8080")})

    found = look_all()

    assert "port" not in values(found)
    assert "app.js:3 says 3000" in about(found, "port") and "deployment.yaml:21 says 8080" in about(found, "port")


def test_a_second_port_is_no_disagreement_about_the_first(plant: Plant, look_all: Look) -> None:
    plant({**APP, MANIFEST: DEPLOYMENT + "            - containerPort: 9090\n"})

    assert values(look_all())["port"] == 3000


def test_two_deployments_are_told_apart_by_nobody_but_the_user(plant: Plant, look_all: Look) -> None:
    plant({MANIFEST: DEPLOYMENT, "k8s/redis.yaml": DEPLOYMENT.replace("storefront", "redis").replace("2", "1")})

    found = look_all()

    assert not {"image", "replicas", "manifests"} & set(values(found))
    (problem,) = [line for line in found.problems if "cannot be told" in line]
    assert "Deployment storefront in k8s/deployment.yaml" in problem and "Deployment redis in k8s/redis.yaml" in problem


def test_two_services_make_nothing_public(plant: Plant, look_all: Look) -> None:
    plant({MANIFEST: DEPLOYMENT, "k8s/a.yaml": SERVICE, "k8s/b.yaml": SERVICE.replace("storefront-svc", "proxy")})

    assert "expose.type" not in values(look_all())


def test_plain_variables_are_taken_and_secrets_are_not(plant: Plant, look_all: Look) -> None:
    env = """\
env:
  - {name: LOG_LEVEL, value: info}
  - {name: PORT, value: "3000"}
  - {name: EMPTY}
  - {name: DB_PASSWORD, value: hunter2}
  - {name: DB, value: "postgres://shop:hunter2@db/shop"}
  - name: HOST_IP
    valueFrom: {fieldRef: {fieldPath: status.hostIP}}"""
    plant({MANIFEST: container(env)})

    found = look_all()

    assert {field: value for field, value in values(found).items() if field.startswith("env.")} == {
        "env.LOG_LEVEL": "info",
        "env.EMPTY": "",
    }
    assert values(found)["port"] == 3000
    told = [line for line in found.problems if line.startswith("env: ")]
    assert [next(name for name in ("DB_PASSWORD", "DB,", "HOST_IP") if name in line) for line in told]
    assert len(told) == 3 and "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (
            "{requests: {cpu: 250m, memory: 512Mi}, limits: {cpu: '1', memory: 1Gi}}",
            {"cpu": "250m", "cpuLimit": "1", "memory": "512Mi", "memoryLimit": "1Gi"},
        ),
        ("{limits: {cpu: 500m, memory: 256Mi}}", {"cpu": "500m", "cpuLimit": "500m", "memory": "256Mi"}),
        ("{requests: {memory: 0.5Gi}}", {"memory": "512Mi"}),
        ("{limits: {cpu: 0.5}}", {"cpu": "500m", "cpuLimit": "500m"}),
        ("{limits: {cpu: 1.0}}", {"cpu": "1", "cpuLimit": "1"}),
        ("{}", {}),
    ],
)
def test_resources_become_those_of_the_spec(
    plant: Plant, look_all: Look, resources: str, expected: dict[str, str]
) -> None:
    plant({MANIFEST: container(f"resources: {resources}")})

    found = values(look_all())

    assert {key.partition(".")[2]: found[key] for key in found if key.startswith("resources")} == expected


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ("{requests: {cpu: 1}}", "without a limit"),
        ("{limits: {memory: 100M}}", "not a whole number of Mi or Gi"),
        ("{limits: {cpu: lots}}", "asks for lots CPU"),
        ("{limits: {cpu: 0}}", "which no field can hold"),
    ],
)
def test_resources_that_a_spec_cannot_say_are_a_problem(
    plant: Plant, look_all: Look, resources: str, words: str
) -> None:
    plant({MANIFEST: container(f"resources: {resources}")})

    found = look_all()

    assert not [field for field in values(found) if field.startswith("resources")]
    assert words in about(found, "resources")


def test_a_runtime_that_is_not_offered_is_a_problem(plant: Plant, look_all: Look) -> None:
    plant({**APP, "Dockerfile": "FROM --platform=linux/amd64 docker.io/library/node:20-alpine AS build\n"})

    assert "Dockerfile:1 says 20; none of" in about(look_all(), "runtime.version")


def test_a_fresh_repository_is_looked_at_as_before(plant: Plant, look_all: Look) -> None:
    plant({name: text for name, text in APP.items() if name != "Dockerfile"})

    found = look_all()

    about = {line.partition(":")[0] for line in found.problems}
    assert about == {"ci.name", "runtime.test", "runtime.version", "health"}


@pytest.mark.parametrize(
    "documents",
    [
        {"in": "*.yaml", "mentions": "("},
        {"in": "*.yaml", "where": {"kind": "("}},
        {"in": "*.yaml", "variables": {"match": "(", "at": ["x"]}},
    ],
)
def test_a_bad_pattern_of_a_group_is_reported(plant: Plant, root: Path, documents: dict[str, object]) -> None:
    rule = {"from": [{"documents": "all", "at": "kind"}]}
    pack = {
        "kind": "ci",
        "name": "mine",
        "detect": {"documents": {"all": documents}, "signs": [{"exists": "a.yaml"}], "fields": {"health": rule}},
    }
    plant({"a.yaml": DEPLOYMENT})

    assert any(line.startswith("health: pack ci/mine has a bad pattern") for line in detect(str(root), [pack]).problems)
