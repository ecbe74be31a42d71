"""A health path is told with the prefix that its router has, or asked about; by a wrong one no pod gets ready."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.detect.looking import look, values

Plant = Callable[[Mapping[str, str]], Path]
APPS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("health.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("app", APPS.values(), ids=APPS)
def test_the_path_has_the_prefix_of_its_router(plant: Plant, app: Mapping[str, Any]) -> None:
    assert values(look(app["runtime"], plant(app["files"]))).get("health") == app["health"]


@pytest.mark.parametrize("called", ["express several unknown", "express mixed unknown", "fastapi of a module"])
def test_a_prefix_that_cannot_be_told_is_asked_about(plant: Plant, called: str) -> None:
    found = look(APPS[called]["runtime"], plant(APPS[called]["files"]))

    assert "/healthz" in found.doubts["health"]
