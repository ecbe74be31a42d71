"""What is written for the cases of all runtimes has no findings: in one tree, so that each validator starts once."""

from pathlib import Path

import pytest

from tests.runtimes.golden import compiled, names
from tests.validators.needs import need
from tests.validators.runner import KINDS, findings


def lay_out(root: Path) -> None:
    """Write the Dockerfile and the workflow of every case."""
    for name in names():
        for file in compiled(name).files:
            place = root / name / "Dockerfile"
            if str(file.path).startswith(".github/workflows/") and "rollback" not in file.path:
                place = root / ".github/workflows" / f"{name}.yaml"
            elif file.language != "dockerfile":
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(file.text, encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_no_findings(tmp_path: Path, kind: str) -> None:
    need(kind)
    lay_out(tmp_path)
    assert [str(finding) for finding in findings(tmp_path, [kind])] == []
