"""A cron job in push mode, as generated, on a real API server: deployed, and rolled back one image at a time."""

from pathlib import Path

import pytest

from gitopsgen.compiler import generate

from .kube import Cluster
from .manifests import RIGHTS
from .project import Project, namespaces, roll_back
from .scripts import IMAGE, OVERLAY, digest, git, write

pytestmark = pytest.mark.live

SPEC = """\
apiVersion: gitopsgen/v1
name: storefront
type: cron
schedule: "0 3 * * *"
mode: push
image: registry.example.com:5000/acme/storefront
repository: https://github.com/acme/storefront.git
runtime: node
cluster: {type: kubeconfig, context: prod}
environments: {production: {namespace: %s}}
"""


@pytest.fixture
def project(cluster: Cluster, tmp_path: Path) -> Project:
    made = Project(cluster, tmp_path, next(namespaces))
    write(tmp_path / "gitopsgen.yaml", SPEC % made.namespace)
    outcome = generate(str(tmp_path))
    assert outcome.exit_code == 0, outcome.diagnostics
    git(tmp_path, "init", "-q", "-b", "main")
    cluster.kubectl("apply", "-f", str(tmp_path / OVERLAY / "namespace.yaml"))
    cluster.kubectl("apply", "-f", "-", stdin=RIGHTS % {"namespace": made.namespace})
    return made


def image_of_the_next_run(project: Project) -> str:
    job = project.cluster.get(project.namespace, "cronjob", "storefront")["spec"]["jobTemplate"]
    return str(job["spec"]["template"]["spec"]["containers"][0]["image"])


def test_a_rollback_goes_back_one_image_at_a_time(project: Project) -> None:
    nothing = roll_back(project)
    assert nothing.returncode == 1
    assert "cannot look at cronjob storefront" in nothing.stderr
    first, second, third = (project.commit() for _ in range(3))
    for revision in (first, second, third, third):
        deployed = project.deploy(revision)
        assert deployed.returncode == 0, deployed.stderr
    for expected in (second, first):
        done = roll_back(project)
        assert done.returncode == 0, done.stderr
        assert image_of_the_next_run(project) == project.image(expected)
    nothing = roll_back(project)
    assert nothing.returncode == 1
    assert "remembers no other image" in nothing.stderr
    assert roll_back(project, TO_REVISION=third[:10]).returncode == 0
    assert image_of_the_next_run(project) == project.image(third)
    assert roll_back(project, TO_REVISION="0" * 40).returncode == 1


def test_it_remembers_ten_images(project: Project) -> None:
    first, second = project.commit(), project.commit()
    assert project.deploy(first).returncode == 0
    earlier = [f"{number:040x}|{IMAGE}:sha-{number:040x}@{digest(number)}" for number in range(12)]
    project.cluster.kubectl(
        "-n", project.namespace, "annotate", "cronjob/storefront", "--overwrite",
        f"gitopsgen.dev/images={' '.join(earlier)}",
    )  # fmt: skip
    assert project.deploy(second).returncode == 0
    annotations = project.cluster.get(project.namespace, "cronjob", "storefront")["metadata"]["annotations"]
    assert annotations["gitopsgen.dev/images"].split() == [*earlier[3:], f"{second}|{project.image(second)}"]
