"""The cluster that the live tests share."""

import os
from collections.abc import Iterator

import pytest

from . import kube


@pytest.fixture(scope="session")
def cluster() -> Iterator[kube.Cluster]:
    if not (kube.PROGRAMS / "cluster").exists():
        reason = f"NOT TESTED: no cluster in {kube.PROGRAMS}; build it with tests/live/cluster/build.sh {kube.PROGRAMS}"
        if os.environ.get("GITOPSGEN_REQUIRE_LIVE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with kube.start() as running:
        yield running
