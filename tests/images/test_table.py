"""The documents tell of the sample apps that there are."""

import pytest

from tests.runtimes.test_golden import RUNTIMES

from .image import HERE, apps, rows
from .table import named


def test_every_sample_app_has_a_row() -> None:
    folders = {path.name for path in (HERE / "apps").iterdir() if path.is_dir()}
    assert folders <= rows().keys()


def test_the_document_tells_of_every_sample_app() -> None:
    unproven = {name for name, row in rows().items() if "unproven" in row}
    assert named() == {app.name for app in apps()} | unproven


@pytest.mark.parametrize("runtime", [name for name in RUNTIMES if name != "dockerfile"])
def test_the_document_says_of_every_runtime_how_far_it_is_proven(runtime: str) -> None:
    assert [name for name in named() if name == runtime or name.startswith(f"{runtime}-")]
