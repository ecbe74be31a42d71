"""What the validators look at: a copy of a generated tree, with what kustomize makes of its overlays beside it."""

import functools
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.ci.texts import commands

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
RENDERED = "rendered"

_IMAGE_OF_A_BUILD = {
    "IMAGE": "registry.example.com/acme/app",
    "TAG": f"sha-{'1' * 40}",
    "DIGEST": f"sha256:{'2' * 64}",
    "REVISION": "3" * 40,
}


@dataclass(frozen=True)
class RunBody:
    """A script inside a workflow."""

    place: str
    text: str
    shell: str


@dataclass(frozen=True)
class Subject:
    """A tree to be checked."""

    root: Path

    def files(self, pattern: str) -> list[str]:
        """Return the paths of the files that match, relative to the root and sorted."""
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.glob(pattern) if path.is_file())

    @property
    def workflows(self) -> list[str]:
        """Return the GitHub Actions workflows."""
        return self.files(".github/workflows/*.y*ml")

    @property
    def dockerfiles(self) -> list[str]:
        """Return the Dockerfiles."""
        return self.files("**/Dockerfile")

    @functools.cached_property
    def resources(self) -> dict[str, list[dict[str, Any]]]:
        """Return the Kubernetes resources of each file that holds some, custom ones and rendered ones too."""
        found = {name: self._documents(name) for name in self.files("**/*.yaml") if not name.startswith(".")}
        return {name: documents for name, documents in found.items() if documents}

    def _documents(self, name: str) -> list[dict[str, Any]]:
        documents = yaml.safe_load_all((self.root / name).read_text(encoding="utf-8"))
        return [
            document
            for document in documents
            if isinstance(document, dict) and {"apiVersion", "kind"} <= document.keys()
        ]

    @property
    def manifests(self) -> list[str]:
        """Return the files that hold only resources of Kubernetes itself."""
        return [name for name, documents in self.resources.items() if all(map(_is_built_in, documents))]

    @property
    def overlays(self) -> list[str]:
        """Return the folders that kustomize can build by themselves."""
        names = [name for name, documents in self.resources.items() if documents[0].get("kind") == "Kustomization"]
        return [name.rpartition("/")[0] for name in names]

    @property
    def run_bodies(self) -> list[RunBody]:
        """Return the scripts inside the workflows."""
        bodies = []
        for name in self.workflows:
            workflow = yaml.safe_load((self.root / name).read_text(encoding="utf-8"))
            for job_id, job in (workflow.get("jobs") or {}).items():
                for number, step in enumerate(job.get("steps", [])):
                    if "run" in step:
                        place = f"{name} jobs.{job_id}.steps[{number}]"
                        bodies.append(RunBody(place, step["run"], step.get("shell", "bash").split()[0]))
        return bodies + [RunBody(found.place, found.text, found.shell) for found in commands(self.root, "**/")]


def _is_built_in(document: dict[str, Any]) -> bool:
    group = document["apiVersion"].rpartition("/")[0]
    return "." not in group or (group.endswith(".k8s.io") and not group.startswith(("kustomize.", "gateway.")))


def prepare(tree: Path, work: Path) -> tuple[Subject, list[str]]:
    """Copy a tree and render its overlays, before and after the first build. Returns what kustomize refused too.

    Without kustomize nothing is rendered.
    """
    shutil.copytree(tree, work, symlinks=True)
    refused: list[str] = []
    if not (TOOLS / "go" / "bin" / "kustomize").is_file():
        return Subject(work), refused
    refused += _render(work, Subject(work).overlays, "initial")
    built = work.parent / f"{work.name}-built"
    shutil.copytree(tree, built, symlinks=True)
    images = [path for path in Subject(built).resources if path.endswith("/image/kustomization.yaml")]
    for path in images:
        _set_image(built, path.removesuffix("/image/kustomization.yaml"))
    overlays = [path.removesuffix("/image/kustomization.yaml") for path in images]
    refused += _render(built, overlays, "built", into=work)
    return Subject(work), refused


def _render(tree: Path, overlays: list[str], state: str, into: Path | None = None) -> list[str]:
    target = (into or tree) / RENDERED
    target.mkdir(exist_ok=True)
    refused = []
    for overlay in overlays:
        program = str(TOOLS / "go" / "bin" / "kustomize")
        done = subprocess.run([program, "build", str(tree / overlay)], capture_output=True, text=True, check=False)
        if done.returncode or done.stderr:
            refused.append(f"{overlay} ({state}): {done.stderr.strip()}")
        else:
            name = f"{overlay.replace('/', '-')}@{state}.yaml"
            (target / name).write_text(done.stdout, encoding="utf-8")
    return refused


def _set_image(tree: Path, overlay: str) -> None:
    """Record an image by the tree's own script, as CI does."""
    script = next(iter(Subject(tree).files("**/bin/set-image.sh")))
    subprocess.run(["sh", script, overlay], cwd=tree, env={"PATH": "/usr/bin:/bin", **_IMAGE_OF_A_BUILD}, check=True)
