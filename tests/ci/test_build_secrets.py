"""The secrets of the image's build reach what installs the dependencies for tests, in every CI system."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from gitopsgen.compiler import generate
from tests.live.scripts import write
from tests.trees import run

from .texts import Command, commands, github

# What a job of the CI system finds in its environment by itself, beside what its file asks for.
SYSTEMS = {
    "github-actions": frozenset[str](),
    "gitlab-ci": frozenset({"BUILD_NPMRC", "BUILD_HUB"}),
    "circleci": frozenset({"BUILD_NPMRC", "BUILD_HUB"}),
    "buildkite": frozenset[str](),
    "jenkins": frozenset[str](),
}
EXPRESSIONS = {"github.sha": "0" * 40, "github.token": "a-token", "needs.build.outputs.digest": "sha256:0"}
TESTS = frozenset({"test", "Test", "shop:test"})
SPEC = """\
apiVersion: gitopsgen/v1
name: shop
mode: pull
image: docker.io/acme/shop
repository: https://github.com/acme/shop.git
runtime:
  name: node
  folder: %(folder)s
  install: printf '%%s\\n' "$HUB" >"it's" && { cat ~/.npmrc || true; } >npmrc
  test: test ! -e ~/.npmrc
  buildSecrets: {npmrc: {target: /root/.npmrc}, hub: {env: HUB}}
port: 3000
ci: %(ci)s
"""


def steps_of_tests(root: Path) -> list[Command]:
    found = commands(root)
    for path in root.glob(".github/workflows/shop.yaml"):
        found += github(path, EXPRESSIONS)
    return [command for command in found if command.job in TESTS]


def run_tests(root: Path, ci: str, store: dict[str, str]) -> None:
    """Run the test job, with the values that the CI system keeps: one that it has not is empty where a file asks."""
    home = root.parent / "home"
    home.mkdir()
    given = {key: value for key, value in store.items() if key in SYSTEMS[ci]}
    for command in steps_of_tests(root):
        secrets = {variable: store.get(key, "") for variable, key in command.secrets.items()}
        values = {**given, **command.variables, **secrets, "PATH": os.environ["PATH"]}
        done = subprocess.run(
            [command.shell, "-ec", command.text],
            cwd=root / command.folder,
            env={"HOME": str(home), **values},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command.text, done.stderr)


@pytest.mark.parametrize(
    ("folder", "manifests"), [(".", "k8s"), ("services/web", "k8s"), ("services/web", "services/web/k8s")]
)
@pytest.mark.parametrize("ci", SYSTEMS)
def test_an_install_sees_secrets_in_variables_and_files(tmp_path: Path, ci: str, folder: str, manifests: str) -> None:
    root = tmp_path / "shop"
    (root / folder).mkdir(parents=True)
    write(root / "gitopsgen.yaml", SPEC % {"ci": ci, "folder": folder} + f"manifests: {manifests}\n")
    assert generate(str(root)).exit_code == 0

    run_tests(root, ci, {"BUILD_NPMRC": "registry=ours", "BUILD_HUB": "it's a $secret"})

    assert (root / folder / "it's").read_text() == "it's a $secret\n"
    assert (root / folder / "npmrc").read_text() == "registry=ours\n"


@pytest.mark.parametrize("ci", SYSTEMS)
def test_setup_asks_for_them_once_for_every_job(tmp_path: Path, ci: str) -> None:
    """Tests of pull requests want them too: nothing that keeps a secret for the branch may stand there."""
    write(tmp_path / "gitopsgen.yaml", SPEC % {"ci": ci, "folder": "."})

    asked = [
        step
        for step in re.split(r"^ *\d+\. ", run("setup", cwd=tmp_path).out, flags=re.MULTILINE)
        if "BUILD_NPMRC" in step
    ]

    assert len(asked) == 1
    assert not re.search("--protected|build_branch|--env|--scope (?!'\\*')", asked[0])


@pytest.mark.parametrize("ci", SYSTEMS)
def test_a_command_may_name_a_script_in_its_folder(tmp_path: Path, ci: str) -> None:
    (tmp_path / "web").mkdir()
    spec = (SPEC % {"ci": ci, "folder": "web"}).replace("test: test ! -e ~/.npmrc", "test: sh run.sh")
    write(tmp_path / "gitopsgen.yaml", spec)

    assert generate(str(tmp_path)).exit_code == 0


@pytest.mark.parametrize("ci", SYSTEMS)
def test_a_run_without_secrets_has_empty_variables_and_no_file(tmp_path: Path, ci: str) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    write(root / "gitopsgen.yaml", SPEC % {"ci": ci, "folder": "."})
    assert generate(str(root)).exit_code == 0

    run_tests(root, ci, {})

    assert (root / "it's").read_text() == "\n"
    assert (root / "npmrc").read_text() == ""
