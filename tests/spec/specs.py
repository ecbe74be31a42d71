"""Full specs, where their text stands, and specs that are nearly right."""

import copy
import json
import os
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

THOROUGH = os.environ.get("GITOPSGEN_THOROUGH") == "1"


def examples(few: int) -> settings:
    """Return the settings of a property: a few examples by default, many more when somebody has time."""
    return settings(
        max_examples=few * 20 if THOROUGH else few,
        deadline=None,
        derandomize=not THOROUGH,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )


PULL: dict[str, Any] = {
    "apiVersion": "gitopsgen/v1",
    "name": "shop",
    "mode": "pull",
    "image": "docker.io/acme/shop",
    "repository": "https://github.com/acme/shop.git",
    "branch": "main",
    "runtime": {
        "name": "node",
        "version": "24",
        "start": ["node", "app.js"],
        "test": "npm test",
        "build": "npm run build",
        "include": ["package.json", "src"],
        "exclude": ["src/stories"],
        "install": "npm ci",
        "folder": "apps/web",
        "workspaces": ["apps/web", "packages/shared"],
        "packages": ["libvips42"],
        "buildArgs": {"FLAVOUR": "full"},
        "buildSecrets": {"npmrc": {"target": "/root/.npmrc", "env": "NPM_RC"}},
        "packageManager": "npm",
        "packageManagerVersion": "11.19.1",
        "framework": "plain",
        "installFiles": [".npmrc"],
    },
    "port": 3000,
    "health": "/healthz",
    "replicas": 2,
    "resources": {"size": "small", "cpu": "100m", "memory": "128Mi", "cpuLimit": "1", "memoryLimit": "256Mi"},
    "expose": {"type": "cluster"},
    "env": {"LOG_LEVEL": "info", "REGION": "eu"},
    "ci": {"name": "github-actions", "runner": "ubuntu-24.04"},
    "registry": {"type": "docker-hub", "pullSecret": "pull"},
    "gitops": {"operator": "argocd", "namespace": "argocd", "server": "https://kubernetes.default.svc"},
    "manifests": "k8s",
    "environments": {"production": {"namespace": "shop-production", "replicas": 3}},
}
CLUSTER: dict[str, Any] = {"type": "aks", "resourceGroup": "rg", "name": "prod", "kubectl": "v1.35.7"}
PUSH: dict[str, Any] = {**PULL, "mode": "push", "cluster": CLUSTER}
_IDENTITY: dict[str, Any] = {
    "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/shop"},
    "podLabels": {"azure.workload.identity/use": "true"},
}
# What only some kinds of apps have.
ROUTED: dict[str, Any] = {
    **PULL,
    "type": "web",
    "protocol": "http",
    "ports": {"metrics": {"port": 9090, "protocol": "tcp"}},
    "startup": 120,
    "replicas": {"min": 2, "max": 6, "cpu": 70, "memory": 80},
    "expose": {
        "type": "http-route",
        "host": "shop.example.com",
        "gateway": {"name": "public", "namespace": "edge", "listener": "https"},
        "annotations": {"external-dns.alpha.kubernetes.io/ttl": "60"},
    },
    "config": {"app": {"files": ["app.yaml"], "values": {"motd.txt": "hello"}, "mount": "/etc/app"}},
    "secrets": {"URL": {"key": "shop/db", "property": "url", "store": "other"}},
    "secretStore": {"name": "vault", "kind": "SecretStore"},
    "init": ["node", "prepare.js"],
    "migration": {"command": ["node", "migrate.js"], "minutes": 30},
    "serviceAccount": _IDENTITY,
    "network": {"metadata": True},
    "environments": {
        "production": {
            "replicas": {"min": 3, "max": 9, "cpu": 60},
            "host": "shop.eu.example.com",
            "secretStore": {"name": "vault-eu", "kind": "ClusterSecretStore"},
        }
    },
}
INGRESS: dict[str, Any] = {
    **PULL,
    "replicas": {"count": 1},
    "expose": {"type": "ingress", "host": "shop.example.com", "ingressClass": "traefik", "tlsSecret": "shop-tls"},
    "secrets": {"URL": {"sealed": "shop-db", "key": "url"}},
    "volumes": {
        "data": {"mount": "/data", "type": "claim", "size": "1Gi", "storageClass": "fast", "access": "one-node"}
    },
    "environments": {"production": {"namespace": "shop"}},
}
_SILENT = {key: value for key, value in PULL.items() if key not in ("port", "health", "replicas", "expose")}
WORKER: dict[str, Any] = {**_SILENT, "type": "worker", "healthCommand": ["node", "health.js"]}
CRON: dict[str, Any] = {
    **_SILENT,
    "type": "cron",
    "environments": {"production": {}},
    "schedule": {
        "cron": "0 3 * * *",
        "timeZone": "Europe/Berlin",
        "concurrency": "forbid",
        "keepSucceeded": 3,
        "keepFailed": 1,
        "retries": 0,
        "minutes": 30,
    },
}
FULL = (PULL, PUSH, {**PULL, "cluster": CLUSTER}, ROUTED, INGRESS, WORKER, CRON)
SHORT: dict[str, Any] = {"runtime": "node", "ci": "github-actions", "registry": "docker-hub", "gitops": "argocd"}

Place = tuple[str | int, ...]


def places(data: Any, at: Place = ()) -> Iterator[Place]:
    """Yield the place of every value inside `data`."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*at, key)
        yield from places(value, (*at, key))


def places_of_all() -> dict[Place, dict[str, Any]]:
    """Return every place with the first full spec that has it."""
    return {at: spec for spec in reversed((PUSH, *FULL[3:])) for at in places(spec)}


def value_at(data: Any, at: Place) -> Any:
    for part in at:
        data = data[part]
    return data


def with_value(data: dict[str, Any], at: Place, value: Any) -> dict[str, Any]:
    """Return a copy of `data` that has `value` at `at`."""
    changed = copy.deepcopy(data)
    value_at(changed, at[:-1])[at[-1]] = value
    return changed


def as_yaml(data: Any) -> bytes:
    """Return data as JSON that every YAML reader reads: astral characters as themselves, all else escaped."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return "".join(_escaped(character) for character in text).encode()


def _escaped(character: str) -> str:
    code = ord(character)
    return character if code in range(0x20, 0x7F) or code > 0xFFFF or character == "\n" else f"\\u{code:04x}"


HOSTILE = (
    "",
    " ",
    "a",
    "no",
    "3000",
    "3.10",
    "1e3",
    "null",
    "~",
    "small",
    "node",
    "argocd",
    "push",
    "../x",
    "/",
    "UPPER",
    "a b",
    "a\nb",
    "a\x00b",
    "-",
    "a-",
    "é",
    "🚀",
    "x" * 64,
    "docker.io/acme/shop:1",
    "docker.io/shop",
    "24.1.2",
    "v1.36.0",
    "250m",
    "1Gi",
)
_SCALARS = st.one_of(
    st.sampled_from(HOSTILE),
    st.sampled_from([0, 1, -1, 80, 1024, 65535, 65536, 100, 101, 2**63, 2**64, 10**30, -(10**30), 3.0, 2.5, 1e300]),
    st.booleans(),
    st.none(),
    st.text(st.characters(codec="utf-8"), max_size=12),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "type", "a", "x y"]), inner),
    max_leaves=4,
)
_FIELDS = sorted({str(part) for full in FULL for place in places(full) for part in place})


@st.composite
def nearly_right(draw: st.DrawFn) -> dict[str, Any]:
    """A full spec after up to four changes: a value dropped, added, renamed, replaced, or in its short form."""
    data: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(FULL)))
    for _ in range(draw(st.integers(0, 4))):
        _change(draw, data)
    return data


def _change(draw: st.DrawFn, data: dict[str, Any]) -> None:
    at = draw(st.sampled_from([*places(data)] or [("name",)]))
    parent, key = value_at(data, at[:-1]), at[-1]
    what = draw(st.sampled_from(["drop", "replace", "add", "rename", "short", "wrap"]))
    if what == "drop":
        del parent[key]
    elif what == "replace":
        parent[key] = draw(_VALUES)
    elif what == "add" and isinstance(parent, dict):
        parent[draw(st.sampled_from(_FIELDS) | st.sampled_from(HOSTILE))] = draw(_VALUES)
    elif what == "rename" and isinstance(parent, dict):
        parent[draw(st.sampled_from(_FIELDS))] = parent.pop(key)
    elif what == "short" and at[0] in SHORT:
        data[str(at[0])] = SHORT[str(at[0])]
    elif what == "wrap":
        parent[key] = [parent[key]]
