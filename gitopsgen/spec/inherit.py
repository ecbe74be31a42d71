"""What a service of a workspace takes from the workspace's `defaults`: all that its own spec does not say.

Mappings are put together field by field, everything else is taken whole; `null` in a spec leaves out what the defaults
say. A section that names another system than the
defaults do takes nothing from them: the fields of one system mean nothing to another. Nor does a service take what its
type cannot have.
"""

import posixpath
import re
from typing import Any

from gitopsgen.core.diagnostic import Position
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.spec.patterns import SHORT_LABEL
from gitopsgen.spec.sections import ENVIRONMENTS, SECTIONS, expand
from gitopsgen.spec.workload_rules import kinds_of

DEFAULTS = "defaults"
NAME = "{name}"
"""Stands for the name of the service in texts of the defaults."""
# What `{name}` comes to while the name itself is wrong: then that alone is told, not every text that has it.
_NAMELESS = "app"
# The keys that say of what kind a mapping is.
_KINDS = {**{section.kind: section.selector for section in SECTIONS}, "expose": "type"}


def inherit(own: SourceDoc, workspace: SourceDoc, home: str) -> SourceDoc:
    """Return the spec of a service with what the workspace says for all; its positions stay where they are written.

    `home` is the folder of the service: what is a folder of the app in its spec is one of the repository then.
    """
    name = own.data.get("name")
    is_good = isinstance(name, str) and re.search(SHORT_LABEL, name)
    written, shared = expand(own.data), expand(workspace.data.get(DEFAULTS, {}))
    kind = written.get("type", shared.get("type", "web"))
    taking = _Taking(own, workspace, str(name) if is_good else _NAMELESS)
    data = taking.merged(written, _for_kind(shared, str(kind)), ())
    if isinstance(runtime := data.get("runtime"), dict):
        folder = runtime.get("folder", ".")
        # What leads out of the folder stays as it is, and is refused like everywhere.
        if isinstance(folder, str) and ".." not in folder.split("/"):
            data["runtime"] = runtime | {"folder": posixpath.normpath(posixpath.join(home, folder))}
    return own._replace(
        data=data, keys=taking.keys, values=taking.values, base=workspace, inherited=frozenset(taking.taken)
    )


class _Taking:
    """One merge: collects positions and the paths that come from the defaults."""

    def __init__(self, own: SourceDoc, workspace: SourceDoc, name: str) -> None:
        self.keys: dict[Path, Position] = dict(own.keys)
        self.values: dict[Path, Position] = dict(own.values)
        self.taken: set[Path] = set()
        self.unset: set[Path] = set()
        self._workspace, self._name = workspace, name

    def merged(self, own: dict[str, Any], shared: dict[str, Any], at: Path) -> dict[str, Any]:
        """Return a mapping of the service over that of the defaults; what both have keeps the defaults' order."""
        if at and differs_in_kind(own, shared, at):
            return own
        result = {}
        own = {key: value for key, value in own.items() if value is not None or not self._unsets((*at, key))}
        for key, value in shared.items():
            if (*at, key) in self.unset:
                continue
            if key not in own:
                result[key] = self._take(value, (*at, key))
            elif isinstance(own[key], dict) and isinstance(value, dict):
                result[key] = self.merged(own[key], value, (*at, key))
            else:
                result[key] = own[key]
        return result | {key: value for key, value in own.items() if key not in shared}

    def _unsets(self, at: Path) -> bool:
        """Whether nothing at `at` leaves out something that the defaults say; then it is as if nobody wrote it."""
        if (DEFAULTS, *at) not in self._workspace.values:
            return False
        self.unset.add(at)
        for places in (self.keys, self.values):
            places.pop(at, None)
        return True

    def _take(self, value: Any, at: Path) -> Any:
        there = (DEFAULTS, *at)
        for known, places in ((self._workspace.keys, self.keys), (self._workspace.values, self.values)):
            if there in known:
                places[at] = known[there]
                self.taken.add(at)
        if isinstance(value, dict):
            return {key: self._take(item, (*at, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._take(item, (*at, index)) for index, item in enumerate(value)]
        return value.replace(NAME, self._name) if isinstance(value, str) else value


def _for_kind(shared: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the defaults without what an app of this type cannot have: a worker takes no port."""

    def fit(fields: dict[str, Any], at: Path) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if kind in (kinds_of((*at, name)) or (kind,))}

    environments = shared.get(ENVIRONMENTS)
    if isinstance(environments, dict):
        places = {
            name: fit(own, (ENVIRONMENTS, name)) if isinstance(own, dict) else own for name, own in environments.items()
        }
        shared = {**shared, ENVIRONMENTS: places}
    return fit(shared, ())


def differs_in_kind(own: dict[str, Any], shared: dict[str, Any], at: Path) -> bool:
    """Whether the mapping at `at` names another system, or is of another kind, than that of the defaults."""
    kind = _kind(at)
    return own.get(kind, shared.get(kind)) != shared.get(kind)


def _kind(at: Path) -> str:
    """Return the key that says of what kind the mapping at `at` is, empty when none does."""
    return _KINDS.get(str(at[-1]), "") if len(at) == 1 or at[0] == "environments" else ""
