"""What actions leave in the work tree of a job is ignored where they are used, and nowhere else."""

from pathlib import Path

import pytest

from gitopsgen.compiler import generate
from tests.clouds.combinations import CLUSTERS
from tests.trees import write_tree

SPEC = """\
apiVersion: gitopsgen/v1
name: shop
mode: {mode}
image: europe-west3-docker.pkg.dev/acme-prod/apps/shop
repository: https://github.com/acme/shop.git
runtime: go
ci: {ci}
environments: {{staging: {{namespace: staging}}, production: {{}}}}
"""
LEFT = ["gha-creds-*.json", "gha-kubeconfig-*"]


@pytest.mark.parametrize(
    ("cluster", "ci", "ignored"),
    [("gke", "github-actions", LEFT), ("gke", "gitlab-ci", []), ("aks", "github-actions", []), ("", "jenkins", [])],
)
def test_credentials_that_actions_write_are_ignored(tmp_path: Path, cluster: str, ci: str, ignored: list[str]) -> None:
    section = f"cluster: {CLUSTERS[cluster]}\n" if cluster else ""
    spec = SPEC.format(mode="push" if cluster else "pull", ci=ci) + section
    write_tree(tmp_path, {"gitopsgen.yaml": spec})
    assert generate(str(tmp_path)).exit_code == 0
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert [line for line in lines if line.startswith("gha-")] == ignored
