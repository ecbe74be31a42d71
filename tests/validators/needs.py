"""Which validators a test needs, and what happens when they are not there."""

import os

import pytest

from .runner import installed


def need(*kinds: str) -> None:
    """Skip the test unless the validators of the kinds are installed; fail where the caller promised them."""
    missing = [kind for kind in kinds if not installed(kind)]
    if not missing:
        return
    reason = f"NOT TESTED: python tools/install.py {' '.join(missing)}"
    if set(missing) & set(os.environ.get("GITOPSGEN_REQUIRE_VALIDATORS", "").split()):
        pytest.fail(reason)
    pytest.skip(reason)
