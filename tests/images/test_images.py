"""Every sample app's image really builds, and runs as it would in the cluster."""

import os
from pathlib import Path

import pytest

from .image import CANARY, App, Built, apps, built, matching
from .store import build, holding
from .table import record, told

_WANTED = os.environ.get("GITOPSGEN_IMAGES", "")  # verify, all, or names of apps with commas
_SLOWEST_END = 2.0  # seconds
_NAMES = _WANTED.split(",")
_CHOSEN = [app for app in apps() if _WANTED == "all" or app.name in _NAMES or (_WANTED == "verify" and app.in_verify)]
pytestmark = pytest.mark.skipif(not _WANTED, reason="minutes, as root: make images")


@pytest.mark.parametrize("app", _CHOSEN, ids=lambda app: app.name)
def test_image(app: App, tmp_path: Path) -> None:
    image = built(app, tmp_path)
    runs_as_in_the_cluster(image)
    holds_nothing_else(image)
    record(image)
    if _WANTED != "all":  # which writes the document anew
        is_what_the_document_says(image)


def runs_as_in_the_cluster(image: Built) -> None:
    """On a read-only root, as the image's number, with no capability; it answers, and ends when it is told to."""
    ran, app = image.ran, image.app
    assert ran["up"] >= 0, f"the health path never answered 200:\n{image.log}"
    user = int(image.image.user.partition(":")[0])
    assert user > 0
    status = ran["status"]
    assert status["Uid"].split() == [str(user)] * 4
    assert {status["CapEff"], status["CapBnd"]} == {"0" * 16}
    assert (status["NoNewPrivs"], status["NSpid"].split()[1]) == ("1", "1")
    code, text = ran["root"]
    assert (code, app.text in text) == (200, True), text
    assert ran["answers"] == app.answers
    assert ran["healthcheck"] in (None, 0), image.log
    assert ran["end"]["seconds"] < _SLOWEST_END, f"it did not end by itself:\n{image.log}"
    assert image.image.labels["org.opencontainers.image.title"] == image.app.spec["name"]


def holds_nothing_else(image: Built) -> None:
    """No secret and no part of git that lay about, and nothing that only the tests or the build need."""
    assert image.leaked == []
    assert image.layers_leaked == []
    for pattern in ("**/.git", "**/.env", "**/.env.local", "**/.env.production", "**/id_rsa", *image.app.absent):
        assert matching(image.names, pattern, image.image.folder) == [], pattern


def is_what_the_document_says(image: Built) -> None:
    """The figures that no clock and no newer package changes much."""
    claimed = told()[image.app.name]
    assert claimed.layers == str(image.image.layers)
    assert abs(float(claimed.megabytes.split()[0]) - image.own_bytes / 1e6) <= max(2.0, image.own_bytes / 4e6)


@pytest.mark.skipif(_WANTED not in ("verify", "all", "node-private"), reason="another app is asked for")
def test_a_secret_that_a_step_writes_down_is_found(tmp_path: Path) -> None:
    """Else the test of the others could not fail: one in a file that the next layer replaces, one in a setting."""
    (tmp_path / "Dockerfile").write_text(
        f"FROM scratch\nCOPY note /note\nCOPY empty /note\nENV NOTE={CANARY}\n", encoding="utf-8"
    )
    (tmp_path / "note").write_text(CANARY, encoding="utf-8")
    (tmp_path / "empty").touch()
    build("localhost/app/careless", tmp_path)

    note, configuration = holding(CANARY, "localhost/app/careless")
    assert note.endswith("/note")
    assert configuration == "the configuration of localhost/app/careless"
