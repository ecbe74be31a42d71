"""The two repositories that these tests look into."""

import pytest

from .project import PULL, PUSH, Project, deliver


@pytest.fixture(scope="session")
def pull(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return deliver(tmp_path_factory.mktemp("pull"), PULL)


@pytest.fixture(scope="session")
def push(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return deliver(tmp_path_factory.mktemp("push"), PUSH)


@pytest.fixture(params=["push", "pull"])
def project(request: pytest.FixtureRequest) -> Project:
    """Return the repository in each of the two modes."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Project)
    return found
