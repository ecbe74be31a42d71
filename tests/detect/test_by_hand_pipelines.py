"""Repositories that deliver by hand already: the images, clusters and changes that their pipelines name."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitopsgen.detect import Detection
from tests.detect.by_hand import (
    DEPLOYMENT,
    MANIFEST,
    WORKFLOW,
    about,
    evidence,
    steps,
    values,
)

Plant = Callable[[Mapping[str, str]], Path]
Look = Callable[..., Detection]


@pytest.mark.parametrize(
    "tags",
    [
        "ghcr.io/acme/storefront:${{ github.sha }}",
        "|\n      ghcr.io/acme/storefront:latest\n      ghcr.io/acme/storefront:${{ github.sha }}",
        "ghcr.io/acme/storefront:a,ghcr.io/acme/storefront:b",
        "${{ env.REGISTRY }}/acme/storefront:${{ github.sha }}",
    ],
)
def test_the_workflow_tells_the_image_that_it_pushes(plant: Plant, look_all: Look, tags: str) -> None:
    build = f"- uses: docker/build-push-action@v6\n  with:\n    tags: {tags}"
    plant({WORKFLOW: steps(build, before="env:\n  REGISTRY: ghcr.io\n")})

    found = look_all()

    assert values(found).get("image") == "ghcr.io/acme/storefront"
    assert evidence(found)["image"].startswith(f"{WORKFLOW}:")


def test_docker_push_tells_the_image_too(plant: Plant, look_all: Look) -> None:
    plant({WORKFLOW: steps("- run: |\n    docker build -t x .\n    docker push acme/storefront:$GITHUB_SHA")})

    assert values(look_all())["image"] == "docker.io/acme/storefront"


def test_of_several_images_that_are_pushed_the_deployed_one_counts(plant: Plant, look_all: Look) -> None:
    pushes = "- run: docker push acme/storefront:1\n- run: docker push acme/worker:1"
    plant({WORKFLOW: steps(pushes), MANIFEST: DEPLOYMENT})

    assert values(look_all())["image"] == "docker.io/acme/storefront"


def test_an_image_that_is_pushed_but_not_deployed_is_a_problem(plant: Plant, look_all: Look) -> None:
    plant({WORKFLOW: steps("- run: docker push ghcr.io/acme/storefront:1"), MANIFEST: DEPLOYMENT})

    found = look_all()

    assert "image" not in values(found)
    assert "says ghcr.io/acme/storefront" in about(found, "image")
    assert "says docker.io/acme/storefront; set it in the spec" in about(found, "image")


@pytest.mark.parametrize(
    "step",
    [
        "- uses: azure/aks-set-context@v4\n  with:\n    resource-group: shop-rg\n    cluster-name: prod",
        "- uses: azure/aks-set-context@v4\n  with: {cluster-name: '${{ env.AKS }}', resource-group: '${{env.GROUP}}'}",
        "- run: az aks get-credentials -g shop-rg --name prod --overwrite-existing",
        "- run: |\n    az account show\n    az aks get-credentials --name=prod --resource-group=shop-rg",
    ],
)
def test_a_literal_cluster_is_named(plant: Plant, look_all: Look, step: str) -> None:
    plant({WORKFLOW: steps(step, before="env: {GROUP: shop-rg, AKS: prod}\n")})

    found = values(look_all())

    assert (found["cluster.type"], found["cluster.resourceGroup"], found["cluster.name"]) == ("aks", "shop-rg", "prod")


@pytest.mark.parametrize(
    ("step", "cluster"),
    [
        (
            "- run: aws eks update-kubeconfig --name prod --region eu-central-1",
            {"type": "eks", "name": "prod", "region": "eu-central-1"},
        ),
        (
            "- uses: aws-actions/configure-aws-credentials@v4\n  with: {aws-region: us-east-1}\n"
            "- run: aws eks update-kubeconfig --name=prod",
            {"type": "eks", "name": "prod", "region": "us-east-1"},
        ),
        (
            "- uses: google-github-actions/get-gke-credentials@v2\n"
            "  with: {cluster_name: prod, location: europe-west3, project_id: acme-prod}",
            {"type": "gke", "name": "prod", "location": "europe-west3", "project": "acme-prod"},
        ),
        (
            "- run: gcloud container clusters get-credentials prod --zone us-central1-a --project acme-prod",
            {"type": "gke", "name": "prod", "location": "us-central1-a", "project": "acme-prod"},
        ),
        ("- run: echo '${{ secrets.KUBE_CONFIG }}' | base64 -d > kubeconfig", {"type": "kubeconfig"}),
        ("- uses: azure/k8s-set-context@v4\n  with: {kubeconfig: '${{ secrets.KUBE }}'}", {"type": "kubeconfig"}),
    ],
)
def test_each_kind_of_cluster_is_known_by_how_a_job_gets_in(
    plant: Plant, look_all: Look, step: str, cluster: dict[str, str]
) -> None:
    plant({WORKFLOW: steps(step)})

    found = values(look_all())

    assert {field: value for field, value in found.items() if field.startswith("cluster.")} == {
        f"cluster.{name}": value for name, value in cluster.items()
    }


def test_a_variable_with_two_values_is_none(plant: Plant, look_all: Look) -> None:
    step = "- uses: azure/aks-set-context@v4\n  with: {resource-group: '${{ env.GROUP }}', cluster-name: prod}"
    text = steps(step, before="env: {GROUP: a}\n")
    plant({WORKFLOW: text.replace("    runs-on", "    env: {GROUP: b}\n    runs-on")})

    found = values(look_all())

    assert found["cluster.name"] == "prod" and "cluster.resourceGroup" not in found


@pytest.mark.parametrize(
    ("line", "mode"),
    [
        ("kubectl apply -k k8s/overlays/prod", "push"),
        ("kubectl -n shop set image deployment/x x=y", "push"),
        ("helm upgrade --install shop chart", "push"),
        ("kubectl apply --dry-run=client -f k8s", None),
        ("kubectl get pods", None),
        ("# kubectl apply -f k8s", None),
    ],
)
def test_what_changes_the_cluster_is_push(plant: Plant, look_all: Look, line: str, mode: str | None) -> None:
    plant({WORKFLOW: steps(f"- run: |\n    {line}")})

    assert values(look_all()).get("mode") == mode


def test_the_namespace_of_kubectl_is_read(plant: Plant, look_all: Look) -> None:
    plant({WORKFLOW: steps("- run: kubectl apply -n shop -f k8s"), MANIFEST: DEPLOYMENT})

    assert values(look_all())["environments.production.namespace"] == "shop"
