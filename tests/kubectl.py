"""The kubectl of the tests: the one that `make verify` builds, else the one of the machine."""

import os
import shutil
from pathlib import Path

import pytest

BUILT = Path(__file__).resolve().parents[1] / ".tools/cluster/kubectl"


def kubectl() -> str:
    """Return the program; skips the test where there is none, and fails where one was promised."""
    found = str(BUILT) if BUILT.exists() else shutil.which("kubectl")
    if found is None:
        reason = "NOT TESTED: no kubectl; tests/live/cluster/build.sh .tools/cluster builds one"
        if os.environ.get("GITOPSGEN_REQUIRE_LIVE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found
