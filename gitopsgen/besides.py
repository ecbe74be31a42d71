"""What goes on delivering beside us: files of the user's that `init` read, and that nothing of ours replaces."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.outcome import Compiled

_NAMED = re.compile(r"[^\s:,()]+\.ya?ml\b")
_KUBERNETES = {"apiVersion", "kind", "metadata"}
_ORPHANS = "with --cascade=orphan its pods run on, and its ReplicaSets are yours to delete later"


def delivering_besides(repository: Root, compiled: Compiled, evidence: Iterable[str]) -> list[Diagnostic]:
    """Return warnings `init.besides` and `init.selector`; `evidence` says in words where init found something."""
    ours = {file.path for file in compiled.files} | compiled.ejected.keys()
    folders = {file.path.parent for file in compiled.files if file.pack.startswith("ci/")} - {""}
    found = []
    for path in _named(repository, evidence):
        documents = list(_documents(repository, path))
        delivers = path.parent in folders or any(document.keys() >= _KUBERNETES for document in documents)
        if delivers and path not in ours:
            found.append(_besides(path))
            found += [one for document in documents if (one := _selector(path, document, compiled))]
    return found


def _named(repository: Root, evidence: Iterable[str]) -> list[RepoPath]:
    names = {name for text in evidence for name in _NAMED.findall(text)}
    return [RepoPath(name) for name in sorted(names) if os.path.isfile(os.path.join(repository.path, name))]


def _documents(repository: Root, path: RepoPath) -> Iterator[Mapping[str, Any]]:
    import yaml

    try:
        text = (repository.read(path) or b"").decode()
        loaded = yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        yield from (document for document in loaded if isinstance(document, dict))
    except (OSError, UnsafePathError, UnicodeDecodeError, yaml.YAMLError):
        return


def _besides(path: RepoPath) -> Diagnostic:
    cure = "remove it, in the commit that adds the generated files or when those have delivered once"
    return Diagnostic(
        "init.besides", "it is yours, and goes on delivering the app beside ours", cure, path, severity="warning"
    )


def _selector(path: RepoPath, theirs: Mapping[str, Any], compiled: Compiled) -> Diagnostic | None:
    """Tell of an object in the cluster whose pods are chosen by labels that can never be changed."""
    for ours in (document for output in compiled.outputs for document in output.documents):
        chosen = _pods_of(ours), _pods_of(theirs)
        if all(chosen) and _name(ours) == _name(theirs) and chosen[0] != chosen[1]:
            kind, name = _name(ours)
            namespace = ours["metadata"].get("namespace", "")
            where = f" -n {namespace}" if namespace else ""
            message = f"its {kind} {name} chooses pods by other labels than ours, which cannot be changed in a cluster"
            cure = f"`kubectl delete {kind.lower()} {name}{where}` before the first delivery; {_ORPHANS}"
            return Diagnostic("init.selector", message, cure, path, severity="warning")
    return None


def _name(document: Mapping[str, Any]) -> tuple[str, str]:
    return str(document.get("kind")), str(document["metadata"].get("name"))


def _pods_of(document: Any) -> Any:
    """Return the labels by which an object chooses its pods, None for an object without pods of its own."""
    try:
        return document["metadata"] and document["spec"]["template"] and document["spec"]["selector"]["matchLabels"]
    except (KeyError, TypeError):
        return None
