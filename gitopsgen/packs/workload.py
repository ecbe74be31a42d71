"""Rules on the workload that follow from what the chosen packs can do."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.packs.catalogue import Pack

_HOME = "/app"
"""Where every Dockerfile of a runtime's pack puts the app."""


def unfit_workload(doc: SourceDoc, data: dict[str, Any], packs: Mapping[str, Pack]) -> Iterator[Diagnostic]:
    """Yield what the chosen operator cannot decrypt, what would hide the app, and annotations that are retired."""
    retired: Mapping[str, str] = packs["workload"].get("data", {}).get("retired", {}) if "workload" in packs else {}
    for name in data.get("expose", {}).get("annotations", {}):
        for prefix in [known for known in retired if name.startswith(known)]:
            message, cure = f'"{name}" is for {retired[prefix]}', "expose the app by http-route, or remove it"
            yield doc.find("rule.retired", message, cure, ("expose", "annotations", name), key=True)
    yield from _mounts_over_the_app(doc, data, packs)
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


def _mounts_over_the_app(doc: SourceDoc, data: dict[str, Any], packs: Mapping[str, Pack]) -> Iterator[Diagnostic]:
    runtime = packs.get("runtime")
    if runtime is None or not any(file["language"] == "dockerfile" for file in runtime.get("files", [])):
        return  # a Dockerfile of their own has the app anywhere
    for section in ("volumes", "config"):
        for name, written in data.get(section, {}).items():
            if written.get("mount") == _HOME:
                message = f"{_HOME} is where the image has the app, and the volume would hide it"
                cure = f"choose a folder below it or beside it, such as {_HOME}/{name} or /data"
                yield doc.find("rule.mount-hides", message, cure, (section, name, "mount"))
