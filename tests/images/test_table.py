"""The documents tell of the sample apps that there are, and of each no more than what is run."""

import json
import re

import pytest

from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from tests.runtimes.golden import COMPILER
from tests.runtimes.test_golden import RUNTIMES

from .image import HERE, App, apps, rows
from .stand_ins import recipe_of, recipes, references
from .table import Told, level_of, told

APPS = {app.name: app for app in apps()}


def dockerfile_of(app: App) -> str:
    compiled = COMPILER.compile(json.dumps(app.spec).encode(), Root("/nonexistent"))
    assert isinstance(compiled, Compiled), compiled
    return next(file.text for file in compiled.files if file.language == "dockerfile")


def test_every_sample_app_is_built_or_says_why_not() -> None:
    folders = {path.name for path in (HERE / "apps").iterdir() if path.is_dir()}
    assert folders <= APPS.keys()
    assert rows().keys() - APPS.keys() == {name for name, row in rows().items() if "unproven" in row}


@pytest.mark.parametrize("name", sorted(rows().keys() | told().keys()))
def test_the_document_claims_of_an_app_what_is_run(name: str) -> None:
    if name not in APPS:
        assert told()[name] == Told(rows()[name]["unproven"], *"-----")
        return
    dockerfile = dockerfile_of(APPS[name])
    user = re.findall(r"^USER (\d+)", dockerfile, re.MULTILINE)[-1]
    used = dict.fromkeys(recipe_of(reference).is_ for reference in references(dockerfile))
    claimed = told()[name]
    assert (claimed.level, claimed.stand_ins) == (level_of(rows()[name].get("but", ""), user), "; ".join(used))
    assert [bool(re.search(r"\d", text)) for text in claimed[1:5]] == [True] * 4


def test_every_stand_in_is_needed() -> None:
    needed = {recipe_of(reference).name for app in APPS.values() for reference in references(dockerfile_of(app))}
    made = {path.name.partition(".")[0] for path in (HERE / "stand-ins").glob("*.Dockerfile")}
    assert {recipe.name for recipe in recipes()} == needed == made


@pytest.mark.parametrize("runtime", [name for name in RUNTIMES if name != "dockerfile"])
def test_the_document_says_of_every_runtime_how_far_it_is_proven(runtime: str) -> None:
    assert [name for name in told() if name == runtime or name.startswith(f"{runtime}-")]


def test_the_document_names_what_every_change_is_held_to() -> None:
    text = " ".join((HERE.parents[1] / "docs/images.md").read_text(encoding="utf-8").split())
    gate = ", ".join(sorted(app.name for app in APPS.values() if app.in_verify))
    assert f"`make verify` builds, the gate of every change: {gate}. " in text
