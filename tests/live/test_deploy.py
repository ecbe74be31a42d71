"""deploy.sh of push mode against a real API server, with real controllers and a real kubectl."""

import itertools
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from .kube import Cluster
from .manifests import DEPLOYMENT, RIGHTS, SERVICE, overlay, write_base, write_project
from .scripts import IMAGE, OVERLAY, Clone, digest, git, write

pytestmark = pytest.mark.live

ANNOTATION = "gitopsgen.dev/revision"
namespaces = (f"shop-{number}" for number in itertools.count(1))


@dataclass
class Project:
    """A generated repository and the namespace it deploys to."""

    cluster: Cluster
    path: Path
    namespace: str
    builds: dict[str, int] = field(default_factory=dict)

    def commit(self) -> str:
        git(self.path, "add", "-A")
        git(self.path, "commit", "-q", "--allow-empty", "-m", "change")
        return git(self.path, "rev-parse", "HEAD")

    def image(self, revision: str, fate: str = "ready") -> str:
        return f"{IMAGE}:{fate}-{revision}@{digest(self.number(revision))}"

    def number(self, revision: str) -> int:
        return self.builds.setdefault(revision, len(self.builds) + 1)

    def deploy(
        self, revision: str, fate: str = "ready", user: str = "deployer", **changes: str
    ) -> subprocess.CompletedProcess[str]:
        """Deploy the image of a revision whose containers are going to have this fate (see cluster/pods.go)."""
        values = {"NAMESPACE": self.namespace, "TIMEOUT": "30s", "TAG": f"{fate}-{revision}"}
        clone = Clone(self.path)
        variables = clone.variables(self.number(revision), revision, **values)
        return clone.run("deploy.sh", variables | self.cluster.access(user) | changes)

    def live(self) -> Any:
        return self.cluster.get(self.namespace, "deployment", "storefront")

    def live_image(self) -> str:
        image = self.live()["spec"]["template"]["spec"]["containers"][0]["image"]
        assert isinstance(image, str)
        return image

    def live_revision(self) -> str | None:
        value = self.live()["metadata"]["annotations"].get(ANNOTATION)
        assert value is None or isinstance(value, str)
        return value

    def replica_sets(self) -> set[str]:
        return self.cluster.names(self.namespace, "replicasets")

    def set_fate(self, fate: str) -> None:
        """Decide over all containers of the namespace from now on, whatever their images say."""
        self.cluster.kubectl("-n", self.namespace, "create", "configmap", "fate", f"--from-literal=fate={fate}")

    def rewrite_image(self, tag: str) -> None:
        self.cluster.kubectl("-n", self.namespace, "set", "image", "deployment/storefront", f"app={IMAGE}:{tag}")


def make_project(cluster: Cluster, path: Path) -> Project:
    project = Project(cluster, path, next(namespaces))
    write_project(path, project.namespace)
    git(path, "init", "-q", "-b", "main")
    return project


@pytest.fixture
def project(cluster: Cluster, tmp_path: Path) -> Project:
    """Return a project whose namespace an administrator has set up."""
    made = make_project(cluster, tmp_path)
    cluster.kubectl("apply", "-f", str(tmp_path / OVERLAY / "namespace.yaml"))
    cluster.kubectl("apply", "-f", "-", stdin=RIGHTS % {"namespace": made.namespace})
    return made


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


@pytest.mark.parametrize(
    ("fate", "reasons"),
    [
        ("pull-error", ["waiting: ImagePullBackOff: Back-off pulling image"]),
        ("crash", ["waiting: CrashLoopBackOff", "ended before that: Error, exit code 7", "previous=true"]),
        ("unready", ["previous=\n"]),
    ],
)
def test_a_failing_rollout_is_rolled_back(project: Project, fate: str, reasons: list[str]) -> None:
    good, bad = project.commit(), project.commit()
    assert project.deploy(good).returncode == 0
    result = project.deploy(bad, fate)
    assert result.returncode == 1
    for reason in ["exceeded its progress deadline", "storefront-", "ScalingReplicaSet", *reasons]:
        assert reason in result.stdout + result.stderr
    assert f"failed and rolled back: {project.image(good)} runs again" in result.stderr
    assert project.live_image() == project.image(good)
    assert project.live_revision() == good
    assert project.live()["status"]["availableReplicas"] == 2


def test_a_rollback_does_not_need_the_right_to_explain_the_failure(project: Project) -> None:
    good, bad = project.commit(), project.commit()
    project.deploy(good)
    project.cluster.kubectl(
        "-n", project.namespace, "patch", "role", "deployer", "--type=json", '-p=[{"op": "remove", "path": "/rules/2"}]'
    )
    result = project.deploy(bad, "crash")
    assert result.returncode == 1
    assert 'pods is forbidden: User "deployer"' in result.stderr
    assert project.live_image() == project.image(good)


def test_a_fix_after_a_rollback_is_deployed(project: Project) -> None:
    good, bad = project.commit(), project.commit()
    project.deploy(good)
    project.deploy(bad, "crash")
    fix = project.commit()
    result = project.deploy(fix)
    assert result.returncode == 0, result.stderr
    assert project.live_image() == project.image(fix)
    assert project.live_revision() == fix


def test_a_rollback_leaves_nothing_behind_for_the_next_deployment(project: Project) -> None:
    """What the failed version had dropped comes back with the rollback, and must go with the fix that drops it too."""
    variable = DEPLOYMENT.replace("image: app-image", "image: app-image\n          env: [{name: LEGACY, value: on}]")
    write(project.path / "k8s/base/deployment.yaml", variable.replace("value: on", 'value: "on"'))
    assert project.deploy(project.commit()).returncode == 0
    slower = DEPLOYMENT.replace("replicas: 2", "replicas: 3\n  minReadySeconds: 1")
    write(project.path / "k8s/base/deployment.yaml", slower)
    assert project.deploy(project.commit(), "crash").returncode == 1
    assert project.live()["spec"]["template"]["spec"]["containers"][0]["env"] == [{"name": "LEGACY", "value": "on"}]
    assert project.live()["spec"]["replicas"] == 2
    write(project.path / "k8s/base/deployment.yaml", DEPLOYMENT)
    assert project.deploy(project.commit()).returncode == 0
    assert "env" not in project.live()["spec"]["template"]["spec"]["containers"][0]
    assert "minReadySeconds" not in project.live()["spec"]


def test_a_second_failure_rolls_back_to_the_last_good_version(project: Project) -> None:
    good, bad, worse = project.commit(), project.commit(), project.commit()
    project.deploy(good)
    project.deploy(bad, "crash")
    assert project.deploy(worse, "pull-error").returncode == 1
    assert project.live_image() == project.image(good)


def test_a_first_deployment_that_fails_has_nothing_to_roll_back_to(project: Project) -> None:
    revision = project.commit()
    result = project.deploy(revision, "pull-error")
    assert result.returncode == 1
    assert "first deployment: there is no earlier version" in result.stderr
    assert "ImagePullBackOff" in result.stderr
    assert project.live_image() == project.image(revision, "pull-error")
    assert project.live_revision() is None


def test_a_failing_redeployment_of_the_same_does_not_go_further_back(project: Project) -> None:
    older, newer = project.commit(), project.commit()
    project.deploy(older)
    project.deploy(newer)
    project.set_fate("crash")
    result = project.deploy(newer, TIMEOUT="4s")
    assert result.returncode == 1
    assert "not rolled back: this run changed nothing" in result.stderr
    assert "CrashLoopBackOff" in result.stderr
    assert project.live_image() == project.image(newer)


def test_a_rollback_that_fails_says_so(project: Project) -> None:
    older, newer = project.commit(), project.commit()
    project.deploy(older)
    project.set_fate("crash")
    result = project.deploy(newer, TIMEOUT="5s")
    assert result.returncode == 1
    assert "the earlier version does not become ready either" in result.stderr
    assert project.live_image() == project.image(older)


def test_a_deployment_that_someone_else_replaced_is_not_rolled_back(project: Project) -> None:
    older, newer = project.commit(), project.commit()
    project.deploy(older)

    def replace() -> None:
        deadline = time.monotonic() + 20
        while project.live_image() != project.image(newer, "unready") and time.monotonic() < deadline:
            time.sleep(0.05)
        project.rewrite_image("unready-theirs")

    other = threading.Thread(target=replace)
    other.start()
    result = project.deploy(newer, "unready")
    other.join()
    assert result.returncode == 1
    assert "not rolled back: someone else has deployed" in result.stderr
    assert project.live_image() == f"{IMAGE}:unready-theirs"


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


def roll_back(project: Project, **changes: str) -> subprocess.CompletedProcess[str]:
    clone = Clone(project.path)
    variables = clone.variables(0, "", NAMESPACE=project.namespace, TIMEOUT="30s")
    for unknown in ("TAG", "DIGEST", "REVISION"):
        del variables[unknown]
    return clone.run("rollback.sh", variables | project.cluster.access("deployer") | changes)


def test_a_rollback_on_purpose_goes_back_one_image_at_a_time(project: Project) -> None:
    first, bad, second, third = (project.commit() for _ in range(4))
    project.deploy(first)
    project.deploy(bad, "crash")
    project.deploy(second)
    project.deploy(third)
    for expected in (second, first):
        result = roll_back(project)
        assert result.returncode == 0, result.stderr
        assert project.live_image() == project.image(expected)
        assert project.live_revision() == expected
    nothing_left = roll_back(project)
    assert nothing_left.returncode == 1
    assert "remembers no other image" in nothing_left.stderr
    assert roll_back(project, TO_REVISION=third[:10]).returncode == 0
    assert project.live_image() == project.image(third)
    assert roll_back(project, TO_REVISION=bad).returncode == 1, "what failed is nothing to go back to"
