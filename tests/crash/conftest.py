"""One server for all runs of a worker process."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .zygote import Zygote, zygote


@pytest.fixture(scope="session")
def gitopsgen() -> Iterator[Zygote]:
    with zygote() as server:
        yield server


@contextmanager
def in_memory() -> Iterator[Path]:
    """Return a folder in memory where there is one: thousands of runs, each of which waits for the disk, take long."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a folder of our own is made in it
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
def scratch() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder
