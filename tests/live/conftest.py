"""The remote and the cluster that the live tests work on."""

import os
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
    if not (kube.PROGRAMS / "cluster").exists():
        reason = f"NOT TESTED: no cluster in {kube.PROGRAMS}; build it with tests/live/cluster/build.sh {kube.PROGRAMS}"
        if os.environ.get("GITOPSGEN_REQUIRE_LIVE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with kube.start() as running:
        yield running
