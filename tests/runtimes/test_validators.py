"""What is written for the cases of all runtimes has no findings: in one tree, so that each validator starts once."""

import json
import subprocess
from pathlib import Path

import pytest

from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from tests.runtimes.golden import COMPILER, HEADER, compiled, names
from tests.runtimes.test_variants import CATALOGUE, sections
from tests.validators.finding import json_output
from tests.validators.needs import need
from tests.validators.runner import KINDS, findings
from tests.validators.subject import TOOLS


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


def test_checkov_takes_no_other_file_of_an_app_for_a_dockerfile(tmp_path: Path) -> None:
    """It goes by names, so it looks at the folder as it is, not at the files that we would show it."""
    need("checkov")
    for file in compiled("static-plain").files:
        place = tmp_path / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(file.text, encoding="utf-8")
    arguments = ("--directory", ".", "--skip-download", "--output", "json", "--framework", "dockerfile")
    results = json_output("checkov", "checkov", *arguments, cwd=tmp_path)["results"]
    looked_at = {found["file_path"] for found in results["passed_checks"]}
    assert (looked_at, results["failed_checks"], results["parsing_errors"]) == ({"/Dockerfile"}, [], [])


def test_hadolint_finds_nothing_in_any_variant(tmp_path: Path) -> None:
    """Checkov takes minutes for so many: it has the cases above."""
    need("python")
    written = {text for runtime in CATALOGUE.names("runtime") for text in _dockerfiles(runtime)}
    for number, text in enumerate(sorted(written)):
        (tmp_path / f"{number}.Dockerfile").write_text(text, encoding="utf-8")
    command = [str(TOOLS / "python/bin/hadolint"), "--no-color", "--failure-threshold", "style"]
    ran = subprocess.run([*command, *map(str, tmp_path.iterdir())], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stdout + ran.stderr


def _dockerfiles(runtime: str) -> list[str]:
    found = []
    for section in sections(runtime):
        spec = HEADER + f"runtime: {json.dumps({'name': runtime, **section})}\n".encode()
        outcome = COMPILER.compile(spec, Root("/nonexistent"))
        assert isinstance(outcome, Compiled), outcome
        found += [file.text for file in outcome.files if file.language == "dockerfile"]
    return found
