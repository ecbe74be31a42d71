"""Rules on the workload that follow from what the chosen packs can do."""

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.packs.catalogue import Pack
from gitopsgen.spec.workload_rules import is_of_the_system


class _Places(NamedTuple):
    """Where an image has the app: the folders that hold it, and the paths in them that the spec names."""

    code: list[str]
    copied: list[str]


def unfit_workload(doc: SourceDoc, data: dict[str, Any], packs: Mapping[str, Pack]) -> Iterator[Diagnostic]:
    """Yield what the chosen operator cannot decrypt, what would hide the app, and annotations that are retired."""
    retired: Mapping[str, str] = packs["workload"].get("data", {}).get("retired", {}) if "workload" in packs else {}
    for name in data.get("expose", {}).get("annotations", {}):
        for prefix in [known for known in retired if name.startswith(known)]:
            message, cure = f'"{name}" is for {retired[prefix]}', "expose the app by http-route, or remove it"
            yield doc.find("rule.retired", message, cure, ("expose", "annotations", name), key=True)
    yield from _mounts_over_the_app(doc, data, packs)
    yield from _over_the_operator(doc, data, packs)
    gitops = packs.get("gitops")
    if gitops is not None and "sops" in gitops.get("data", {}).get("decrypts", []):
        return
    who = (
        f"{gitops.get('title', gitops.name)} cannot decrypt"
        if gitops
        else "kubectl, which deploys here, cannot decrypt"
    )
    for name, written in data.get("secrets", {}).items():
        if "sops" in written:
            message = f'"secrets.{name}" is encrypted by SOPS, and {who} it: the app would get the encrypted text'
            cure = "keep it in a secret store (`key`) or a SealedSecret (`sealed`)"
            yield doc.find("rule.sops", message, cure, ("secrets", name, "sops"), key=True)


def _over_the_operator(doc: SourceDoc, data: dict[str, Any], packs: Mapping[str, Pack]) -> Iterator[Diagnostic]:
    """Report an app in the namespace where an operator is itself; one that holds its objects alone may be the app's."""
    gitops = packs.get("gitops")
    home = gitops.get("defaults", {}).get("namespace", {}).get("value") if gitops else None
    places = {name: own.get("namespace", data["name"]) for name, own in data.get("environments", {}).items()}
    for name, namespace in (places or {"": data["name"]}).items():
        if gitops and namespace == home:
            written = name and "namespace" in data["environments"][name]
            yield doc.find(
                "rule.namespace-taken",
                f'"{namespace}" is where {gitops.get("title", gitops.name)} runs, '
                "and what is written here would put its own labels and limits on it",
                "give the app a namespace of its own",
                ("environments", name, "namespace") if written else ("name",),
            )


def _mounts_over_the_app(doc: SourceDoc, data: dict[str, Any], packs: Mapping[str, Pack]) -> Iterator[Diagnostic]:
    """Report what is mounted on or above the app; below it only what the spec names is known to be there."""
    code, copied = _places(data["runtime"], packs["runtime"]) if "runtime" in packs else _Places([], [])
    for section in ("volumes", "config"):
        for name, written in data.get(section, {}).items():
            mount = str(written.get("mount", ""))
            hidden = next((place for place in [*code, *copied] if f"{place}/".startswith(f"{mount}/")), "")
            if mount and hidden and not is_of_the_system(mount):
                message = f"{hidden} is where the image has the app, and the volume would hide it"
                cure = f"choose a folder below it or beside it, such as {hidden}/{name} or /data"
                if hidden not in code:
                    message = f"{hidden} is what the spec lets into the image, and the volume would hide it"
                    cure = f"choose a folder that the image has not, such as /data/{name}"
                yield doc.find("rule.mount-hides", message, cure, (section, name, "mount"))


def _places(written: Mapping[str, Any], pack: Pack) -> _Places:
    """Return the places of a pack's data; none when the pack tells none, as for a Dockerfile of the app's own."""
    places: Mapping[str, Any] = pack.get("data", {}).get("places", {})
    code = places.get("code", [])
    if "by" in places:
        default = pack.get("defaults", {}).get(places["by"], {}).get("value", "")
        code = places["values"].get(written.get(places["by"], default), code)
    folder = written.get("folder", ".") if written.get("workspaces") else "."
    names = [name for field in places.get("copied", []) for name in written.get(field) or () if "*" not in name]
    return _Places(code, [posixpath.normpath(posixpath.join(code[0], folder, name)) for name in names])
