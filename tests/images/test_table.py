"""The documents tell of the sample apps that there are."""

from .image import HERE, apps, rows
from .table import named


def test_every_sample_app_has_a_row() -> None:
    folders = {path.name for path in (HERE / "apps").iterdir() if path.is_dir()}
    assert folders <= rows().keys()


def test_the_document_tells_of_every_sample_app() -> None:
    unproven = {name for name, row in rows().items() if "unproven" in row}
    assert named() == {app.name for app in apps()} | unproven
