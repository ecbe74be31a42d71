"""A real registry of images on a free port of this machine: Debian's docker-registry, which wants a password."""

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .store import HOME

_TYPES = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
_START_SECONDS = 20


class Registry(NamedTuple):
    """Where it is, and who may ask it."""

    host: str
    user: str
    password: str

    def digest(self, name: str, tag: str) -> str:
        """Return the digest of a tag as the registry says it. Raises urllib.error.HTTPError for one that it lacks."""
        with self._get(f"{name}/manifests/{tag}") as answer:
            return str(answer.headers["Docker-Content-Digest"])

    def configuration(self, name: str, digest: str) -> dict[str, Any]:
        """Return the configuration of an image that it holds."""
        with self._get(f"{name}/manifests/{digest}") as answer:
            blob = json.load(answer)["config"]["digest"]
        with self._get(f"{name}/blobs/{blob}") as answer:
            found: dict[str, Any] = json.load(answer)["config"]
        return found

    def _get(self, path: str) -> Any:
        request = urllib.request.Request(f"http://{self.host}/v2/{path}", headers={"Accept": _TYPES})
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
        return urllib.request.urlopen(request, timeout=30)  # noqa: S310 - of this machine


@contextlib.contextmanager
def serving(folder: Path, user: str, password: str, hashed: str) -> Iterator[Registry]:
    """Run the registry, with what it holds in a folder; `hashed` is the password by bcrypt."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    folder.mkdir()
    (folder / "users").write_text(f"{user}:{hashed}\n", encoding="utf-8")
    settings = {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
        "http": {"addr": host},
        "auth": {"htpasswd": {"realm": "test", "path": str(folder / "users")}},
    }
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    program = shutil.which("docker-registry") or str(HOME / "registry/usr/bin/docker-registry")
    with open(folder / "log", "w", encoding="utf-8") as log:
        process = subprocess.Popen([program, "serve", str(folder / "settings.yaml")], stdout=log, stderr=log)
    try:
        _wait(host, folder / "log")
        yield Registry(host, user, password)
    finally:
        process.terminate()
        process.wait()


def _wait(host: str, log: Path) -> None:
    """Wait until the registry asks who is there."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://{host}/v2/", timeout=5).close()
        except urllib.error.HTTPError as error:
            error.close()
            assert error.code == 401
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the registry does not answer: {log.read_text(encoding='utf-8')}")
