"""A pipeline of GitLab really runs to its end: the tests, an image that is built and pushed to a registry, the commit.

The registry is a real one on this machine, and lets nobody in without the token of the job. `docker` builds and pushes
by buildah (as_docker.py), with stand-ins for the base images.
"""

import base64
import contextlib
import json
import os
import sys
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitlab.world import SHELL, TOKEN, USER, World, laid_out
from tests.live import kube
from tests.live.manifests import RIGHTS
from tests.live.scripts import OVERLAY, git
from tests.validators.needs import need

from .oci_registry import Registry, serving

ROOT = Path(__file__).resolve().parents[2]
_WANTED = os.environ.get("GITOPSGEN_IMAGES")
pytestmark = pytest.mark.skipif(_WANTED not in ("verify", "all", "pipeline"), reason="as root, on Debian: make images")
# The token by bcrypt.
HASHED = "$2y$05$q1B9S7o6Wwqmkix.B.5k2.jMzEtVjgGzpi/znYyZCq4evuEyGxbre"
SPEC = """\
apiVersion: gitopsgen/v1
name: shop
mode: %s
ci: gitlab-ci
image: %s/acme/shop
registry: gitlab
repository: https://gitlab.example.com/acme/shop.git
runtime: {name: node, install: test -s package-lock.json, test: grep -q works app.js}
port: 3000
"""
PACKAGE = {"name": "shop", "version": "1.0.0"}
LOCK = {**PACKAGE, "lockfileVersion": 3, "requires": True, "packages": {"": PACKAGE}}
FILES = {"app.js": "// works\n", "package.json": json.dumps(PACKAGE), "package-lock.json": json.dumps(LOCK)}
# Docker in the jobs; the service that the runner starts for them is still the stand-in's.
DOCKER = """\
#!/bin/sh
case "$1 ${2:-}" in
  'login '* | 'buildx build') PYTHONPATH=%(root)s exec %(python)s -m tests.images.as_docker %(login)s "$@" ;;
  *) exec "$(dirname -- "$0")/docker-stand-in" "$@" ;;
esac
"""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with serving(tmp_path / "registry", USER, TOKEN, HASHED) as registry:
        yield registry


@contextlib.contextmanager
def laid(path: Path, spec: str) -> Iterator[World]:
    """Lay out the app, with a docker that builds."""
    need("gitlab")
    with laid_out(path, {"gitopsgen.yaml": spec, **FILES}) as world:
        docker = path / "tools/docker"
        docker.rename(path / "tools/docker-stand-in")
        docker.write_text(DOCKER % {"root": ROOT, "python": sys.executable, "login": path / "login"})
        docker.chmod(0o755)
        yield world


@pytest.fixture
def world(tmp_path: Path, registry: Registry) -> Iterator[World]:
    with laid(tmp_path, SPEC % ("pull", registry.host)) as world:
        yield world


def test_what_git_records_is_what_the_registry_has(world: World, registry: Registry) -> None:
    first = git(world.clone, "rev-parse", "HEAD")
    printed = world.deliver()
    revision, digest = world.recorded()
    assert (revision, digest) == (first, registry.digest("acme/shop", f"sha-{first}")), printed
    image = registry.configuration("acme/shop", digest)
    assert image["Labels"]["org.opencontainers.image.revision"] == first
    assert (image["User"], image["Cmd"]) == ("10001:10001", ["node", "app.js"])

    second = world.commit({"app.js": "// works better\n"})
    world.deliver()
    assert world.recorded() == (second, registry.digest("acme/shop", f"sha-{second}"))
    assert world.recorded()[1] != digest

    # What fails its tests, and what the registry does not take, is recorded nowhere.
    third = world.commit({"app.js": "// broken\n"})
    assert world.run(*SHELL).returncode != 0
    fourth = world.commit({"app.js": "// works again\n"})
    refused = world.run(*SHELL, CI_REGISTRY_PASSWORD="another")  # noqa: S106
    assert refused.returncode != 0
    assert "invalid username/password" in refused.stdout
    for lost in (third, fourth):
        with pytest.raises(urllib.error.HTTPError):
            registry.digest("acme/shop", f"sha-{lost}")
    assert world.recorded()[0] == second


def test_what_runs_in_the_cluster_is_what_the_registry_has(tmp_path: Path, registry: Registry) -> None:
    kube.need()
    spec = SPEC % ("push", registry.host) + "cluster: kubeconfig\n"
    with laid(tmp_path, spec) as world, kube.start() as cluster:
        (tmp_path / "tools/kubectl").symlink_to(kube.PROGRAMS / "cluster")
        cluster.kubectl("apply", "-f", str(world.clone / OVERLAY / "namespace.yaml"))
        cluster.kubectl("apply", "-f", "-", stdin=RIGHTS % {"namespace": "shop"})
        login = base64.b64encode((cluster.state / "deployer.kubeconfig").read_bytes()).decode()
        revision = git(world.clone, "rev-parse", "HEAD")
        printed = world.deliver(KUBECONFIG_BASE64=login)
        digest = registry.digest("acme/shop", f"sha-{revision}")
        live = cluster.get("shop", "deployment", "shop")
        [container] = live["spec"]["template"]["spec"]["containers"]
        assert container["image"].endswith(f"/acme/shop:sha-{revision}@{digest}"), printed
        assert live["status"]["availableReplicas"] == live["spec"]["replicas"] > 0
