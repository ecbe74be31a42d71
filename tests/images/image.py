"""One sample app: generated for, built, run, and looked through."""

import contextlib
import fnmatch
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from gitopsgen.compiler import generate
from gitopsgen.report.text import diagnostics_text

from . import indexes, registry
from .stand_ins import final_base, provide
from .store import Image, build, holding, inspect, mounted, size

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Stands in every file that must not come into an image.
CANARY = "canary-6c1f2a9e77d04b35"
# What people have lying about; a secret in each.
LITTER = (
    ".env",
    ".env.production",
    ".git/config",
    ".git/HEAD",
    ".npmrc",
    ".aws/credentials",
    "id_rsa",
    "secrets.yaml",
    "k8s/secret.yaml",
    "dump.sql",
    "node_modules/left-over/index.js",
    "src/.env",
    "lib/.env.local",
    "app/.git/config",
    "src/tls.pem",
    "app/deep/server.key",
    "lib/id_ed25519",
)
_SMALLEST = {
    "apiVersion": "gitopsgen/v1",
    "name": "storefront",
    "mode": "pull",
    "image": "docker.io/acme/storefront",
    "repository": "https://github.com/acme/storefront.git",
}


class App(NamedTuple):
    """A sample app, with its spec and its row of apps.yaml."""

    name: str
    folder: Path
    spec: dict[str, Any]
    absent: tuple[str, ...]
    text: str
    environment: dict[str, str]
    answers: dict[str, str]
    in_verify: bool
    private: bool

    @property
    def runtime(self) -> dict[str, Any]:
        """The section of the spec, without its short form."""
        runtime = self.spec["runtime"]
        return {"name": runtime} if isinstance(runtime, str) else runtime


class Built(NamedTuple):
    """An image, what it did when it ran, and what was found in it."""

    app: App
    image: Image
    stand_ins: tuple[str, ...]
    ran: dict[str, Any]
    log: str
    leaked: list[str]
    layers_leaked: list[str]
    names: frozenset[str]
    own_bytes: int


@functools.cache
def apps() -> tuple[App, ...]:
    """Return every sample app that has a spec."""
    return tuple(
        _app(name, row)
        for name, row in rows().items()
        if "unproven" not in row and ("spec" in row or _spec_of(name).exists())
    )


def rows() -> dict[str, dict[str, Any]]:
    """Return apps.yaml."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "apps.yaml").read_text(encoding="utf-8"))
    return found


def _spec_of(name: str) -> Path:
    return HERE / "apps" / name / "gitopsgen.yaml"


def _app(name: str, row: dict[str, Any]) -> App:
    folder = ROOT / row.get("from", f"tests/images/apps/{name}")
    own = folder / "gitopsgen.yaml"
    spec = (yaml.safe_load(own.read_text(encoding="utf-8")) if own.exists() else _SMALLEST) | row.get("spec", {})
    text = row.get("text", f"Hello from {name}")
    absent, environment, answers = tuple(row.get("absent", ())), row.get("environment", {}), row.get("answers", {})
    verify, private = row.get("verify", False), row.get("private", False)
    return App(name, folder, spec, absent, text, environment, answers, verify, private)


def built(app: App, folder: Path) -> Built:
    """Generate for an app, build its image and run it. Raises AssertionError for what goes wrong before it runs."""
    context = folder / "app"
    _lay_out(app, context)
    dockerfile = context / app.runtime.get("folder", "") / "Dockerfile"
    text = dockerfile.read_text(encoding="utf-8")
    recipes = provide(text)
    name = f"localhost/app/{app.name}"
    ignore = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
    options = [*(["--ignorefile", str(ignore)] if ignore.exists() else []), *indexes.volumes()]
    with registry.serving(CANARY) if app.private else contextlib.nullcontext("") as host:
        options += _secrets(app, folder, host)
        build(name, context, *options, dockerfile=dockerfile)
        in_layers = _in_layers(name, context, options, dockerfile) if app.runtime.get("buildSecrets") else []
    image = inspect(name)
    with mounted(name) as root:
        names = frozenset(_names(root))
        own = size(root) - _size_of(final_base(text))
        leaked = _leaked(root)
        ran, log = _run(image, app, root, folder)
    return Built(app, image, tuple(recipe.is_ for recipe in recipes), ran, log, leaked, in_layers, names, own)


@functools.cache
def _size_of(name: str) -> int:
    with mounted(name) as root:
        return size(root)


def _lay_out(app: App, context: Path) -> None:
    shutil.copytree(app.folder, context, ignore=shutil.ignore_patterns("pack.yaml", "__pycache__"))
    for name in LITTER:
        path = context / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"password = {CANARY}\n", encoding="utf-8")
    (context / "gitopsgen.yaml").write_text(json.dumps(app.spec), encoding="utf-8")
    outcome = generate(str(context))
    assert outcome.exit_code == 0, diagnostics_text(outcome.diagnostics)


def _secrets(app: App, folder: Path, host: str) -> list[str]:
    """Give the build its secrets, each with the canary in it: the settings of npm, or the word alone."""
    text = f"@acme:registry=http://{host}/\n//{host}/:_authToken={CANARY}\n" if host else f"# {CANARY}\n"
    found = []
    for name in app.runtime.get("buildSecrets", {}):
        path = folder / f"secret-{name}"
        path.write_text(text, encoding="utf-8")
        found += ["--secret", f"id={name},src={path}"]
    return found


def _in_layers(name: str, context: Path, options: list[str], dockerfile: Path) -> list[str]:
    """Return where a secret stands in any layer or the history, of the image and of each stage that a cache keeps."""
    stages = re.findall(r"^FROM \S+ AS (\S+)$", dockerfile.read_text(encoding="utf-8"), re.MULTILINE)
    for stage in stages:
        build(f"{name}-{stage}", context, "--target", stage, *options, dockerfile=dockerfile)
    return holding(CANARY, name, *(f"{name}-{stage}" for stage in stages))


def _names(root: Path) -> list[str]:
    return [
        os.path.relpath(os.path.join(where, name), root)
        for where, folders, files in os.walk(root)
        for name in (*folders, *files)
    ]


def _leaked(root: Path) -> list[str]:
    """Return the files of the image in which the canary stands."""
    done = subprocess.run(
        ["grep", "--recursive", "--files-with-matches", "--fixed-strings", "--devices=skip", CANARY, str(root)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [line.removeprefix(str(root)) for line in done.stdout.splitlines()]


def _run(image: Image, app: App, root: Path, folder: Path) -> tuple[dict[str, Any], str]:
    user, _, group = image.user.partition(":")
    log = folder / "log"
    question = {
        "root": str(root),
        "user": [int(user), int(group or user)],
        "command": image.command,
        "environment": {**image.environment, **app.environment},
        "folder": image.folder,
        "healthcheck": image.health,
        "signal": signal.Signals[image.stop].value,
        "port": app.spec.get("port", 8080),
        "health": app.spec.get("health", "/healthz"),
        "paths": list(app.answers),
        "log": str(log),
    }
    done = subprocess.run(
        ["unshare", "--mount", "--net", "--uts", "--ipc", sys.executable, str(HERE / "box.py")],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), log.read_text(encoding="utf-8", errors="replace")


def matching(names: frozenset[str], pattern: str, folder: str) -> list[str]:
    """Return the names of an image that fit a pattern, below the folder of its app or anywhere with `**/`."""
    anywhere = pattern.startswith("**/")
    full = f"*{pattern[2:]}" if anywhere else f"{folder.strip('/')}/{pattern}"
    return sorted(name for name in names if fnmatch.fnmatchcase(f"/{name}" if anywhere else name, full))
