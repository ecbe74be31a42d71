"""Where the values of the workload's fields are read back from."""

from collections.abc import Callable
from typing import Any

import ryaml

from tests.escaping.undo import kubernetes_text

Readers = tuple[Callable[[Any], Any], ...]


def _base(outputs: Any, name: str) -> Any:
    return outputs.documents(f"{outputs.manifests}/base/{name}.yaml")


def _overlay(outputs: Any, name: str) -> Any:
    (path,) = [path for path in outputs.texts if path.endswith(f"/{name}.yaml") and "/overlays/" in path]
    return outputs.documents(path)


def _patch(outputs: Any, kind: str) -> Any:
    """Return what the environment changes in the resource of a kind."""
    patches = _overlay(outputs, "changes/kustomization")["patches"]
    return ryaml.loads(next(known["patch"] for known in patches if known["target"]["kind"] == kind))


def _route(outputs: Any) -> Any:
    return _base(outputs, "route" if f"{outputs.manifests}/base/route.yaml" in outputs.texts else "ingress")


def _literal(outputs: Any) -> tuple[str, str]:
    """Return key and value as Kustomize takes them from the last literal: it cuts the outer quotes off."""
    key, _, value = _base(outputs, "kustomization")["configMapGenerator"][0]["literals"][-1].partition("=")
    assert value[0] == value[-1] == '"' and len(value) > 1
    return key, value[1:-1]


def _gateway(field: str) -> Readers:
    return (lambda outputs: _base(outputs, "route")["spec"]["parentRefs"][0][field],)


def _last_argument(name: str, *path: Any) -> Readers:
    def read(outputs: Any) -> Any:
        value = _base(outputs, name)
        for part in path:
            value = value[part]
        return kubernetes_text(value[-1])

    return (read,)


_POD = ("spec", "template", "spec")
_SECRET = (lambda outputs: _base(outputs, "externalsecret")["spec"]["data"][0],)
_STORE: Readers = (lambda outputs: _base(outputs, "externalsecret")["spec"]["secretStoreRef"]["name"],)
_MIGRATION = _last_argument("migration", *_POD, "containers", 0, "command")
_ACCOUNT: Readers = (lambda outputs: _base(outputs, "serviceaccount")["metadata"]["annotations"],)
_SCHEDULE: Readers = (lambda outputs: _base(outputs, "cronjob")["spec"]["schedule"],)


def _pod_labels(outputs: Any) -> dict[str, str]:
    labels: dict[str, str] = _base(outputs, "deployment")["spec"]["template"]["metadata"]["labels"]
    return {key: value for key, value in labels.items() if not key.startswith("app.kubernetes.io/")}


PLACES: dict[str, Readers] = {
    "ports.~": (
        lambda outputs: _base(outputs, "service")["spec"]["ports"][1]["name"],
        lambda outputs: outputs.container["ports"][1]["name"],
    ),
    "expose.host": (
        lambda outputs: (_route(outputs)["spec"].get("hostnames") or [_route(outputs)["spec"]["rules"][0].get("host")])[
            0
        ],
    ),
    "expose.gateway": _gateway("name"),
    "expose.gateway.name": _gateway("name"),
    "expose.gateway.namespace": _gateway("namespace"),
    "expose.gateway.listener": _gateway("sectionName"),
    "expose.ingressClass": (lambda outputs: _base(outputs, "ingress")["spec"]["ingressClassName"],),
    "expose.tlsSecret": (lambda outputs: _base(outputs, "ingress")["spec"]["tls"][0]["secretName"],),
    "expose.annotations.*": (lambda outputs: next(iter(_route(outputs)["metadata"]["annotations"].values())),),
    "expose.annotations.~": (lambda outputs: next(iter(_route(outputs)["metadata"]["annotations"])),),
    "environments.*.host": (lambda outputs: _patch(outputs, "HTTPRoute")["spec"]["hostnames"][0],),
    "config.~": (
        lambda outputs: _base(outputs, "kustomization")["configMapGenerator"][0]["name"].removeprefix("shop-"),
        lambda outputs: _base(outputs, "deployment")["spec"]["template"]["spec"]["volumes"][1]["name"][7:],
    ),
    "config.*.files.*": (
        lambda outputs: _base(outputs, "kustomization")["configMapGenerator"][0]["files"][-1].removeprefix("config/"),
    ),
    "config.*.values.*": (lambda outputs: _literal(outputs)[1],),
    "config.*.values.~": (lambda outputs: _literal(outputs)[0],),
    "config.*.mount": (lambda outputs: outputs.container["volumeMounts"][-1]["mountPath"],),
    "secrets.~": (lambda outputs: _SECRET[0](outputs)["secretKey"],),
    "secrets.*.key": (lambda outputs: _SECRET[0](outputs)["remoteRef"]["key"],),
    "secrets.*.property": (lambda outputs: _SECRET[0](outputs)["remoteRef"]["property"],),
    "secrets.*.store": (lambda outputs: _SECRET[0](outputs)["sourceRef"]["storeRef"]["name"],),
    "secrets.*.sealed": (
        lambda outputs: outputs.container["env"][-1]["valueFrom"]["secretKeyRef"]["name"],
        lambda outputs: _overlay(outputs, "overlays/production/kustomization")["resources"][-1][8:-5],
    ),
    "secretStore": _STORE,
    "secretStore.name": _STORE,
    "volumes.~": (
        lambda outputs: _base(outputs, "volumes")["metadata"]["name"].removeprefix("shop-"),
        lambda outputs: outputs.container["volumeMounts"][1]["name"],
    ),
    "volumes.*.mount": (lambda outputs: outputs.container["volumeMounts"][1]["mountPath"],),
    "volumes.*.size": (lambda outputs: _base(outputs, "volumes")["spec"]["resources"]["requests"]["storage"],),
    "volumes.*.storageClass": (lambda outputs: _base(outputs, "volumes")["spec"]["storageClassName"],),
    "init.*": _last_argument("deployment", *_POD, "initContainers", 0, "command"),
    "migration.*": _MIGRATION,
    "migration.command.*": _MIGRATION,
    "healthCommand.*": _last_argument("deployment", *_POD, "containers", 0, "livenessProbe", "exec", "command"),
    "serviceAccount.annotations.*": (lambda outputs: next(iter(_ACCOUNT[0](outputs).values())),),
    "serviceAccount.annotations.~": (lambda outputs: next(iter(_ACCOUNT[0](outputs))),),
    "serviceAccount.podLabels.*": (lambda outputs: next(iter(_pod_labels(outputs).values())),),
    "serviceAccount.podLabels.~": (lambda outputs: next(iter(_pod_labels(outputs))),),
    "schedule": _SCHEDULE,
    "schedule.cron": _SCHEDULE,
    "schedule.timeZone": (lambda outputs: _base(outputs, "cronjob")["spec"]["timeZone"],),
}

# The full spec that has a field, where it is not that of pull and push mode.
SPEC_OF = {
    **dict.fromkeys(PLACES, "routed"),
    **dict.fromkeys(("expose.ingressClass", "expose.tlsSecret", "secrets.*.sealed"), "ingress"),
    **{field: "ingress" for field in PLACES if field.startswith("volumes.")},
    **{field: "cron" for field in PLACES if field.startswith("schedule")},
    "healthCommand.*": "worker",
}
# Files of the user's that a spec names; they must be there.
FILES = {"config.*.files.*": "k8s/base/config/{}", "secrets.*.sealed": "k8s/overlays/production/secrets/{}.yaml"}
WIDE = {"config.*.values.*", "expose.annotations.*", "serviceAccount.annotations.*", "init.*", "healthCommand.*"} | {
    "migration.*",
    "migration.command.*",
}
