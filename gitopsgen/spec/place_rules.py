"""Rules on places in the cluster: namespaces, and the host names that lead to an app."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.spec.inherit import NAME
from gitopsgen.spec.namespaces import of_kubernetes

Found = Iterable[Diagnostic]


def broken_place_rules(doc: SourceDoc, data: dict[str, Any]) -> Iterator[Diagnostic]:
    """Yield what the spec breaks; `data` is the expanded form and has passed the schema."""
    for rule in (_namespace_of_its_own, _namespaces_apart, _hosts_apart):
        yield from rule(doc, data)


def _namespace_of_its_own(doc: SourceDoc, data: dict[str, Any]) -> Found:
    """The namespace is labelled, fenced and handed to an operator as the app's: it must be nobody else's."""
    named: list[tuple[Path, str]] = [(("name",), data["name"])] if not data.get("environments") else []
    for name, own in data.get("environments", {}).items():
        place: Path = ("environments", name, "namespace") if "namespace" in own else ("name",)
        named.append((place, own.get("namespace", data["name"])))
    for place, namespace in dict(named).items():
        if whose := of_kubernetes(namespace):
            yield doc.find(
                "rule.namespace-taken",
                f'"{namespace}" is {whose}, and what is written here would put its own labels and limits on it',
                "give the app a namespace of its own",
                place,
            )


def _namespaces_apart(doc: SourceDoc, data: dict[str, Any]) -> Found:
    """Two environments in one place would overwrite each other, over and over."""
    seen: dict[str, str] = {}
    for name, own in data.get("environments", {}).items():
        namespace = own.get("namespace", data["name"])
        where = json.dumps([namespace, _cluster(data, own)], sort_keys=True)
        if where in seen:
            # In the defaults of a workspace the app has no name yet.
            shared = doc.source_of(("environments", name)) is not doc
            app = NAME if shared else data["name"]
            wanted = f'"{app}-{name}"' if shared else f"{app}-{name}"
            namespace = app if namespace == data["name"] else namespace
            yield doc.find(
                "rule.namespace-shared",
                f'"{name}" would be deployed over "{seen[where]}": both are in one namespace, {namespace}',
                f"write `namespace: {wanted}` for it, or give it a cluster of its own",
                ("environments", name),
                key=True,
            )
        seen.setdefault(where, name)


def _hosts_apart(doc: SourceDoc, data: dict[str, Any]) -> Found:
    """Two environments behind one gateway cannot have one host; an operator may be in a cluster that no spec names."""
    first = data.get("expose", {}).get("host")
    seen: dict[str, str] = {}
    for name, own in data.get("environments", {}).items():
        host = own.get("host", first)
        if host is None:
            continue
        where = json.dumps([host, _cluster(data, own)], sort_keys=True)
        if where in seen:
            yield doc.find(
                "rule.host-shared",
                f'{host} leads to "{name}" and to "{seen[where]}", unless these are in different clusters',
                f"write `host:` for it, such as {name}.{host}",
                ("environments", name, "host") if "host" in own else ("environments", name),
                key="host" not in own,
            )._replace(severity="warning")
        seen.setdefault(where, name)


def _cluster(data: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return all that says in which cluster an environment is."""
    section = "cluster" if data["mode"] == "push" else "gitops"
    return {**({} if section == "cluster" and section in own else data.get(section, {})), **own.get(section, {})}
