"""deploy.sh of push mode against a real API server, with real controllers and a real kubectl."""

from pathlib import Path

import pytest

from .kube import Cluster
from .manifests import DEPLOYMENT, SERVICE, overlay, write_base
from .project import ANNOTATION, Project, make_project
from .scripts import OVERLAY, digest, git, write

pytestmark = pytest.mark.live


def test_a_deployment_runs_and_says_what_it_is(project: Project) -> None:
    revision = project.commit()
    result = project.deploy(revision)
    assert result.returncode == 0, result.stderr
    assert project.live_image() == project.image(revision)
    assert project.live_revision() == revision
    assert project.live()["status"]["availableReplicas"] == 2
    assert f"+  name: {project.namespace}" not in result.stdout
    assert "+kind: Deployment" in result.stdout


def test_the_next_revision_replaces_the_one_before(project: Project) -> None:
    for _ in range(2):
        revision = project.commit()
        assert project.deploy(revision).returncode == 0
        assert project.live_image() == project.image(revision)
        assert project.live_revision() == revision


def test_deploying_the_same_again_changes_nothing(project: Project) -> None:
    revision = project.commit()
    project.deploy(revision)
    before = project.live()
    result = project.deploy(revision)
    assert result.returncode == 0, result.stderr
    after = project.live()
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    assert len(project.replica_sets()) == 1


def test_a_stale_deployment_changes_nothing(project: Project) -> None:
    older, newer = project.commit(), project.commit()
    project.deploy(newer)
    before = project.live()
    result = project.deploy(older)
    assert result.returncode == 0
    assert f"nothing to do: {newer} runs, which is newer than {older}" in result.stderr
    assert project.live()["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    forced = project.deploy(older, ALLOW_OLDER="1")
    assert forced.returncode == 0, forced.stderr
    assert project.live_image() == project.image(older)
    assert project.live_revision() == older


def test_a_stale_run_leaves_its_checkout_alone(project: Project) -> None:
    older, newer = project.commit(), project.commit()
    project.deploy(newer)
    git(project.path, "checkout", "-q", "--", ".")
    assert project.deploy(older).returncode == 0
    assert git(project.path, "status", "--porcelain") == ""


def test_a_live_revision_of_unknown_age_stops_the_deployment(project: Project) -> None:
    revision = project.commit()
    project.deploy(revision)
    project.cluster.kubectl(
        "-n", project.namespace, "annotate", "deployment/storefront", f"{ANNOTATION}={'0' * 40}", "--overwrite"
    )
    before = project.live()
    result = project.deploy(project.commit())
    assert result.returncode == 2
    assert "fetch-depth 0" in result.stderr
    assert project.live()["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_what_the_overlay_drops_is_deleted_and_nothing_else(project: Project) -> None:
    first = project.commit()
    assert project.deploy(first).returncode == 0
    labels = "{app.kubernetes.io/instance: %s, app.kubernetes.io/managed-by: %s}"
    strangers = {
        "by-hand": "{}",
        "other-tool": labels % ("storefront", "helm"),
        "other-app": labels % ("checkout", "gitopsgen"),
    }
    for name, values in strangers.items():
        text = f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, labels: {values}}}}}"
        project.cluster.kubectl("-n", project.namespace, "apply", "-f", "-", stdin=text)
    kinds = ("configmaps", "deployments", "services", "serviceaccounts", "poddisruptionbudgets", "roles", "pods")
    before = project.cluster.names(project.namespace, *kinds)
    write_base(project.path, "deployment", "service", "serviceaccount")
    changed = overlay(project.namespace).replace("LOG_LEVEL=info", "LOG_LEVEL=debug")
    write(project.path / OVERLAY / "kustomization.yaml", changed)
    result = project.deploy(project.commit(), TAG=f"ready-{first}", DIGEST=digest(project.number(first)))
    assert result.returncode == 0, result.stderr
    after = project.cluster.names(project.namespace, *kinds)
    (old,) = (name for name in before - after if name.startswith("configmap/storefront-"))
    (new,) = after - before
    assert new.startswith("configmap/storefront-")
    assert before - after == {"poddisruptionbudget.policy/storefront", old}


def test_nothing_is_deleted_when_the_rollout_fails(project: Project) -> None:
    project.deploy(project.commit())
    write_base(project.path, "deployment", "service", "serviceaccount")
    assert project.deploy(project.commit(), "crash").returncode == 1
    assert "poddisruptionbudget.policy/storefront" in project.cluster.names(project.namespace, "poddisruptionbudgets")


@pytest.mark.parametrize("user", ["admin", "deployer"])
def test_a_missing_namespace_is_an_administrators_job(cluster: Cluster, tmp_path: Path, user: str) -> None:
    project = make_project(cluster, tmp_path)
    result = project.deploy(project.commit(), user=user)
    assert result.returncode == 1
    assert f"namespace {project.namespace}" in result.stderr
    assert f"kubectl apply -f {OVERLAY}/namespace.yaml" in result.stderr


def test_a_server_that_does_not_answer_is_no_first_deployment(project: Project, tmp_path: Path) -> None:
    nowhere = tmp_path.parent / f"{tmp_path.name}.kubeconfig"
    access = (project.cluster.state / "deployer.kubeconfig").read_text(encoding="utf-8")
    server = next(line for line in access.splitlines() if "server:" in line)
    write(nowhere, access.replace(server, "    server: https://127.0.0.1:1"))
    result = project.deploy(project.commit(), KUBECONFIG=str(nowhere))
    assert result.returncode == 1
    assert "cannot look at deployment storefront" in result.stderr
    assert project.cluster.names(project.namespace, "deployments") == set()


def test_manifests_that_the_cluster_refuses_change_nothing(project: Project) -> None:
    project.deploy(project.commit())
    before = project.live()
    write(project.path / "k8s/base/service.yaml", SERVICE.replace("port: 80", "port: 80000"))
    result = project.deploy(project.commit())
    assert result.returncode == 1
    assert "nothing was changed" in result.stderr
    assert project.live()["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_pods_that_a_policy_forbids_are_explained(project: Project) -> None:
    write(project.path / "k8s/base/deployment.yaml", DEPLOYMENT.replace("runAsNonRoot: true, ", ""))
    result = project.deploy(project.commit())
    assert result.returncode == 1
    assert "ReplicaFailure=True FailedCreate" in result.stderr
    assert "violates PodSecurity" in result.stderr


def test_a_manifest_without_the_placeholder_image_is_noticed(project: Project) -> None:
    write(project.path / "k8s/base/deployment.yaml", DEPLOYMENT.replace("image: app-image", "image: fixed:1"))
    result = project.deploy(project.commit())
    assert result.returncode == 1
    assert "is app-image the Deployment's image?" in result.stderr
    assert project.live_revision() is None


def test_wrong_input_touches_nothing(project: Project) -> None:
    result = project.deploy(project.commit(), DIGEST="sha256:abc")
    assert result.returncode == 2
    assert "DIGEST must be" in result.stderr
    assert project.cluster.names(project.namespace, "deployments") == set()
