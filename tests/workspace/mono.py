"""A repository of two services that share what they can."""

from pathlib import Path

from tests.regeneration.project import Project
from tests.trees import write_tree

WORKSPACE = """\
apiVersion: gitopsgen/v1
services: [services/*]
defaults:
  mode: pull
  image: ghcr.io/acme/{name}
  repository: https://github.com/acme/mono.git
  runtime: {name: node, start: [node, app.js], test: npm test, include: [app.js]}
  environments:
    staging: {namespace: "{name}-staging"}
    production: {namespace: "{name}"}
"""
PACKAGE = {"package.json": "{}\n", "package-lock.json": "{}\n", "app.js": "// app\n"}


def spec(name: str, more: str = "") -> str:
    """Return the spec of a service that says no more than it must."""
    return f"apiVersion: gitopsgen/v1\nname: {name}\n{more}"


def service(name: str, more: str = "") -> dict[str, str]:
    """Return the files of a service by path."""
    files = {**PACKAGE, "gitopsgen.yaml": spec(name, more)}
    return {f"services/{name}/{path}": text for path, text in files.items()}


def mono(folder: Path, more: str = "") -> Project:
    """Return a repository with the services pay and shop; `more` is said in the spec of shop. Nothing is generated."""
    found = Project(folder / "mono", folder / "home")
    write_tree(found.root, {"gitopsgen.workspace.yaml": WORKSPACE, **service("pay"), **service("shop", more)})
    found.git("init", "--quiet", "--initial-branch=main", "--template=")
    return found
