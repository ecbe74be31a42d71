"""Rules across the fields that say what runs in the cluster."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.spec import patterns

Found = Iterable[Diagnostic]

_RUNNING = ("web", "worker")
# Which kinds of app a field is for; a field that is not here is for all.
_KINDS = {
    "schedule": ("cron",),
    "port": ("web",),
    "protocol": ("web",),
    "health": ("web",),
    "expose": ("web",),
    "ports": _RUNNING,
    "replicas": _RUNNING,
    "startup": _RUNNING,
    "migration": _RUNNING,
    "healthCommand": ("worker",),
}
# Which fields each way to expose an app needs, and which it can use.
_EXPOSE_NEEDS = {"http-route": ("host", "gateway"), "ingress": ("host",)}
_EXPOSE_USES = {
    "load-balancer": ("annotations",),
    "http-route": ("host", "gateway", "annotations"),
    "ingress": ("host", "ingressClass", "tlsSecret", "annotations"),
}
_AUTOSCALED = ("min", "max", "cpu", "memory")
# What a container has at these places comes from its image or the node, and would be gone.
_SYSTEM = (
    *("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys"),
    *("/usr", "/usr/bin", "/usr/lib", "/usr/local", "/usr/local/bin", "/usr/local/lib", "/usr/sbin", "/usr/share"),
)
_SYSTEM_BELOW = ("/bin/", "/lib/", "/lib64/", "/proc/", "/sbin/", "/sys/", "/var/run/secrets")


def broken_workload_rules(doc: SourceDoc, data: dict[str, Any]) -> Iterator[Diagnostic]:
    """Yield what the spec breaks; `data` is the expanded form and has passed the schema."""
    for rule in (_kind, _time_zone, _replicas, _expose, _protocol, _ports, _claims, _volume_fields):
        yield from rule(doc, data)


def environments(data: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the place and the fields of the spec itself, then of each of its environments."""
    yield (), data
    for name, own in data.get("environments", {}).items():
        yield ("environments", name), own


def _kind(doc: SourceDoc, data: dict[str, Any]) -> Found:
    kind = data.get("type", "web")
    if kind == "cron" and "schedule" not in data:
        cure = 'add `schedule: "0 3 * * *"`; `gitopsgen explain schedule` shows more'
        yield doc.find("rule.schedule-missing", "a cron job needs to know when it runs", cure, ("type",))
    for at, fields in environments(data):
        for field in fields:
            kinds = kinds_of((*at, field)) or (kind,)
            if kind not in kinds:
                yield doc.find(
                    "rule.not-for-type",
                    f'"{".".join(map(str, (*at, field)))}" is for {" and ".join(kinds)} apps, and this one is "{kind}"',
                    f"remove it, or choose `type: {kinds[0]}`",
                    (*at, field),
                    key=True,
                )


def _time_zone(doc: SourceDoc, data: dict[str, Any]) -> Found:
    """A zone that the cluster does not know is refused there, with the deployment half done."""
    zone = data.get("schedule", {}).get("timeZone")
    if zone is None:
        return
    from importlib.resources import files

    # The zones of Python's own zoneinfo would be those of the machine.
    known = (files("tzdata") / "zones").read_text("utf-8").split()
    if zone not in known:
        message = f'"{zone}" is no time zone of the IANA database{did_you_mean(zone, known)}'
        yield doc.find("rule.time-zone", message, "write a name such as Europe/Berlin", ("schedule", "timeZone"))


def kinds_of(at: Path) -> tuple[str, ...]:
    """Return the types of app that the field at `at` is for; empty for all."""
    return _KINDS.get("expose" if at[-1] == "host" and len(at) > 1 else str(at[-1]), ())


def _replicas(doc: SourceDoc, data: dict[str, Any]) -> Found:
    for at, fields in environments(data):
        written = fields.get("replicas")
        if written is None:
            continue
        place, bounds = (*at, "replicas"), [name for name in _AUTOSCALED if name in written]
        scale = replicas_here(data.get("replicas", {}), written) if at else written
        if "count" in written and bounds:
            message = f"the number of pods cannot be fixed and follow the load: `count` stands beside `{bounds[0]}`"
            yield doc.find("rule.replicas", message, "keep `count`, or `min` and `max`", (*place, "count"))
        elif "count" not in scale and "max" not in scale:
            cure = "write a number, or `max`; `gitopsgen explain replicas` shows an example"
            yield doc.find("rule.replicas", "`replicas` does not say how many pods there may be", cure, place)
        elif scale.get("min", 1) > scale.get("max", 100):
            message = f"`min` is {scale['min']}, more than `max`, {scale['max']}"
            field = "min" if "min" in written else "max"
            yield doc.find("rule.replicas", message, "raise `max` or lower `min`", (*place, field))


def replicas_here(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return the replicas of an environment: where both say bounds, what it leaves out is as the spec says for all."""
    return own if own and ("count" in own or "count" in base) else {**base, **own}


def _expose(doc: SourceDoc, data: dict[str, Any]) -> Found:
    if not _is_web(data):
        return
    written = data.get("expose", {"type": "cluster"})
    kind = written["type"]
    for field in _EXPOSE_NEEDS.get(kind, ()):
        if field not in written:
            message = f"`expose: {kind}` needs a `{field}`"
            cure = f"add `{field}:`; `gitopsgen explain expose` shows an example"
            yield doc.find("rule.expose-needs", message, cure, ("expose", "type"))
    hosts: list[Path] = [("expose", field) for field in written if field not in ("type", *_EXPOSE_USES.get(kind, ()))]
    if "host" not in _EXPOSE_USES.get(kind, ()):
        hosts += [(*at, "host") for at, fields in environments(data) if at and "host" in fields]
    for place in hosts:
        users = [name for name, uses in _EXPOSE_USES.items() if place[-1] in uses]
        message = f'"{".".join(map(str, place))}" means nothing to `expose: {kind}`'
        cure = f"remove it, or expose the app by {' or '.join(users)}"
        yield doc.find("rule.expose-unused", message, cure, place, key=True)


def _protocol(doc: SourceDoc, data: dict[str, Any]) -> Found:
    protocol, kind = data.get("protocol", "http"), data.get("expose", {}).get("type", "cluster")
    if protocol != "http" and "health" in data:
        how = "the gRPC health protocol" if protocol == "grpc" else "a connection to the port"
        message = f"`health` is a path of HTTP, and a {protocol} app is asked by {how}"
        yield doc.find("rule.health-unused", message, "remove `health`", ("health",), key=True)
    if (protocol == "tcp" and kind in ("http-route", "ingress")) or (protocol == "grpc" and kind == "ingress"):
        why = "no host name" if protocol == "tcp" else "a way through an Ingress that depends on its controller"
        message = f"`expose: {kind}` does not fit `protocol: {protocol}`, which has {why}"
        cure = "expose it by load-balancer" + (" or http-route" if protocol == "grpc" else "")
        yield doc.find("rule.expose-protocol", message, cure, ("expose", "type"))


def _ports(doc: SourceDoc, data: dict[str, Any]) -> Found:
    main, protocol = (data.get("port", 8080), data.get("protocol", "http")) if _is_web(data) else (0, "")
    # UDP and TCP have numbers of their own.
    taken = {(main, "tcp"): protocol}
    for name, written in data.get("ports", {}).items():
        if name == protocol or "--" in name:
            message = (
                f'"{name}" is the name of the main port' if name == protocol else f'"{name}" has two dashes together'
            )
            yield doc.find("rule.port-name", message, "choose another name", ("ports", name), key=True)
        number = (written["port"], written.get("protocol", "tcp"))
        if number in taken:
            message = f'port {number[0]} is taken by "{taken[number]}"'
            yield doc.find("rule.same-port", message, "choose another number", ("ports", name))
        taken.setdefault(number, name)


def _is_web(data: dict[str, Any]) -> bool:
    return bool(data.get("type", "web") == "web")


def _claims(doc: SourceDoc, data: dict[str, Any]) -> Found:
    """Only one pod may write to a disk of one node: a second one would wait for it for ever."""
    claims = [
        name
        for name, written in data.get("volumes", {}).items()
        if written.get("type") == "claim" and written.get("access", "one-node") == "one-node"
    ]
    if not claims:
        return
    cure = "run one pod, or choose `access: many-nodes` with a storage class that can do that"
    if data.get("type") == "cron":
        if data.get("schedule", {}).get("concurrency") == "allow":
            message = f'two runs at once cannot share the volume "{claims[0]}" of one node'
            yield doc.find("rule.volume-one-node", message, "choose `concurrency: forbid`", ("schedule", "concurrency"))
        return
    for at, fields in environments(data):
        scale = fields.get("replicas", None if at else {"count": 2})
        if scale is not None and scale != {"count": 1}:
            place = (*at, "replicas") if "replicas" in fields else ("volumes", claims[0])
            message = f'the volume "{claims[0]}" is for the pods of one node, and there would be several pods'
            yield doc.find("rule.volume-one-node", message, cure, place)


def is_of_the_system(mount: str) -> bool:
    """Whether a container has at this place what its image or the node brings."""
    return mount in _SYSTEM or mount.startswith(_SYSTEM_BELOW)


def _volume_fields(doc: SourceDoc, data: dict[str, Any]) -> Found:
    places = {"/tmp": "the folder for temporary files, which is there already"}  # noqa: S108 - in the container
    mounts = [("volumes", name, written) for name, written in data.get("volumes", {}).items()]
    mounts += [("config", name, written) for name, written in data.get("config", {}).items() if "mount" in written]
    for section, name, written in mounts:
        at: Path = (section, name)
        if written["mount"] in places:
            message = f"{written['mount']} is taken by {places[written['mount']]}"
            yield doc.find("rule.mount-taken", message, "choose another folder", (*at, "mount"))
        if is_of_the_system(written["mount"]):
            message = f"{written['mount']} is the system's, and the volume would hide what the container has there"
            yield doc.find(
                "rule.mount-hides", message, f"choose a folder of the app's own, such as /data/{name}", (*at, "mount")
            )
        places.setdefault(written["mount"], f'"{section}.{name}"')
        if section == "config":
            continue
        claim = written.get("type", "scratch") == "claim"
        if claim and "size" not in written:
            message = f'the volume "{name}" is a claim, and must say how much it holds'
            yield doc.find("rule.volume-size", message, "add `size: 1Gi`", at)
        for field in ("storageClass", "access") if not claim else ():
            if field in written:
                message = f'"volumes.{name}.{field}" means nothing to a scratch volume'
                cure = "remove it, or choose `type: claim`"
                yield doc.find("rule.volume-unused", message, cure, (*at, field), key=True)


def is_env_name(name: str) -> bool:
    """Whether a container can have an environment variable of that name."""
    return re.search(patterns.ENV_NAME, name) is not None
