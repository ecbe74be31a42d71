"""The sample app and its image: what a build of the generated Dockerfile would take in, and how it would run."""

import json
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from gitopsgen.compiler import inspect
from gitopsgen.core import errors
from tests.dockerignore import lets_in

from .project import PULL, PUSH, Project, codes, deliver, json_command, prepare, sample_app, write

KEPT_OUT = [
    ".env",
    ".env.production",
    ".git/config",
    ".github/workflows/storefront.yaml",
    ".npmrc",
    "Dockerfile",
    "app.test.js",
    "argocd/application-production.yaml",
    "gitopsgen.yaml",
    "k8s/base/deployment.yaml",
    "lib/.env",
    "lib/node_modules/left-pad/index.js",
    "node_modules/express/index.js",
    "notes.txt",
]
# As much of Express as the sample app uses; the real one is not on every machine that runs these tests.
STAND_IN = """\
module.exports = () => ({
  disable() {},
  get() {},
  listen: (port, done) => {
    const server = require('node:http').createServer((request, response) => response.end());
    return server.listen(port, done);
  },
});
"""


def needs_node() -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("NOT TESTED: there is no node on PATH")
    return node


def test_every_file_is_whole(project: Project) -> None:
    for path in project.files():
        if path.endswith((".yaml", ".yml")):
            assert isinstance(project.yaml(path), dict), path
        elif path.endswith(".json"):
            assert json.loads(project.text(path)), path
        elif path.endswith(".sh"):
            subprocess.run(["sh", "-n", project.folder / path], check=True)
    assert {name for name, _ in project.instructions()} <= {
        "FROM", "ENV", "WORKDIR", "COPY", "RUN", "LABEL", "USER", "EXPOSE", "HEALTHCHECK", "CMD",
    }  # fmt: skip


def test_the_sample_app_is_whole(project: Project) -> None:
    for script in ("app.js", "app.test.js"):
        subprocess.run([needs_node(), "--check", project.folder / script], check=True)


def copied(project: Project) -> list[str]:
    """Return the files and folders that the Dockerfile copies out of the repository by name."""
    words = [rest.split() for name, rest in project.instructions() if name == "COPY" and "--from=" not in rest]
    return [source for *sources, _ in words for source in sources if source != "."]


@pytest.mark.parametrize("include", ["", "include: [app.js, lib]"], ids=["default", "own list"])
def test_what_the_dockerfile_copies_is_let_in(tmp_path: Path, include: str) -> None:
    project = deliver(tmp_path, PULL.replace('version: "24"', f'version: "24", {include}'))
    assert copied(project) == ["package.json", "package-lock.json"]
    for source in (*copied(project), "app.js"):
        assert (tmp_path / source).is_file()
        assert lets_in(project.text(".dockerignore"), source), f".dockerignore keeps {source} out, and COPY fails"


def test_the_sample_app_brings_its_dependencies() -> None:
    package, lock = json.loads(sample_app()["package.json"]), json.loads(sample_app()["package-lock.json"])
    assert package["dependencies"]
    assert lock["packages"][""]["dependencies"] == package["dependencies"]


def test_dependencies_come_from_the_lock_file(project: Project) -> None:
    commands = [rest for name, rest in project.instructions() if name == "RUN"]
    commands += [step["run"] for job in project.jobs().values() for step in job["steps"] if "run" in step]
    installs = [command for command in commands if re.search(r"\bnpm (install|i|ci|add)\b", command)]
    assert len(installs) == 2
    assert all(re.search(r"\bnpm ci\b", command) for command in installs)


@pytest.mark.parametrize("missing", ["package.json", "package-lock.json"])
def test_a_missing_lock_file_is_reported(tmp_path: Path, missing: str) -> None:
    outcome = inspect(str(prepare(tmp_path, PULL, without=missing)))
    assert [missing in found.message for found in outcome.diagnostics] == [True], codes(outcome)
    assert not inspect(str(prepare(tmp_path, PULL))).diagnostics


def test_the_base_image_is_one_release(project: Project) -> None:
    stages = [rest.split() for name, rest in project.instructions() if name == "FROM"]
    names = {words[2] for words in stages if len(words) == 3}
    outside = [words[0] for words in stages if words[0] not in names]
    assert outside
    for image in outside:
        assert re.fullmatch(r"node:24\.\d+\.\d+-\S+", image)


def test_only_production_dependencies_reach_the_image(project: Project) -> None:
    assert ("ENV", "NODE_ENV=production") in project.instructions()
    (install,) = (rest for name, rest in project.instructions() if name == "RUN")
    assert "npm ci --omit=dev" in install
    last = project.last_stage()
    assert ("COPY", "--from=dependencies /app ./") in last
    assert "RUN" not in {name for name, _ in last}


def test_nothing_runs_as_root(project: Project) -> None:
    (user,) = (rest for name, rest in project.last_stage() if name == "USER")
    number, group = map(int, user.split(":"))
    assert number > 0
    for context in (project.pod["securityContext"], project.container["securityContext"]):
        assert context["runAsNonRoot"] is True
        assert (context["runAsUser"], context["runAsGroup"]) == (number, group)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_the_sample_app_ends_when_it_is_told_to(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"app.js": sample_app()["app.js"], "node_modules/express/index.js": STAND_IN})
    with subprocess.Popen([needs_node(), "app.js"], cwd=tmp_path, env={"PORT": "0"}, stdout=subprocess.PIPE) as app:
        assert app.stdout is not None
        assert app.stdout.readline().startswith(b"listening")
        app.send_signal(signal.Signals[name])
        assert app.wait(timeout=10) == 0


def test_signals_reach_the_app_and_it_has_time_to_end(project: Project) -> None:
    (command,) = (rest for name, rest in project.last_stage() if name == "CMD")
    assert json_command(command) == ["node", "app.js"]
    pause = project.container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert project.pod["terminationGracePeriodSeconds"] >= pause + 20


@pytest.mark.parametrize("path", KEPT_OUT)
def test_the_image_takes_in_only_what_is_named(project: Project, path: str) -> None:
    rules = project.text(".dockerignore")
    assert not lets_in(rules, path)
    assert lets_in(rules, "app.js")


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("docker.io/acme/storefront", "<your-docker-username>/storefront"),
        ("docker.io/acme/storefront", "docker.io/<your-docker-username>/storefront"),
        ("docker.io/acme/storefront", "docker.io/acme/storefront:latest"),
        ("https://github.com/acme/storefront.git", "<your-remote-repository-url>"),
        ("name: storefront", "name: <app>"),
    ],
)
def test_a_placeholder_is_refused_with_its_line(tmp_path: Path, good: str, bad: str) -> None:
    assert good in PUSH
    outcome = inspect(str(prepare(tmp_path, PUSH.replace(good, bad))))
    assert outcome.exit_code == errors.SPEC_INVALID
    (found,) = outcome.diagnostics
    assert found.code == "spec.bad-text"
    assert found.position is not None
    assert bad in PUSH.replace(good, bad).splitlines()[found.position.line - 1]


def test_no_file_waits_to_be_filled_in(project: Project) -> None:
    written = [path for path in project.files() if path not in sample_app()]
    for path in written:
        assert not re.search(r"<(your|my)-|CHANGE_?ME|TODO|REPLACE", project.text(path)), path
