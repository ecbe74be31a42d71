"""A deployment that fails goes back to what ran before, and rollback.sh goes back on purpose."""

import threading
import time

import pytest

from .manifests import DEPLOYMENT
from .project import Project, roll_back
from .scripts import IMAGE, write

pytestmark = pytest.mark.live


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
