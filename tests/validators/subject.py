"""What the validators look at: a copy of a generated tree, with what kustomize makes of its overlays beside it."""

import functools
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.ci.texts import commands

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
# What kustomize makes of each overlay; and the documents of it that were not in another one, but for the namespace.
RENDERED = "rendered"
ONCE = "once"

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
        return self.files("**/.github/workflows/*.y*ml")

    @property
    def dockerfiles(self) -> list[str]:
        """Return the Dockerfiles."""
        return self.files("**/Dockerfile")

    @functools.cached_property
    def resources(self) -> dict[str, list[dict[str, Any]]]:
        """Return the Kubernetes resources of each file that holds some, custom ones and rendered ones too."""
        names = [name for name in self.files("**/*.yaml") if not name.startswith((".", f"{RENDERED}/"))]
        found = {name: self.documents(name) for name in names}
        return {name: documents for name, documents in found.items() if documents}

    def documents(self, name: str) -> list[dict[str, Any]]:
        """Return the Kubernetes resources of a file."""
        documents = yaml.load_all((self.root / name).read_text(encoding="utf-8"), yaml.CSafeLoader)
        return [
            document
            for document in documents
            if isinstance(document, dict) and {"apiVersion", "kind"} <= document.keys()
        ]

    @property
    def manifests(self) -> list[str]:
        """Return the files of nothing but Kubernetes itself: those of rendered overlays, where there are some."""
        rendered = [name for name in self.resources if name.startswith(f"{ONCE}/")]
        return [name for name in rendered or self.resources if all(map(_is_built_in, self.resources[name]))]

    @property
    def overlays(self) -> list[str]:
        """Return the folders that kustomize builds for a cluster: not the base, of which every overlay is made."""
        own = "kustomize.config.k8s.io/v1beta1"
        folders = [name.rpartition("/")[0] for name, found in self.resources.items() if found[0]["apiVersion"] == own]
        return [folder for folder in folders if not folder.endswith("/base")]

    @property
    def run_bodies(self) -> list[RunBody]:
        """Return the scripts inside the workflows."""
        bodies = []
        for name in self.workflows:
            workflow = yaml.load((self.root / name).read_text(encoding="utf-8"), yaml.CSafeLoader)
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

    Without kustomize nothing is rendered. Of files with the same text one is left: no other would be judged otherwise.
    """
    shutil.copytree(tree, work, symlinks=True)
    refused = []
    if (TOOLS / "go" / "bin" / "kustomize").is_file():
        refused = _rendered(tree, work)
        _write_once(work)
    _drop_copies(work)
    return Subject(work), refused


def _drop_copies(root: Path) -> None:
    seen: set[bytes] = set()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        text = path.read_bytes()
        if text in seen:
            path.unlink()
        seen.add(text)


def _write_once(work: Path) -> None:
    seen: set[str] = set()
    (work / ONCE).mkdir()
    for path in sorted((work / RENDERED).iterdir()):
        documents = list(yaml.load_all(path.read_text(encoding="utf-8"), yaml.CSafeLoader))
        texts = [json.dumps({**found, "metadata": {**found["metadata"], "namespace": ""}}) for found in documents]
        new = {text: document for text, document in zip(texts, documents, strict=True) if text not in seen}
        seen.update(new)
        if new:
            text = yaml.dump_all(new.values(), Dumper=yaml.CSafeDumper, sort_keys=False)
            (work / ONCE / path.name).write_text(text, encoding="utf-8")


def _rendered(tree: Path, work: Path) -> list[str]:
    refused = _render(work, Subject(work).overlays, "initial")
    built = work.parent / f"{work.name}-built"
    shutil.copytree(tree, built, symlinks=True)
    images = [path for path in Subject(built).resources if path.endswith("/image/kustomization.yaml")]
    overlays = [path.removesuffix("/image/kustomization.yaml") for path in images]
    _set_images(built, overlays)
    return refused + _render(built, overlays, "built", into=work)


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


def _set_images(tree: Path, overlays: list[str]) -> None:
    """Record an image in each overlay by the tree's own script, as CI does; once for those that were the same."""
    script = next(iter(Subject(tree).files("**/bin/set-image.sh")), "")
    environment = {"PATH": "/usr/bin:/bin", **_IMAGE_OF_A_BUILD}
    recorded: dict[str, str] = {}
    for overlay in overlays:
        path = tree / overlay / "image" / "kustomization.yaml"
        before = path.read_text(encoding="utf-8")
        if before not in recorded:
            subprocess.run(["sh", script, overlay], cwd=tree, env=environment, check=True)
            recorded[before] = path.read_text(encoding="utf-8")
        path.write_text(recorded[before], encoding="utf-8")
