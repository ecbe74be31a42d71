"""The repository of the walk-through, delivered in push and in pull mode, and ways to look into it."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gitopsgen.compiler import generate
from gitopsgen.outcome import Outcome

ROOT = Path(__file__).parents[2]
SAMPLE_APP = ROOT / "templates/example/express"
PULL = """\
apiVersion: gitopsgen/v1
name: storefront
mode: pull
image: docker.io/acme/storefront
repository: https://github.com/acme/storefront.git
runtime: {name: node, version: "24"}
port: 3000
health: /healthz
"""
PUSH = PULL.replace("mode: pull", "mode: push") + "cluster: {type: aks, resourceGroup: shop, name: prod}\n"
OVERLAY = "k8s/overlays/production"
IMAGE_FILE = f"{OVERLAY}/image/kustomization.yaml"


@dataclass(frozen=True)
class Project:
    """A folder in which `generate` has run."""

    folder: Path

    def text(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def yaml(self, path: str) -> Any:
        return yaml.safe_load(self.text(path))

    def files(self) -> list[str]:
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in found if path.parts[0] != ".git")

    def workflows(self) -> dict[str, Any]:
        return {path: self.yaml(path) for path in self.files() if path.startswith(".github/workflows/")}

    def jobs(self) -> dict[str, Any]:
        """Return the jobs of every workflow by name."""
        return {name: job for workflow in self.workflows().values() for name, job in workflow["jobs"].items()}

    @property
    def workflow(self) -> Any:
        return self.yaml(".github/workflows/storefront.yaml")

    def objects(self) -> list[Any]:
        """Return the Kubernetes objects of the overlay and its base."""
        folders = (f"{OVERLAY}/namespace.yaml", "k8s/base/")
        paths = [path for path in self.files() if path.startswith(folders) and not path.endswith("kustomization.yaml")]
        return [self.yaml(path) for path in paths]

    def object(self, kind: str) -> Any:
        (found,) = (item for item in self.objects() if item["kind"] == kind)
        return found

    @property
    def pod(self) -> Any:
        return self.object("Deployment")["spec"]["template"]["spec"]

    @property
    def container(self) -> Any:
        (container,) = self.pod["containers"]
        return container

    def instructions(self) -> list[tuple[str, str]]:
        """Return the instructions of the Dockerfile with their arguments, continued lines joined."""
        lines = [line for line in self.text("Dockerfile").splitlines() if not line.startswith("#")]
        joined = "\n".join(lines).replace("\\\n", " ")
        return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line]

    def last_stage(self) -> list[tuple[str, str]]:
        found = self.instructions()
        return found[max(i for i, (name, _) in enumerate(found) if name == "FROM") :]

    def setup(self) -> str:
        """Return what `gitopsgen setup` prints, its lines joined by single spaces."""
        return _setup(self.folder)


@cache
def _setup(folder: Path) -> str:
    return " ".join(gitopsgen("setup", "-C", str(folder)).stdout.split())


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


@cache
def sample_app() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in SAMPLE_APP.iterdir() if path.name != "pack.yaml"}


def prepare(folder: Path, spec: str, without: str = "") -> Path:
    """Lay out the sample app with a spec, ready for the compiler."""
    files = {path: text for path, text in sample_app().items() if path != without}
    write(folder, files | {"gitopsgen.yaml": spec})
    return folder


def deliver(folder: Path, spec: str) -> Project:
    outcome = generate(str(prepare(folder, spec)))
    assert outcome.exit_code == 0, codes(outcome)
    return Project(folder)


def codes(outcome: Outcome) -> list[str]:
    return [found.code for found in outcome.diagnostics]


def gitopsgen(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person does, in a process of its own."""
    search = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return subprocess.run(
        [sys.executable, "-m", "gitopsgen", *arguments],
        env=os.environ | {"PYTHONPATH": search} | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


def matches(pattern: str, path: str) -> bool:
    """Say whether a path matches a pattern in which * stays inside a folder and **/ is any number of folders."""
    parts = re.split(r"(\*\*/|\*|\?)", pattern)
    wild = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return re.fullmatch("".join(wild.get(part, re.escape(part)) for part in parts), path) is not None


def json_command(argument: str) -> list[str]:
    """Return the words of an instruction in its JSON form."""
    words = json.loads(argument)
    assert isinstance(words, list)
    return words
