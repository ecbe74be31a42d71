"""`gitopsgen init --yes` where manifests and workflows are there already: the spec that it writes, and what it asks."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from gitopsgen.detect import Fact
from gitopsgen.scaffold import draft
from tests.detect.by_hand import PULL, PUSH, REPOSITORY
from tests.trees import Ran, run, write_tree

CLUSTER = ("--set", "cluster.resourceGroup=shop-rg", "--set", "cluster.name=prod")
OVERLAY = "namespace: shop\nresources: [../../base]\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "storefront"
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    subprocess.run(["git", "-C", folder, "remote", "add", "origin", REPOSITORY], check=True)
    return folder


def init(root: Path, files: Mapping[str, str], *words: str) -> Ran:
    """Run it where no file is in the way of ours."""
    write_tree(root, {path: text for path, text in files.items() if path not in ("Dockerfile", ".dockerignore")})
    return run("init", "--yes", *words, cwd=root)


def spec(root: Path) -> str:
    return (root / "gitopsgen.yaml").read_text().partition("---\n")[2]


def test_an_operator_that_syncs_leaves_nothing_to_ask(root: Path) -> None:
    ran = init(root, PULL)

    assert ran.code == 0, ran.err
    assert spec(root) == (
        "apiVersion: gitopsgen/v1\n"
        "name: storefront\n"
        "mode: pull  # CI records the image in git and an operator syncs; with `push` CI would deploy with kubectl\n"
        "image: docker.io/acme/storefront\n"
        f"repository: {REPOSITORY}\n"
        "branch: main\n"
        "runtime:\n"
        "  name: node\n"
        "  packageManager: npm\n"
        "  framework: express\n"
        "  start: [node, app.js]\n"
        '  include: ["*.js", package-lock.json, package.json]\n'
        "port: 3000\n"
        "replicas: 2\n"
        "expose:\n"
        "  type: load-balancer\n"
        "ci:\n"
        "  name: github-actions\n"
        "gitops:\n"
        "  operator: argocd\n"
        "  namespace: argocd\n"
        "  server: https://kubernetes.default.svc\n"
        "manifests: k8s\n"
        "environments:\n"
        "  production:\n"
        "    namespace: shop\n"
    )
    assert (root / "k8s/deploy.yaml").read_text() == PULL["k8s/deploy.yaml"]


def test_a_cluster_that_is_named_by_secrets_is_asked_for_and_nothing_else(root: Path) -> None:
    ran = init(root, PUSH)

    assert ran.code == 2
    asked = [line.split()[:2] for line in ran.err.partition("say it by:")[2].splitlines() if line]
    assert asked == [["--set", "cluster.resourceGroup=VALUE"], ["--set", "cluster.name=VALUE"]]
    assert "Deployment storefront: k8s/deploy.yaml:31" in ran.err
    assert not (root / "gitopsgen.yaml").exists()

    ran = run("init", "--yes", *CLUSTER, cwd=root)

    assert ran.code == 0, ran.err
    assert "mode: push" in spec(root)
    assert "cluster:\n  type: aks\n  resourceGroup: shop-rg\n  name: prod\n" in spec(root)
    assert run("check", "--full", cwd=root).code == 0


def test_what_disagrees_is_told_and_asked(root: Path) -> None:
    push = PUSH[".github/workflows/pipeline.yaml"].replace("${{ secrets.DOCKER_USERNAME }}/", "ghcr.io/acme/")
    ran = init(root, {**PUSH, ".github/workflows/pipeline.yaml": push}, *CLUSTER)

    assert ran.code == 2
    assert "says ghcr.io/acme/storefront" in ran.err and "says docker.io/acme/storefront; set it in the spec" in ran.err
    assert "  --image" in ran.err and "  --port" not in ran.err


def test_an_answer_about_another_environment_replaces_the_one_that_was_found(root: Path) -> None:
    found = {**PULL, "k8s/overlays/test/kustomization.yaml": OVERLAY}
    ran = init(root, found, "--set", "environments.live.replicas=3")

    assert ran.code == 0, ran.err
    assert "environments:\n  live:\n    replicas: 3\n" in spec(root)
    assert "test" not in spec(root).partition("environments:")[2]


def test_an_answer_about_the_environment_that_was_found_is_put_beside_it(root: Path) -> None:
    found = {**PULL, "deploy/overlays/test/kustomization.yaml": OVERLAY}
    ran = init(root, found, "--set", "environments.test.replicas=3")

    assert ran.code == 0, ran.err
    assert "environments:\n  test:\n    namespace: shop\n    replicas: 3\n" in spec(root)


def test_a_size_that_is_answered_replaces_what_was_found(root: Path) -> None:
    manifest = PULL["k8s/deploy.yaml"] + "          resources: {limits: {cpu: 250m, memory: 2Gi}}\n"
    ran = init(root, {**PULL, "k8s/deploy.yaml": manifest}, "--set", "resources=large")

    assert ran.code == 0, ran.err
    assert "resources:\n  size: large\nexpose:" in spec(root)


def test_resources_and_variables_come_along(root: Path) -> None:
    more = "          resources: {limits: {cpu: 250m, memory: 2Gi}}\n          env: [{name: LOG_LEVEL, value: warn}]\n"
    ran = init(root, {**PULL, "k8s/deploy.yaml": PULL["k8s/deploy.yaml"] + more})

    assert ran.code == 0, ran.err
    assert "resources:\n  cpu: 250m\n  cpuLimit: 250m\n  memory: 2Gi\n" in spec(root)
    assert "env:\n  LOG_LEVEL: warn\n" in spec(root)


def test_a_system_that_is_answered_leaves_nothing_of_the_one_that_was_found() -> None:
    facts = [Fact("cluster.type", "here", ""), Fact("cluster.region", "north", ""), Fact("port", 3000, "")]

    assert draft(facts, {"mode": "push", "cluster.type": "there"})["cluster"] == {"type": "there"}
    assert draft(facts, {"mode": "push", "cluster.type": "here"})["cluster"] == {"type": "here", "region": "north"}
