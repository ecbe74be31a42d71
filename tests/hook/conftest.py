"""The repository that most stories begin with."""

from pathlib import Path

import pytest

from tests.hook.repos import Repository


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """A delivered app at the top of its repository, with the hook."""
    repo = Repository(tmp_path / "work", tmp_path / "home").delivered()
    assert repo.ours("hook", "install").code == 0
    return repo
