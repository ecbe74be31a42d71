"""The server that forks gitopsgen, as for the tests of crashes."""

from tests.crash.conftest import gitopsgen, scratch

__all__ = ["gitopsgen", "scratch"]
