"""The remote and the cluster that the live tests work on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from . import kube
from .scripts import Clone, Remote, make_remote


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
