"""What is left to do when all images are built."""

import os

import pytest

from .store import unmount_all


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing mounted; in the process that waits for the others, when there are several."""
    if os.environ.get("GITOPSGEN_IMAGES") and not hasattr(session.config, "workerinput"):
        unmount_all()
