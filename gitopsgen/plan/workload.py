"""From a checked spec to what runs in the cluster."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsgen.plan import app as model
from gitopsgen.plan.app import App, ResourceKind
from gitopsgen.spec.workload_rules import replicas_here

_CONCURRENCY = {"forbid": "Forbid", "replace": "Replace", "allow": "Allow"}
_ACCESS = {"one-node": "ReadWriteOnce", "many-nodes": "ReadWriteMany"}
_CRON = "cron"
_NO_GATEWAY = model.Gateway("", "", "")
# Mi of disk that every pod may fill besides its scratch volumes.
_SCRATCH = 256
# Seconds after the slowest start until a rollout counts as failed.
_DEADLINE = 180
# Seconds that deploy.sh waits beyond that, so that the failure comes with its reason.
_PATIENCE = 60


def resolve_app(
    data: dict[str, Any], sizes: Mapping[str, Mapping[str, str]], places: list[tuple[str, str, str]]
) -> App:
    """Return the app; `places` has the name, namespace and overlay of each environment."""
    name, kind, startup = data["name"], data["type"], data["startup"]
    volumes = tuple(_volume(name, volume, written) for volume, written in data["volumes"].items())
    file_secrets = tuple(_file_secrets(data["secrets"]))
    changes = tuple(_change(data, sizes, *place) for place in places)
    scales = [change.scale or _scale(data["replicas"]) for change in changes]
    built = App(
        kind=kind,
        controller=ResourceKind("batch", "CronJob") if kind == _CRON else ResourceKind("apps", "Deployment"),
        schedule=_schedule(data.get("schedule", {})),
        protocol=data["protocol"],
        ports=tuple(_ports(data)),
        health_command=tuple(data.get("healthCommand", ())),
        startup=startup,
        deadline=startup + _DEADLINE,
        scale=_scale(data["replicas"]),
        expose=_expose(data["expose"]),
        config=tuple(_config(name, config, written) for config, written in data["config"].items()),
        secrets=tuple(_store_secrets(data["secrets"])),
        store=_store(data, places),
        file_secrets=file_secrets,
        secret_files=tuple(sorted({secret.secret for secret in file_secrets})),
        volumes=volumes,
        scratch=_SCRATCH + sum(_mebibytes(volume.size) for volume in volumes if not volume.claim),
        init=tuple(data.get("init", ())),
        migration=_migration(data.get("migration", {})),
        annotations=data["serviceAccount"].get("annotations", {}),
        pod_labels=data["serviceAccount"].get("podLabels", {}),
        metadata=data["network"].get("metadata", False),
        recreate=any(volume.claim and volume.access == _ACCESS["one-node"] for volume in volumes),
        redundant=kind != _CRON and any(scale.least > 1 for scale in scales),
        autoscaled=kind != _CRON and any(scale.autoscaled for scale in scales),
        writes={},
        kinds=(),
        changes=tuple(change for change in changes if any(change.writes.values())),
    )
    return _with_kinds(built, _written(built, data["secrets"]))


def _with_kinds(app: App, written: Mapping[ResourceKind, bool]) -> App:
    return app._replace(
        writes={known.kind: present for known, present in written.items()},
        kinds=tuple(known for known, present in written.items() if present),
    )


def deployment_minutes(app: App) -> int:
    """Return how long CI may deploy: the migration, a rollout that fails, and the earlier version coming back."""
    rollout = app.deadline + _PATIENCE
    return max(20, (app.migration.seconds * bool(app.migration.command) + 2 * rollout) // 60 + 5)


def resources_of(written: dict[str, Any], sizes: Mapping[str, Mapping[str, str]]) -> model.Resources:
    """Return requests and limits with the size's values for what is not written."""
    size = sizes[written.get("size", "small")]
    memory = written.get("memory", size["memory"])
    # A replica whose memory is written out may use that much and no more, unless the spec allows it.
    limit = written.get("memoryLimit", memory if "memory" in written else size["memoryLimit"])
    return model.Resources(written.get("cpu", size["cpu"]), memory, written.get("cpuLimit", size["cpuLimit"]), limit)


def replicas_of(base: dict[str, Any], own: dict[str, Any]) -> int:
    """Return the fewest pods of an environment that says `own` over the spec's `base`."""
    return _scale(replicas_here(base, own)).least


def _scale(written: dict[str, Any]) -> model.Scale:
    if "count" in written:
        return model.Scale(written["count"], written["count"], 0, 0, autoscaled=False)
    most, memory = written["max"], written.get("memory", 0)
    cpu = written.get("cpu", 0 if memory else 75)
    return model.Scale(written.get("min", min(2, most)), most, cpu, memory, autoscaled=True)


def _ports(data: dict[str, Any]) -> Iterator[model.Port]:
    if data["type"] == "web":
        yield model.Port(data["protocol"], data["port"], 80, "TCP")
    for name, written in data["ports"].items():
        yield model.Port(name, written["port"], written["port"], written.get("protocol", "tcp").upper())


def _expose(written: dict[str, Any]) -> model.Expose:
    gateway = written.get("gateway")
    return model.Expose(
        written["type"],
        written.get("host", ""),
        model.Gateway(gateway["name"], gateway.get("namespace", ""), gateway.get("listener", ""))
        if gateway
        else _NO_GATEWAY,
        written.get("ingressClass", ""),
        written.get("tlsSecret", ""),
        written.get("annotations", {}),
    )


def _config(app: str, name: str, written: dict[str, Any]) -> model.ConfigMap:
    return model.ConfigMap(
        f"{app}-{name}",
        f"config-{name}",
        tuple(written.get("files", ())),
        written.get("values", {}),
        written.get("mount", ""),
    )


def _store_secrets(secrets: dict[str, Any]) -> Iterator[model.StoreSecret]:
    for variable, written in secrets.items():
        if "sealed" not in written and "sops" not in written:
            property_, store = written.get("property", ""), written.get("store", "")
            yield model.StoreSecret(variable, written["key"], property_, store)


def _file_secrets(secrets: dict[str, Any]) -> Iterator[model.FileSecret]:
    for variable, written in secrets.items():
        for form in ("sealed", "sops"):
            if form in written:
                yield model.FileSecret(variable, written[form], written.get("key", variable), form)


def _store(data: dict[str, Any], places: list[tuple[str, str, str]]) -> model.Store:
    """Return the store of the base: the spec's own, or that of the first environment."""
    first = data["environments"][places[0][0]]
    return _named_store(data.get("secretStore", first.get("secretStore", {"name": ""})))


def _named_store(written: dict[str, Any]) -> model.Store:
    return model.Store(written["name"], written.get("kind", "ClusterSecretStore"))


def _volume(app: str, name: str, written: dict[str, Any]) -> model.Volume:
    claim = written.get("type", "scratch") == "claim"
    return model.Volume(
        name,
        written["mount"],
        written.get("size", "256Mi"),
        f"{app}-{name}" if claim else "",
        written.get("storageClass", ""),
        _ACCESS[written.get("access", "one-node")],
    )


def _mebibytes(size: str) -> int:
    return int(size[:-2]) * (1024 if size.endswith("Gi") else 1)


def _schedule(written: dict[str, Any]) -> model.Schedule:
    return model.Schedule(
        written.get("cron", ""),
        written.get("timeZone", "Etc/UTC"),
        _CONCURRENCY[written.get("concurrency", "forbid")],
        written.get("keepSucceeded", 3),
        written.get("keepFailed", 3),
        written.get("retries", 1),
        60 * written.get("minutes", 60),
    )


def _migration(written: dict[str, Any]) -> model.Migration:
    return model.Migration(tuple(written.get("command", ())), 60 * written.get("minutes", 10))


def _change(
    data: dict[str, Any], sizes: Mapping[str, Mapping[str, str]], name: str, namespace: str, overlay: str
) -> model.Change:
    own = data["environments"][name]
    base, here = _scale(data["replicas"]), _scale(replicas_here(data["replicas"], own.get("replicas", {})))
    scaler = ""
    if here != base and (here.autoscaled or base.autoscaled):
        scaler = "add" if not base.autoscaled else "change" if here.autoscaled else "remove"
    store = own.get("secretStore") if any(_store_secrets(data["secrets"])) else None
    built = model.Change(
        name,
        namespace,
        overlay,
        here if here != base else None,
        scaler,
        resources_of(own["resources"], sizes) if "resources" in own else None,
        own.get("host", ""),
        own.get("env", {}),
        _named_store(store) if store else None,
        {},
    )
    writes = {
        "workload": bool(built.scale or built.resources or built.env),
        "horizontalpodautoscaler": bool(scaler),
        "migration": bool("migration" in data and (built.resources or built.env)),
        "host": bool(built.host),
        "externalsecret": built.store is not None,
    }
    return built._replace(writes=writes)


def _written(app: App, secrets: dict[str, Any]) -> dict[ResourceKind, bool]:
    """Return of every kind of object in the namespace whether the manifests hold one."""
    routed, grpc = app.expose.type == "http-route", app.protocol == "grpc"
    return {
        ResourceKind("", "ConfigMap"): bool(app.config),
        ResourceKind("", "PersistentVolumeClaim"): any(volume.claim for volume in app.volumes),
        ResourceKind("", "Secret"): any("sops" in written for written in secrets.values()),
        ResourceKind("", "Service"): bool(app.ports),
        ResourceKind("", "ServiceAccount"): True,
        ResourceKind("apps", "Deployment"): app.kind != _CRON,
        ResourceKind("autoscaling", "HorizontalPodAutoscaler"): app.autoscaled,
        ResourceKind("batch", "CronJob"): app.kind == _CRON,
        ResourceKind("batch", "Job"): bool(app.migration.command),
        ResourceKind("bitnami.com", "SealedSecret"): any("sealed" in written for written in secrets.values()),
        ResourceKind("external-secrets.io", "ExternalSecret"): bool(app.secrets),
        ResourceKind("gateway.networking.k8s.io", "GRPCRoute"): routed and grpc,
        ResourceKind("gateway.networking.k8s.io", "HTTPRoute"): routed and not grpc,
        ResourceKind("networking.k8s.io", "Ingress"): app.expose.type == "ingress",
        ResourceKind("networking.k8s.io", "NetworkPolicy"): True,
        ResourceKind("policy", "PodDisruptionBudget"): app.redundant,
    }
