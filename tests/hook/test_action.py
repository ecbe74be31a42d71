"""action.yml: valid, without findings, and its shell steps do what they say."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.hook.repos import FILES, Repository
from tests.trees import Ran, write_tree
from tests.validators.finding import json_output
from tests.validators.needs import need

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}


def test_it_is_an_action() -> None:
    need("python")
    arguments = ("--output-format", "json", "--builtin-schema", "vendor.github-actions", "action.yml")
    assert json_output("python", "check-jsonschema", *arguments, cwd=ROOT)["status"] == "ok"


def test_zizmor_finds_nothing() -> None:
    need("python")
    arguments = ("--offline", "--no-progress", "--persona", "auditor", "--format", "json", "action.yml")
    assert json_output("python", "zizmor", *arguments, cwd=ROOT, fine=(0, 11, 12, 13, 14)) == []


def test_no_input_reaches_a_script_but_by_the_environment() -> None:
    scripts = [step["run"] for step in STEPS.values() if "run" in step]
    assert len(scripts) == 2
    assert not [script for script in scripts if "${{" in script]


def step(repo: Repository, name: str, **environment: str) -> Ran:
    """Run a step as a runner does, in a checkout."""
    assert set(environment) == set(STEPS[name]["env"])
    script = repo.root.parent / "step.sh"
    script.write_text(STEPS[name]["run"])
    return repo.run("sh", "-e", str(script), variables=environment)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder where gitopsgen is installed, as far as the second step is concerned."""
    place = tmp_path / "it's here/gitopsgen"
    write_tree(place, {"bin/gitopsgen": f'#!/bin/sh\nexec "{sys.executable}" -m gitopsgen "$@"\n'})
    (place / "bin/gitopsgen").chmod(0o755)
    return place


@pytest.mark.parametrize("app", [".", "services/my shop", "$(touch pwned)", "-q"])
def test_the_check_passes_and_fails_with_annotations(tmp_path: Path, place: Path, app: str) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home", FILES, app)
    assert repo.run("gitopsgen", "generate", cwd=repo.app).code == 0
    ran = step(repo, "Check", FOLDER=app, PLACE=str(place))
    assert ran.code == 0, ran
    repo.edit("Dockerfile", "FROM", "# mine\nFROM")
    ran = step(repo, "Check", FOLDER=app, PLACE=str(place))
    assert ran.code == 4, ran
    assert "::error file=" in ran.out
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.skipif(
    not os.environ.get("GITOPSGEN_THOROUGH"), reason="NOT TESTED: installs gitopsgen from a package index"
)
def test_the_installation_is_this_gitopsgen(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home")
    place = tmp_path / "place"
    variables = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    repo.environment |= variables
    ran = step(repo, "Install gitopsgen", SOURCE=str(ROOT), PLACE=str(place))
    assert ran.code == 0, ran
    assert repo.run(str(place / "bin/gitopsgen"), "generate").code == 0
    assert step(repo, "Check", FOLDER=".", PLACE=str(place)).code == 0
