"""What each cluster and each registry brings, in the specs that choose them."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitopsgen.compiler import generate
from tests.trees import run

from .combinations import CLUSTERS, IMAGES, spec


def workflow(folder: Path, text: str) -> Any:
    (folder / "gitopsgen.yaml").write_text(text)
    outcome = generate(str(folder))
    assert outcome.exit_code == 0, outcome.diagnostics
    return yaml.safe_load((folder / ".github/workflows/shop.yaml").read_text())


def used(job: Any) -> list[str]:
    return [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]


@pytest.mark.parametrize(
    ("registry", "permissions", "login"),
    [
        ("docker-hub", {"contents": "read"}, ["docker/login-action"]),
        ("other", {"contents": "read"}, ["docker/login-action"]),
        ("gitlab", {"contents": "read"}, ["docker/login-action"]),
        ("ghcr", {"contents": "read", "packages": "write"}, ["docker/login-action"]),
        ("acr", {"contents": "read", "id-token": "write"}, ["azure/login"]),
        (
            "ecr",
            {"contents": "read", "id-token": "write"},
            ["aws-actions/configure-aws-credentials", "aws-actions/amazon-ecr-login"],
        ),
        ("gar", {"contents": "read", "id-token": "write"}, ["google-github-actions/auth", "docker/login-action"]),
    ],
)
def test_the_host_of_the_image_chooses_the_registry_and_its_strongest_login(
    tmp_path: Path, registry: str, permissions: dict[str, str], login: list[str]
) -> None:
    build = workflow(tmp_path, spec("aks", registry, "pull"))["jobs"]["build"]

    assert build["permissions"] == permissions
    assert used(build)[1:-2] == login
    text = yaml.safe_dump(build)
    assert ("secrets." in text) == (registry in ("docker-hub", "other", "gitlab"))


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_cluster_of_a_cloud_needs_no_secret(tmp_path: Path, cluster: str) -> None:
    deploy = workflow(tmp_path, spec(cluster, "ghcr", "push"))["jobs"]["deploy-production"]

    identity = cluster != "kubeconfig"
    assert (deploy["permissions"].get("id-token") == "write") == identity
    assert ("secrets." in yaml.safe_dump(deploy)) != identity
    scripts = {path.name for path in (tmp_path / "k8s/bin").glob("login-*")}
    assert scripts == (set() if identity else {"login-kubeconfig.sh"})


@pytest.mark.parametrize("image", IMAGES.values())
def test_a_registry_of_ones_own_choice_wins_over_the_host(tmp_path: Path, image: str) -> None:
    text = spec("aks", "other", "pull", "registry: other").replace(IMAGES["other"], image)

    build = workflow(tmp_path, text)["jobs"]["build"]

    assert "REGISTRY_TOKEN" in yaml.safe_dump(build)


@pytest.mark.parametrize(("cluster", "registry"), list(zip([*CLUSTERS, *CLUSTERS][: len(IMAGES)], IMAGES, strict=True)))
def test_the_steps_outside_are_commands_that_a_shell_can_read(tmp_path: Path, cluster: str, registry: str) -> None:
    environments = "environments: {staging: {namespace: shop-staging}, production: {}}"
    more = f"previews: true\nregistry: {{pullSecret: pull}}\n{environments}"
    (tmp_path / "gitopsgen.yaml").write_text(spec(cluster, registry, "push", more))

    told = run("setup", cwd=tmp_path)

    assert told.code == 0, told.err
    lines = [line.strip() for line in told.out.splitlines() if line.startswith(" " * 8)]
    shell = [line for line in lines if "process.on(" not in line]
    assert len(shell) > 5
    done = subprocess.run(["sh", "-n"], input="\n".join(shell), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_kubeconfig_is_made_when_there_is_the_account_that_it_is_for(tmp_path: Path) -> None:
    (tmp_path / "gitopsgen.yaml").write_text(spec("kubeconfig", "ghcr", "push"))
    told = run("setup", cwd=tmp_path).out
    assert 0 < told.index("kubectl create serviceaccount ci") < told.index("kubectl create token ci")
