"""The remote and the cluster that the live tests work on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from . import kube
from .manifests import RIGHTS
from .project import Project, make_project
from .scripts import OVERLAY, Clone, Remote, make_remote


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return make_remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> Clone:
    return remote.clone("ci")


@pytest.fixture(scope="session")
def cluster() -> Iterator[kube.Cluster]:
    kube.need()
    with kube.start() as running:
        yield running


@pytest.fixture
def project(cluster: kube.Cluster, tmp_path: Path) -> Project:
    """Return a project whose namespace an administrator has set up."""
    made = make_project(cluster, tmp_path)
    cluster.kubectl("apply", "-f", str(tmp_path / OVERLAY / "namespace.yaml"))
    cluster.kubectl("apply", "-f", "-", stdin=RIGHTS % {"namespace": made.namespace})
    return made
