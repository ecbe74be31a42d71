"""A repository looked at with the pack of one runtime."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from _pytest.mark import ParameterSet

from gitopsgen.detect import Detection, detect
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue

APPS = Path(__file__).parents[1] / "images/apps"
_PACKS = Catalogue((BUILT_IN,))


def look(runtime: str, root: Path) -> Detection:
    """Detect with the runtime's pack alone."""
    pack = _PACKS.pack("runtime", runtime)
    assert pack
    return detect(str(root), [pack.manifest])


def values(found: Detection) -> dict[str, Any]:
    """Return the facts by field, those of the runtime without its name in front."""
    return {fact.field.removeprefix("runtime."): fact.value for fact in reversed(found.facts)}


def table_of_apps(name: str) -> tuple[Mapping[str, Any], Sequence[ParameterSet]]:
    """Return a table of small apps by runtime, with what is usual there, and each app with its runtime as a case."""
    path = Path(__file__).with_name(name)
    runtimes: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    apps = [(runtime, called, app) for runtime, usual in runtimes.items() for called, app in usual["apps"].items()]
    return runtimes, [pytest.param(runtime, app, id=f"{runtime}-{called}") for runtime, called, app in apps]
