"""Every default that is not a pack's own, in one table, each with its reason."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gitopsgen.packs.catalogue import Pack


class Default(NamedTuple):
    """A default of a top-level field; `value` sees the spec's expanded data."""

    field: str
    value: Callable[[dict[str, Any]], Any]
    because: str


DEFAULTS = (
    Default("branch", lambda _: "main", "what git hosts name the first branch"),
    Default("type", lambda _: "web", "most apps answer on a port"),
    Default("port", lambda _: 8080, "the usual port of an app that is not root"),
    Default("protocol", lambda _: "http", "what most apps speak"),
    Default("ports", lambda _: {}, "one port is enough for most apps"),
    Default("health", lambda _: "/healthz", "the usual name of the health path in Kubernetes"),
    Default("startup", lambda _: 60, "a minute is more than most apps need"),
    Default("replicas", lambda _: {"count": 2}, "one can be replaced while the other serves"),
    Default(
        "resources", lambda _: {"size": "small"}, "enough for a small service, medium for a JVM; measure, then raise"
    ),
    Default("expose", lambda _: {"type": "cluster"}, "nothing is public unless somebody says so"),
    Default("env", lambda _: {}, "the app has PORT already"),
    Default("config", lambda _: {}, "settings of a few words fit into env"),
    Default("secrets", lambda _: {}, "an app without secrets needs none"),
    Default("volumes", lambda _: {}, "the app has /tmp already, and keeps its data elsewhere"),
    Default("serviceAccount", lambda _: {}, "the app has an account of its own, without rights"),
    Default("network", lambda _: {}, "in on the ports of the app, out to anywhere but the cloud's metadata service"),
    Default("manifests", lambda _: "k8s", "where most people look for manifests"),
    Default("previews", lambda _: {"enabled": False}, "a preview lets the code of a pull request run in a cluster"),
    Default("environments", lambda _: {"production": {}}, "one environment to start with"),
)


# Fields that are left out by most, and then leave out something: a step, a Job, a probe.
NO_DEFAULT = ("schedule", "healthCommand", "secretStore", "init", "migration")


# What `explain` tells of fields of environments whose default is not one value.
OF_ENVIRONMENTS = {
    "promotion": (
        "auto for the first, approval for the others in push mode, pull-request for the others in pull mode",
        "a person agrees to what runs behind the first: in CI where git does not record it, else by a merge, which "
        "every git host has",
    ),
}


def fill(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with every missing top-level field filled in."""
    return {default.field: default.value(data) for default in DEFAULTS if default.field not in data} | data


def default_promotion(mode: str, *, first: bool) -> str:
    """Return how an image gets to an environment: to the first by itself, to the others when a person agrees.

    In pull mode a pull request is the way to agree that no git host asks money for, and that git remembers.
    """
    if first:
        return "auto"
    return "pull-request" if mode == "pull" else "approval"


def system(pack: Pack | None, written: dict[str, Any]) -> dict[str, Any]:
    """Return a section as templates see it: what the spec says, the pack's defaults, the pack's data."""
    if pack is None:
        return {"data": {}}
    section = dict(written)
    defaults = pack.get("defaults", {})
    for field in defaults:
        _decide(section, field, defaults)
    return {**section, "data": pack.get("data", {})}


def _decide(section: dict[str, Any], field: str, defaults: Mapping[str, Any]) -> None:
    """Fill a field in, after the one that decides it, in whatever order the pack and the one it is like name them."""
    if field in section or field not in defaults:
        return
    default = defaults[field]
    if "by" not in default:
        section[field] = default["value"]
        return
    section[field] = None  # what decides itself by way of others gets nothing
    _decide(section, default["by"], defaults)
    by = section.get(default["by"])
    section[field] = default["values"].get(by) if isinstance(by, (str, int)) else None


def guessed_repository(data: dict[str, Any], host: str) -> str:
    """Return the URL that the CI's host, the image's owner and the app's name suggest; a rule warns of the guess."""
    path = data["image"].partition("/")[2]
    owner = path.split("/")[0] if "/" in path else data["name"]
    return f"{host}/{owner}/{data['name']}.git"
