"""A generated repository, and the namespace of a real API server that it deploys to."""

import itertools
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .kube import Cluster
from .manifests import write_project
from .scripts import IMAGE, Clone, digest, git

ANNOTATION = "gitopsgen.dev/revision"


namespaces = (f"shop-{number}" for number in itertools.count(1))


@dataclass
class Project:
    """A generated repository and the namespace it deploys to."""

    cluster: Cluster
    path: Path
    namespace: str
    builds: dict[str, int] = field(default_factory=dict)

    def commit(self) -> str:
        git(self.path, "add", "-A")
        git(self.path, "commit", "-q", "--allow-empty", "-m", "change")
        return git(self.path, "rev-parse", "HEAD")

    def image(self, revision: str, fate: str = "ready") -> str:
        return f"{IMAGE}:{fate}-{revision}@{digest(self.number(revision))}"

    def number(self, revision: str) -> int:
        return self.builds.setdefault(revision, len(self.builds) + 1)

    def deploy(
        self, revision: str, fate: str = "ready", user: str = "deployer", **changes: str
    ) -> subprocess.CompletedProcess[str]:
        """Deploy the image of a revision whose containers are going to have this fate (see cluster/pods.go)."""
        values = {"NAMESPACE": self.namespace, "TIMEOUT": "30s", "TAG": f"{fate}-{revision}"}
        clone = Clone(self.path)
        variables = clone.variables(self.number(revision), revision, **values)
        return clone.run("deploy.sh", variables | self.cluster.access(user) | changes)

    def live(self) -> Any:
        return self.cluster.get(self.namespace, "deployment", "storefront")

    def live_image(self) -> str:
        image = self.live()["spec"]["template"]["spec"]["containers"][0]["image"]
        assert isinstance(image, str)
        return image

    def live_revision(self) -> str | None:
        value = self.live()["metadata"]["annotations"].get(ANNOTATION)
        assert value is None or isinstance(value, str)
        return value

    def replica_sets(self) -> set[str]:
        return self.cluster.names(self.namespace, "replicasets")

    def set_fate(self, fate: str) -> None:
        """Decide over all containers of the namespace from now on, whatever their images say."""
        self.cluster.kubectl("-n", self.namespace, "create", "configmap", "fate", f"--from-literal=fate={fate}")

    def rewrite_image(self, tag: str) -> None:
        self.cluster.kubectl("-n", self.namespace, "set", "image", "deployment/storefront", f"app={IMAGE}:{tag}")


def make_project(cluster: Cluster, path: Path) -> Project:
    project = Project(cluster, path, next(namespaces))
    write_project(path, project.namespace)
    git(path, "init", "-q", "-b", "main")
    return project


def roll_back(project: Project, **changes: str) -> subprocess.CompletedProcess[str]:
    clone = Clone(project.path)
    variables = clone.variables(0, "", NAMESPACE=project.namespace, TIMEOUT="30s")
    for unknown in ("TAG", "DIGEST", "REVISION"):
        del variables[unknown]
    return clone.run("rollback.sh", variables | project.cluster.access("deployer") | changes)
