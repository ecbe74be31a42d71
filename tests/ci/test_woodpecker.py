"""A sixth CI system is one folder: nothing else in gitopsgen knows it."""

import shutil
from pathlib import Path

import pytest
import yaml

from gitopsgen.compiler import generate
from tests.live.scripts import write
from tests.validators.test_outputs import TREES

FOLDER = Path(__file__).with_name("woodpecker")


@pytest.mark.parametrize("mode", ["pull", "push"])
def test_a_sixth_ci_system_is_one_folder(tmp_path: Path, mode: str) -> None:
    shutil.copytree(FOLDER, tmp_path / ".gitopsgen/templates/ci/woodpecker")
    spec = TREES[f"{mode}-chain"].replace("previews: true\n", "")
    write(tmp_path / "gitopsgen.yaml", f"{spec}ci: woodpecker\n")
    outcome = generate(str(tmp_path))
    assert outcome.exit_code == 0, outcome.diagnostics
    steps = yaml.safe_load((tmp_path / ".woodpecker.yaml").read_text(encoding="utf-8"))["steps"]
    kind = "bump" if mode == "pull" else "deploy"
    assert [step["name"] for step in steps][:3] == ["test", "build", f"{kind}-dev"]
    delivering = next(step for step in steps if step["name"] == f"{kind}-dev")
    assert 'export REVISION="$${CI_COMMIT_SHA}"' in delivering["commands"]
    assert delivering["commands"][-1] == f"DIGEST_FILE=.digest sh k8s/bin/{kind}.sh"
    assert (tmp_path / f"k8s/bin/{kind}.sh").is_file()
