"""Jobs that a CI system runs in a container find the tools of their scripts there."""

from pathlib import Path

import pytest

from gitopsgen.compiler import generate
from tests.clouds.combinations import CLUSTERS, spec
from tests.live.scripts import write

from .texts import commands

# Images whose makers put git into them, as their Dockerfiles say.
WITH_GIT = ("docker.io/alpine/k8s:", "gcr.io/google.com/cloudsdktool/google-cloud-cli:573.0.0")


@pytest.mark.parametrize("cluster", CLUSTERS)
@pytest.mark.parametrize("ci", ["gitlab-ci", "circleci"])
def test_a_deployment_has_git_before_it_needs_it(tmp_path: Path, ci: str, cluster: str) -> None:
    write(tmp_path / "gitopsgen.yaml", spec(cluster, "docker-hub", "push", f"ci: {ci}"))
    assert generate(str(tmp_path)).exit_code == 0

    first = next(found.text for found in commands(tmp_path) if "deploy-production" in found.job)

    (file,) = [path for name in (".gitlab/shop.yml", ".circleci/config.yml") for path in tmp_path.glob(name)]
    has = any(image in file.read_text() for image in WITH_GIT)
    assert has or first.removeprefix("set -e\n").startswith("tdnf install --assumeyes --quiet git ")
