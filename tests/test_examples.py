"""The examples are what their specs come to, byte by byte; the tool that compiles them says which are not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.trees import Ran, read_tree, run, write_tree

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
WHOLE = sorted(path.parent.name for path in EXAMPLES.glob("*/gitopsgen.yaml"))
EXCERPTS = yaml.safe_load((EXAMPLES / "excerpts.yaml").read_text(encoding="utf-8"))


def tool(*words: str) -> Ran:
    command = [sys.executable, str(ROOT / "tools/examples.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_example_is_what_its_spec_says(name: str) -> None:
    ran = run("check", "--full", cwd=EXAMPLES / name)
    assert ran.code == 0, ran.out + ran.err


@pytest.mark.parametrize("name", EXCERPTS)
def test_an_excerpt_is_a_part_of_what_its_spec_comes_to(tmp_path: Path, name: str) -> None:
    """The command line writes the whole, into both repositories where there are two."""
    shown = read_tree(EXAMPLES / name)
    specs = {path: shown.pop(path) for path in list(shown) if Path(path).match("gitopsgen*.yaml")}
    config, app = tmp_path / "config", write_tree(tmp_path / "app", specs)
    for path in specs:
        write_tree((app / path).parent, {"package.json": "{}", "package-lock.json": "{}"})
    config.mkdir()
    separate = any(path.startswith("config/") for path in shown)
    ran = run("generate", *(["--config-repo", str(config)] if separate else []), cwd=app)
    assert ran.code == 0, ran.err
    made = read_tree(app) | {f"config/{path}": text for path, text in read_tree(config).items()}
    assert shown and [path for path, text in shown.items() if made.get(path) != text] == []


def test_every_example_is_in_the_readme_and_every_folder_is_an_example() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [name for name in [*WHOLE, *EXCERPTS] if f"| [{name}]({name}) |" not in text] == []
    for spec in EXAMPLES.rglob("gitopsgen.yaml"):
        folder = spec.parent.relative_to(EXAMPLES)
        assert {*WHOLE, *EXCERPTS} & {path.as_posix() for path in (folder, *folder.parents)}, folder


def test_an_excerpt_that_is_stale_is_told_and_made_again(tmp_path: Path) -> None:
    """A file that differs, one that is missing, and one too many."""
    patterns = {name: EXCERPTS[name] for name in ("ci/jenkins", "workloads/cron")}
    for name in patterns:
        shutil.copytree(EXAMPLES / name, tmp_path / name)
    write_tree(tmp_path, {"excerpts.yaml": yaml.safe_dump(patterns), "ci/jenkins/old.sh": ""})
    before = read_tree(tmp_path)
    write_tree(tmp_path, {"ci/jenkins/Jenkinsfile": before["ci/jenkins/Jenkinsfile"].replace("DEPLOY_TOKEN", "TOKEN")})
    (tmp_path / "workloads/cron/k8s/base/cronjob.yaml").unlink()
    ran = tool("--check", str(tmp_path))
    stale = ["ci/jenkins/Jenkinsfile", "ci/jenkins/old.sh", "workloads/cron/k8s/base/cronjob.yaml"]
    assert (ran.code, ran.out) == (1, "".join(f"{tmp_path}/{path} is stale\n" for path in stale))
    assert tool(str(tmp_path)).code == 0
    assert read_tree(tmp_path) == {path: text for path, text in before.items() if path != "ci/jenkins/old.sh"}
