"""What the tests of the delivery scripts share: a real repository with the scripts in it, and a way to run them."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

BIN = Path(__file__).parents[2] / "templates/workload/kubernetes/bin"
IMAGE = "registry.example.com:5000/acme/storefront"
OVERLAY = "k8s/overlays/production"


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Return an environment in which nothing of this machine's git or kubectl configuration is seen."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "KUBE")) and name != "CI"}
    quiet = {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
    return kept | quiet | variables


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, *arguments]
    return subprocess.run(
        command, cwd=directory, env=environment(directory), check=True, capture_output=True, text=True
    ).stdout.strip()


def read_component(text: str) -> dict[str, Any]:
    """Return the one image of an image file's text."""
    document = yaml.safe_load(text)
    assert document["kind"] == "Component"
    (image,) = document["images"]
    assert isinstance(image, dict)
    return image


def recorded_revision(text: str) -> str:
    return next(line.removeprefix("# revision: ") for line in text.splitlines() if line.startswith("# revision: "))


@dataclass(frozen=True)
class Clone:
    """A clone of the remote, as a CI job has it."""

    path: Path

    def command(self, script: str, *arguments: str) -> list[str]:
        return ["sh", str(self.path / "k8s/bin" / script), *arguments]

    def variables(self, number: int, revision: str, **changes: str) -> dict[str, str]:
        """Return what a CI job sets to deploy the image that was built from a revision."""
        values = {
            "ENVIRONMENT": "production",
            "APP": "storefront",
            "OVERLAY": OVERLAY,
            "BRANCH": "main",
            "IMAGE": IMAGE,
            "TAG": f"sha-{revision}",
            "DIGEST": digest(number),
            "REVISION": revision,
        }
        return environment(self.path, **(values | changes))

    def run(self, script: str, variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(script, *arguments),
            cwd=self.path,
            env=variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def bump(self, number: int, revision: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return self.run("bump.sh", self.variables(number, revision, **changes))

    def revert(self, **changes: str) -> subprocess.CompletedProcess[str]:
        needed = {"ENVIRONMENT": "production", "APP": "storefront", "OVERLAY": OVERLAY, "BRANCH": "main"}
        return self.run("revert.sh", environment(self.path, **(needed | changes)))


@dataclass(frozen=True)
class Remote:
    """A bare repository whose branch main holds a generated project, and the clone of a developer who adds commits."""

    path: Path
    developer: Path

    def commits(self, count: int) -> list[str]:
        """Push new commits, each the child of the one before; return their ids, the oldest first."""
        git(self.developer, "pull", "-q", "--ff-only", "origin", "main")
        made = []
        for _ in range(count):
            git(self.developer, "commit", "-q", "--allow-empty", "-m", "feature")
            made.append(git(self.developer, "rev-parse", "HEAD"))
        git(self.developer, "push", "-q", "origin", "main")
        return made

    def clone(self, name: str, *options: str) -> Clone:
        path = self.path.parent / name
        git(self.path.parent, "clone", "-q", *options, f"file://{self.path}", str(path))
        return Clone(path)

    def image_file(self, revision: str = "main", overlay: str = OVERLAY) -> str:
        return git(self.path, "show", f"{revision}:{overlay}/image/kustomization.yaml")

    def image_history(self, overlay: str = OVERLAY) -> list[str]:
        """Return the recorded revisions, the oldest first, without the file as it was generated."""
        path = f"{overlay}/image/kustomization.yaml"
        commits = git(self.path, "log", "--reverse", "--format=%H", "main", "--", path).split()
        return [recorded_revision(self.image_file(commit, overlay)) for commit in commits[1:]]


GENERATED_IMAGE = f"""\
---
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
images:
  - name: app-image
    newName: {IMAGE}
    newTag: "none-yet"
"""
GENERATED_OVERLAY = """\
---
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../base]
components: [image]
"""
GENERATED_BASE = """\
---
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [pod.yaml]
"""
GENERATED_POD = """\
---
apiVersion: v1
kind: Pod
metadata: {name: storefront}
spec: {containers: [{name: app, image: app-image}]}
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def install_scripts(project: Path) -> None:
    for script in BIN.glob("*.sh"):
        write(project / "k8s/bin" / script.name, script.read_text(encoding="utf-8"))


def make_remote(directory: Path) -> Remote:
    """Create a remote with two generated apps: one at the root, and one in services/api as in a monorepo."""
    bare, developer = directory / "remote.git", directory / "developer"
    directory.mkdir(parents=True, exist_ok=True)
    git(directory, "init", "-q", "--bare", "-b", "main", str(bare))
    git(directory, "init", "-q", "-b", "main", str(developer))
    install_scripts(developer)
    for root in (developer, developer / "services/api"):
        write(root / "k8s/base/kustomization.yaml", GENERATED_BASE)
        write(root / "k8s/base/pod.yaml", GENERATED_POD)
        write(root / OVERLAY / "kustomization.yaml", GENERATED_OVERLAY)
        write(root / OVERLAY / "image/kustomization.yaml", GENERATED_IMAGE)
    git(developer, "add", "-A")
    git(developer, "commit", "-q", "-m", "generated")
    git(developer, "remote", "add", "origin", f"file://{bare}")
    git(developer, "push", "-q", "origin", "main")
    return Remote(bare, developer)
