"""Rules on previews of pull requests: who can make them, where they run, and what they cannot have there."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.packs.catalogue import Pack
from gitopsgen.spec.sections import PREVIEWS, wants_previews


def unfit_previews(doc: SourceDoc, data: dict[str, Any], packs: Mapping[str, Pack]) -> list[Diagnostic]:
    """Return why there can be no previews, else what is to be known of those that the spec wants."""
    if not wants_previews(data):
        return []
    refused = list(_no_previews(doc, data, packs))
    return refused or [*_beside(doc, data), *_unused(doc, data), *_stores(doc, data), *_bound_to_a_namespace(doc, data)]


def _no_previews(doc: SourceDoc, data: dict[str, Any], packs: Mapping[str, Pack]) -> Iterator[Diagnostic]:
    """Refuse previews where the CI system or the operator cannot make them."""
    for pack in [packs[kind] for kind in ("ci", "gitops") if kind in packs]:
        why = pack.get("offers", {}).get("previews", "")
        reason = why if isinstance(why, str) else why.get(data["mode"], "")
        if reason:
            title = pack.get("title", pack.name)
            message = f"{title} cannot make previews of pull requests in {data['mode']} mode: {reason}"
            yield doc.find("rule.no-previews", message, "remove `previews`", (PREVIEWS,))


def _environments(data: dict[str, Any]) -> dict[str, Any]:
    return data.get("environments", {}) or {"production": {}}


def _beside(doc: SourceDoc, data: dict[str, Any]) -> Iterator[Diagnostic]:
    """Warn when jobs of pull requests get into a cluster where the app is for others than its developers."""
    environments = _environments(data)
    clusters = [own.get("cluster", data.get("cluster")) for own in environments.values()]
    if data["mode"] == "push" and data[PREVIEWS].get("cluster", clusters[0]) == clusters[-1]:
        message = (
            f"previews of pull requests run in the cluster of {list(environments)[-1]}: their jobs may make and delete "
            "namespaces, and so do anything there"
        )
        cure = "give them a cluster where nothing else is, `previews: {cluster: {...}}`, or remove `previews`"
        yield doc.find("rule.previews-beside", message, cure, (PREVIEWS,))._replace(severity="warning")


def _unused(doc: SourceDoc, data: dict[str, Any]) -> Iterator[Diagnostic]:
    """Warn of where previews shall run when the mode has another word for it: they would run elsewhere."""
    word, other = ("cluster", "gitops") if data["mode"] == "push" else ("gitops", "cluster")
    if other in data[PREVIEWS] and word not in data[PREVIEWS]:
        message = f'"previews.{other}" means nothing in {data["mode"]} mode'
        cure = f"say it by `previews: {{{word}: {{...}}}}`"
        at = (PREVIEWS, other)
        yield doc.find("rule.previews-unused", message, cure, at, key=True)._replace(severity="warning")


def _stores(doc: SourceDoc, data: dict[str, Any]) -> Iterator[Diagnostic]:
    """Refuse a store of secrets that lies in the namespace of an environment: a preview has another one."""
    name, first = next(iter(_environments(data).items()))
    place = ("environments", name, "secretStore") if "secretStore" in first else ("secretStore",)
    store = first.get("secretStore", data.get("secretStore", {}))
    stored = any("sealed" not in written and "sops" not in written for written in data.get("secrets", {}).values())
    if stored and store.get("kind") == "SecretStore":
        message = (
            f'the SecretStore "{store["name"]}" lies in one namespace, and each preview has another: it never starts'
        )
        cure = "use a ClusterSecretStore for the first environment, which previews are like, or remove `previews`"
        yield doc.find("rule.previews-store", message, cure, place)


def _bound_to_a_namespace(doc: SourceDoc, data: dict[str, Any]) -> Iterator[Diagnostic]:
    """Warn of what must be made for every namespace, which nobody does for that of a preview."""
    for name, written in data.get("secrets", {}).items():
        if "sealed" in written:
            sealed = written["sealed"]
            message = f'previews cannot open the SealedSecret "{sealed}" when it is for one namespace, and never start'
            cure = (
                "seal that of the first environment with `kubeseal --scope cluster-wide`, or use a secret store (`key`)"
            )
            yield doc.find("rule.previews-sealed", message, cure, ("secrets", name))._replace(severity="warning")
            break
    secret = data.get("registry", {}).get("pullSecret")
    if secret:
        message = f'there is no pull secret "{secret}" in the namespaces of previews, {data["name"]}-pr-NUMBER'
        cure = "let the nodes of that cluster read the registry, or let a controller there copy the secret into them"
        at = ("registry", "pullSecret")
        yield doc.find("rule.previews-pull-secret", message, cure, at)._replace(severity="warning")
