"""A health path is told only where no router can put another path before it: by a wrong one no pod gets ready."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.detect.looking import look, table_of_apps, values

Plant = Callable[[Mapping[str, str]], Path]
RUNTIMES, APPS = table_of_apps("health.yaml")


@pytest.mark.parametrize(("runtime", "app"), APPS)
def test_the_health_path_is_what_the_app_answers_or_asked(plant: Plant, runtime: str, app: Mapping[str, Any]) -> None:
    usual = RUNTIMES[runtime]
    code = {app.get("file", usual["file"]): app["code"]} if "code" in app else {}
    found = look(runtime, plant({**usual["with"], **code, **app.get("more", {})}))

    told, asked = values(found).get("health", ""), "health" in found.doubts
    offered = [offer.value for offer in found.offers if offer.field == "health"]
    unsaid = any("no code says on which path" in problem for problem in found.problems)
    assert (told, asked, offered, unsaid) == (
        app.get("health", ""),
        "guess" in app,
        [app["guess"]] if app.get("guess") else [],
        not app.keys() & {"health", "guess"},
    ), found.problems
