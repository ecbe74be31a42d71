"""A real API server with the Deployment controllers, and the tests' view of it. cluster/ has the program."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from .scripts import environment

PROGRAMS = Path(os.environ.get("GITOPSGEN_LIVE_BIN", Path(__file__).parents[2] / ".tools/cluster"))
READY_WITHIN_SECONDS = 90


def need() -> None:
    """Skip the test unless the program has been built; fail where the caller promised it."""
    if (PROGRAMS / "cluster").exists():
        return
    reason = f"NOT TESTED: no cluster in {PROGRAMS}; build it with tests/live/cluster/build.sh {PROGRAMS}"
    if os.environ.get("GITOPSGEN_REQUIRE_LIVE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def flux(repository: Path, files: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return what Flux's controller applies of its Kustomizations, files of a repository, by its own library."""
    command = [str(PROGRAMS / "cluster"), "render", str(repository), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {file: list(yaml.load_all(text, yaml.CSafeLoader)) for file, text in json.loads(done.stdout).items()}


@dataclass(frozen=True)
class Cluster:
    """A running control plane. The administrator may do everything, the deployer what a test has granted."""

    state: Path

    def access(self, user: str = "admin") -> dict[str, str]:
        """Return the variables with which kubectl, the one that was built with the server, speaks for a user."""
        path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
        return {"HOME": str(self.state), "KUBECONFIG": str(self.state / f"{user}.kubeconfig"), "PATH": path}

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        command = [str(PROGRAMS / "kubectl"), *arguments]
        result = subprocess.run(
            command,
            env=environment(self.state, **self.access()),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    def get(self, namespace: str, *what: str) -> Any:
        return json.loads(self.kubectl("-n", namespace, "get", *what, "-o", "json"))

    def names(self, namespace: str, *kinds: str) -> set[str]:
        return set(self.kubectl("-n", namespace, "get", ",".join(kinds), "-o", "name").split())


@contextmanager
def start() -> Iterator[Cluster]:
    """Run a cluster of its own with its state in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        state = Path(folder)
        log = state / "log"
        with log.open("wb") as output:
            server = subprocess.Popen([PROGRAMS / "cluster", "serve", state], stdout=output, stderr=output)
        try:
            wait_until_ready(state, server, log)
            yield Cluster(state)
        finally:
            # Nothing of its state is kept, and to end in good order takes it longer than most tests.
            server.kill()
            server.wait()


def wait_until_ready(state: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while not (state / "admin.kubeconfig").exists():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(
                "the cluster did not start:\n" + log.read_text(encoding="utf-8", errors="replace")[-4000:]
            )
        time.sleep(0.1)
