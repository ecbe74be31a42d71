"""Jenkinsfiles have no findings in npm-groovy-lint, which also parses them; for `make verify`.

What tests/ci/groovy/config.json switches off: a pipeline declares, so the same words stand in many stages, and it is
not compiled by hand; `${...}` in single quotes is meant for the shell; and a command is one value on one line.
"""

import json
import subprocess
from pathlib import Path

from gitopsgen.compiler import generate
from tests.validators.test_outputs import HARD_RUNTIME, TREES

from .workspaces import lay_out

HERE = Path(__file__).parent
LINT = HERE.parents[1] / ".tools/groovy/node_modules/.bin/npm-groovy-lint"


def findings(root: Path) -> list[str]:
    """Return what the linter finds; without its server, which would outlive the test."""
    command = [
        str(LINT),
        "--noserver",
        "--path",
        str(root),
        "--files",
        "**/Jenkinsfile",
        "--config",
        str(HERE / "groovy/config.json"),
    ]
    done = subprocess.run([*command, "--output", "json"], capture_output=True, text=True, check=False)
    files = json.loads(done.stdout[done.stdout.index("{") :])["files"]
    assert files or not done.returncode, done.stderr
    return [
        f"{name}:{error['line']} {error['rule']} {error['msg']}"
        for name, file in files.items()
        for error in file["errors"]
    ]


def install() -> None:
    """Install the linter, unless it is there."""
    subprocess.run(["sh", HERE / "groovy/install.sh"], check=True)


def test_jenkinsfiles_have_no_findings(tmp_path: Path) -> None:
    install()
    for mode in ("pull", "push"):
        root = tmp_path / mode
        root.mkdir()
        spec = TREES[f"{mode}-chain"].replace("runtime: node\n", HARD_RUNTIME)
        if mode == "push":
            spec = spec.replace("previews: true\n", "")
        (root / "gitopsgen.yaml").write_text(f"{spec}ci: jenkins\n", encoding="utf-8")
        assert generate(str(root)).exit_code == 0
    lay_out(tmp_path / "many", "jenkins", "pull")
    broken = tmp_path / "broken" / "Jenkinsfile"
    broken.parent.mkdir()
    text = (tmp_path / "pull/Jenkinsfile").read_text(encoding="utf-8")
    broken.write_text(text.replace("stages {", "stages {{", 1), encoding="utf-8")
    found = findings(tmp_path)
    # In one run, for each starts Java: the file that does not parse shows that the linter looks.
    assert any("broken" in line for line in found)
    assert [line for line in found if "broken" not in line] == []
