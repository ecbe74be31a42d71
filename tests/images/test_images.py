"""Every sample app's image really builds, and runs as it would in the cluster."""

import os

import pytest

from .image import App, Built, apps, built, matching
from .table import record

_WANTED = os.environ.get("GITOPSGEN_IMAGES", "")  # verify, all, or the name of one app
_SLOWEST_END = 2.0  # seconds
_CHOSEN = [app for app in apps() if _WANTED in ("all", app.name) or (_WANTED == "verify" and app.in_verify)]
# What is asked of one image is asked in one process, which builds it once.
_ROWS = [pytest.param(app, marks=pytest.mark.xdist_group(app.name), id=app.name) for app in _CHOSEN]

pytestmark = pytest.mark.skipif(not _WANTED, reason="minutes, as root: make images")


@pytest.fixture(scope="module", params=_ROWS)
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    app: App = request.param
    return built(app, tmp_path_factory.mktemp(app.name))


def test_it_runs_as_in_the_cluster(image: Built) -> None:
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
    assert ran["healthcheck"] in (None, 0), image.log
    assert ran["end"]["seconds"] < _SLOWEST_END, f"it did not end by itself:\n{image.log}"
    assert image.image.labels["org.opencontainers.image.title"] == image.app.spec["name"]
    record(image)


def test_nothing_else_is_in_it(image: Built) -> None:
    """No secret and no part of git that lay about, and nothing that only the tests or the build need."""
    assert image.leaked == []
    for pattern in ("**/.git", "**/.env", "**/.env.*", "**/id_rsa", *image.app.absent):
        assert matching(image.names, pattern, image.image.folder) == [], pattern
