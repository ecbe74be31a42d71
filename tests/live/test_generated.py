"""What gitopsgen writes, deployed: its own manifests and scripts, as generated, on a real API server."""

from pathlib import Path

import pytest

from gitopsgen.compiler import generate

from .kube import Cluster
from .manifests import RIGHTS
from .project import Project, namespaces
from .scripts import IMAGE, OVERLAY, Clone, digest, git, write

pytestmark = pytest.mark.live

SPEC = """\
apiVersion: gitopsgen/v1
name: storefront
mode: %(mode)s
image: docker.io/acme/storefront
repository: https://github.com/acme/storefront.git
runtime: node
port: 3000
replicas: %(replicas)d
cluster: {type: aks, resourceGroup: rg, name: prod}
environments: {production: {namespace: %(namespace)s}}
"""


def generated(cluster: Cluster, path: Path, mode: str, replicas: int = 2, namespace: str = "") -> Project:
    """Write a project as a person gets it, and let an administrator set its namespace up."""
    project = Project(cluster, path, namespace or next(namespaces))
    spec = SPEC % {"mode": mode, "namespace": project.namespace, "replicas": replicas}
    write(path / "gitopsgen.yaml", spec)
    outcome = generate(str(path))
    assert outcome.exit_code == 0, outcome.diagnostics
    if not namespace:
        git(path, "init", "-q", "-b", "main")
        cluster.kubectl("apply", "-f", str(path / OVERLAY / "namespace.yaml"))
        cluster.kubectl("apply", "-f", "-", stdin=RIGHTS % {"namespace": project.namespace})
    return project


def test_a_generated_project_is_deployed_changed_and_pruned(cluster: Cluster, tmp_path: Path) -> None:
    project = generated(cluster, tmp_path, "push")
    revision = project.commit()
    result = project.deploy(revision, TIMEOUT="120s")
    assert result.returncode == 0, result.stderr
    assert project.live()["status"]["availableReplicas"] == 2
    assert project.live_image() == project.image(revision)
    assert cluster.names(project.namespace, "networkpolicies") == {"networkpolicy.networking.k8s.io/storefront"}
    assert cluster.names(project.namespace, "poddisruptionbudgets") == {"poddisruptionbudget.policy/storefront"}
    generated(cluster, tmp_path, "push", replicas=1, namespace=project.namespace)
    result = project.deploy(project.commit(), TIMEOUT="120s")
    assert result.returncode == 0, result.stderr
    assert project.live()["spec"]["replicas"] == 1
    assert cluster.names(project.namespace, "poddisruptionbudgets") == set(), "one replica has no budget"
    assert cluster.names(project.namespace, "services") == {"service/storefront"}


def test_what_an_operator_syncs_starts_nothing_before_the_first_build(cluster: Cluster, tmp_path: Path) -> None:
    project = generated(cluster, tmp_path, "pull")
    cluster.kubectl("apply", "-k", str(tmp_path / OVERLAY))
    assert project.live()["spec"]["replicas"] == 0
    assert cluster.names(project.namespace, "pods") == set()
    variables = {"TAG": "ready-1", "DIGEST": f"sha256:{'1' * 64}", "REVISION": "2" * 40}
    clone = Clone(tmp_path)
    done = clone.run("set-image.sh", clone.variables(1, "2" * 40, **variables), OVERLAY)
    assert done.returncode == 0, done.stderr
    cluster.kubectl("apply", "-k", str(tmp_path / OVERLAY))
    cluster.kubectl("-n", project.namespace, "rollout", "status", "deployment/storefront", "--timeout=120s")
    assert project.live()["status"]["availableReplicas"] == 2


def test_a_preview_comes_in_a_namespace_of_its_own_without_a_host_name_and_goes(
    cluster: Cluster, tmp_path: Path
) -> None:
    more = (
        "previews: true\nexpose: {type: ingress, host: shop.example.com, ingressClass: traefik, tlsSecret: shop-tls}\n"
    )
    write(tmp_path / "gitopsgen.yaml", SPEC % {"mode": "push", "namespace": "shop", "replicas": 2} + more)
    assert generate(str(tmp_path)).exit_code == 0
    git(tmp_path, "init", "-q", "-b", "main")
    revision = Project(cluster, tmp_path, "shop").commit()
    clone = Clone(tmp_path)
    own = {"PULL_REQUEST": "7", "PREVIEW": "k8s/preview"}
    variables = {**clone.variables(1, revision, TIMEOUT="60s", **own), **cluster.access()}
    del variables["TAG"]

    up = clone.run("preview.sh", variables, "up")
    assert up.returncode == 0, up.stderr
    found = cluster.get("storefront-pr-7", "deployment", "storefront")
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == f"{IMAGE}:pr-7-{revision}@{digest(1)}"
    assert found["spec"]["replicas"] == 1
    assert cluster.names("storefront-pr-7", "ingresses") == set()
    assert clone.run("preview.sh", {**variables, "PULL_REQUEST": "8"}, "down").returncode == 0
    assert cluster.get("storefront-pr-7", "deployment", "storefront")
    assert clone.run("preview.sh", variables, "down").returncode == 0
    assert cluster.get("default", "namespace", "storefront-pr-7")["metadata"].get("deletionTimestamp")
