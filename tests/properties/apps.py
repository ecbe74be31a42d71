"""The specs of the walk: a few fields that change, one a line, so that git can merge them."""

import random
import re
from typing import NamedTuple

from tests.trees import CLUSTER

SPEC, TEMPLATES = "gitopsgen.yaml", ".gitopsgen/templates"
NAMES, PLACES, HEALTH, TESTS = (
    ("storefront", "shop"),
    ("production", "live", "staging"),
    ("/healthz", "/ready"),
    ("npm test", "npm run check"),
)
IMAGE_NAME = "docker.io/acme/storefront"
# A field that git may merge has lines around it that stay.
_LAYOUT = """\
apiVersion: gitopsgen/v1
name: {name}
# How it is delivered.
mode: {mode}
# From where, to where.
image: docker.io/acme/storefront
repository: https://github.com/acme/storefront.git
environments: {{{place}: {{}}}}
# How it is built.
runtime: {{name: node, test: "{test}"}}
# How it runs.
port: {port}
#
replicas: {replicas}
#
health: {health}
#
env: {{STAGE: "{stage}"}}
"""
_SIGHT = re.compile(
    r"name: (?P<name>\S+)\n.*\nmode: (?P<mode>\S+)\n.*\n.*\n.*\nenvironments: \{(?P<place>\w+): .*\n.*\n"
    r'.*test: "(?P<test>.*)"\}\n.*\nport: (?P<port>\d+)\n#\nreplicas: (?P<replicas>\d+)\n#\n'
    r'health: (?P<health>\S+)\n#\nenv: \{STAGE: "(?P<stage>.*)"\}\n'
)


class App(NamedTuple):
    """What the spec says."""

    name: str = "storefront"
    mode: str = "pull"
    place: str = "production"
    test: str = "npm test"
    port: str = "3000"
    replicas: str = "2"
    health: str = "/healthz"
    stage: str = "one"

    def text(self) -> str:
        return _LAYOUT.format(**self._asdict()) + (CLUSTER if self.mode == "push" else "")

    @property
    def image_file(self) -> str:
        """Where the deployed image is recorded."""
        return f"k8s/overlays/{self.place}/image/kustomization.yaml"

    def changed(self, chance: random.Random) -> "App":
        """Return another app, in one field."""
        field = chance.choice(("name", "place", "test", "port", "port", "replicas", "replicas", "health", "stage"))
        values = {
            "name": NAMES,
            "place": PLACES,
            "test": TESTS,
            "port": ("3000", "4000", "8080"),
            "replicas": ("1", "2", "3", "5"),
            "health": HEALTH,
            "stage": ("one", "two", "three"),
        }[field]
        other = chance.choice([value for value in values if value != getattr(self, field)])
        return self._replace(**{field: other})

    def switched(self) -> "App":
        """Return the app, delivered the other way."""
        return self._replace(mode="push" if self.mode == "pull" else "pull")


def is_image(path: str) -> bool:
    """Whether it is CI that writes there."""
    return path.endswith("image/kustomization.yaml")


def recorded(text: bytes) -> bytes:
    """Return the text of such a file when CI wrote it; nothing for our stand-in."""
    return text if b"\n# revision: " in text.replace(b"\r\n", b"\n") else b""


def read_app(text: str) -> App | None:
    """Read what text() wrote, None when git has made something else of it."""
    found = _SIGHT.search(text.replace("\r\n", "\n"))
    if found is None:
        return None
    app = App(**found.groupdict())
    return app if app.text() == text.replace("\r\n", "\n") else None


FUTURE_OUTPUTS = (
    "k8s/bin/deploy.sh",
    "k8s/bin/explain-pods.sh",
    "k8s/bin/bump.sh",
    "argocd/application-production.yaml",
    "argocd/kustomization.yaml",
    *(f".github/workflows/{name}.yaml" for name in NAMES),
    *(f"k8s/overlays/{place}/namespace.yaml" for place in PLACES),
    *(f"k8s/overlays/{place}/kustomization.yaml" for place in PLACES),
)
"""Paths that some spec generates, and others do not."""

OVERRIDES = {
    "runtime/node/gitignore": "node_modules/\nlogs-{}/\n",
    "runtime/node/dockerignore": "*\n!app.js\n# {}\n",
    "runtime/node/Dockerfile": '<% extends "built-in" %>\n<% block extra %>\n# {}\n<% endblock %>\n',
    "workload/kubernetes/base/serviceaccount.yaml": (
        "---\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: <%= name %>\n"
        "  namespace: <%= environments[0].namespace %>\n  labels:\n    note: n{}\n"
    ),
}
"""Templates that somebody replaces, with a place for a number."""
