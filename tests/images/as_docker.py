"""Does by buildah what a delivery asks of docker, without a daemon: a login, and a build that is pushed.

Usage: python -m tests.images.as_docker LOGIN login ... | LOGIN buildx build ...

LOGIN is the file that keeps the login. An option that is not known is an error, as it is with docker. Base images are
our stand-ins, and what buildah does not have (a cache in the registry, provenance, a list of packages) is not made.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from . import indexes
from .stand_ins import provide
from .store import build, buildah

_NO_TLS = "--tls-verify=false"


def main(login: str, words: list[str]) -> None:
    """Carry out one command of docker."""
    if words[0] == "login":
        buildah("login", _NO_TLS, "--authfile", login, *words[1:], text=sys.stdin.read())
        return
    assert words[:2] == ["buildx", "build"], words
    asked = _build_options().parse_args(words[2:])
    dockerfile = Path(asked.file)
    provide(dockerfile.read_text(encoding="utf-8"))
    ignore = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
    options = ["--ignorefile", str(ignore)] if ignore.exists() else []
    for name in ("build_arg", "secret", "label"):
        options += [part for value in getattr(asked, name) for part in (f"--{name.replace('_', '-')}", value)]
    build(asked.tag, Path(asked.context), *options, *indexes.volumes(), dockerfile=dockerfile)
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as digest:
        buildah("push", _NO_TLS, "--authfile", login, "--digestfile", digest.name, asked.tag, f"docker://{asked.tag}")
        Path(asked.metadata_file).write_text(json.dumps({"containerimage.digest": digest.read().strip()}), "utf-8")


def _build_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("docker buildx build")
    for name in ("--builder", "--cache-from", "--cache-to", "--provenance", "--sbom"):
        parser.add_argument(name)
    for name in ("--build-arg", "--secret", "--label"):
        parser.add_argument(name, action="append", default=[])
    for name in ("--file", "--tag", "--metadata-file"):
        parser.add_argument(name, required=True)
    parser.add_argument("--push", action="store_true", required=True)
    parser.add_argument("context")
    return parser


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
