"""The versions of the spec, and what each step from one to the next does to plain data. What they are is data."""

import copy
import functools
import os
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from gitopsgen.core import assets

Kind = Literal["rename", "move", "values", "wrap", "unwrap", "drop"]
Place = tuple[str, ...]


class Step(NamedTuple):
    """One change of the format.

    `at` is the field before it. `to` is the field after a rename or a move. `words` are the old and new words of a
    value. `form` is what a text is wrapped in: `list`, or `key` of a mapping. `short` is the key that the value of
    `to`'s mapping gets when it is a text.
    """

    kind: Kind
    at: Place
    because: str
    to: Place = ()
    words: Mapping[str, str] = {}
    form: str = ""
    short: str = ""

    @property
    def is_outward(self) -> bool:
        """Whether a move leads out of a mapping, and not into one."""
        return len(self.to) < len(self.at)


class Version(NamedTuple):
    """An older version of the spec, and how the next one is reached."""

    name: str
    following: str
    title: str
    steps: tuple[Step, ...]


class Versions(NamedTuple):
    """The version that this gitopsgen reads, and the older ones that it can upgrade, oldest first."""

    current: str
    older: tuple[Version, ...]

    def chain(self, name: str) -> tuple[Version, ...]:
        """Return the versions from `name` to the current one; nothing when `name` is not an older one."""
        names = [version.name for version in self.older]
        return self.older[names.index(name) :] if name in names else ()


@functools.cache
def shipped_versions() -> Versions:
    """Return the versions that gitopsgen ships with."""
    return read_versions(assets.read_text(os.path.join(assets.SCHEMAS, "versions.yaml")))


def read_versions(text: str) -> Versions:
    """Read the versions from YAML. Raises ValueError for steps that make no sense: the file is ours."""
    import yaml

    data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    older = tuple(
        Version(one["from"], one["to"], one["title"], tuple(_step(step) for step in one["steps"]))
        for one in data["versions"]
    )
    following = [version.name for version in older[1:]] + [data["current"]]
    if [version.following for version in older] != following:
        raise ValueError("the versions are no chain to the current one")
    return Versions(data["current"], older)


def _step(data: dict[str, Any]) -> Step:
    kind = next((kind for kind in get_args(Kind) if kind in data), None)
    known = {kind, "because", "to", "map", "in", "short"}
    if kind is None or not set(data) <= known or not data["because"]:
        raise ValueError(f"{data} is no step")
    at, to = (tuple(str(data.get(key, "")).split(".")) if key in data else () for key in (kind, "to"))
    step = Step(kind, at, data["because"], to, data.get("map", {}), data.get("in", ""), data.get("short", ""))
    if not _makes_sense(step):
        raise ValueError(f"{data} is no step")
    return step


def _makes_sense(step: Step) -> bool:
    if step.kind == "rename":
        return step.to[:-1] == step.at[:-1] and step.to != step.at
    if step.kind == "move":
        longer, shorter = sorted((step.at, step.to), key=len, reverse=True)
        return len(longer) == len(shorter) + 1 and longer[:-2] == shorter[:-1]
    if step.kind == "values":
        return bool(step.words) and not set(step.words) & set(step.words.values())
    return not step.to and (step.kind != "wrap" or step.form in ("list", "key"))


def value_at(data: Any, at: Place) -> Any:
    """Return the value at a place, None when there is none."""
    for part in at:
        data = data.get(part) if isinstance(data, dict) else None
    return data


def has(data: Any, at: Place) -> bool:
    """Whether there is a key at a place."""
    parent = value_at(data, at[:-1])
    return bool(at) and isinstance(parent, dict) and at[-1] in parent


def applies(step: Step, data: dict[str, Any]) -> bool:
    """Whether a step has something to do."""
    value = value_at(data, step.at)
    if step.kind == "values":
        return isinstance(value, str) and value in step.words
    if step.kind == "wrap":
        return isinstance(value, str)
    if step.kind == "unwrap":
        return isinstance(value, list)
    return has(data, step.at)


def after(step: Step, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data after a step that applies to it, and that nothing is in the way of."""
    data = copy.deepcopy(data)
    parent = value_at(data, step.at[:-1])
    value = parent.pop(step.at[-1])
    if step.kind == "drop" or (step.kind == "move" and step.is_outward):
        _drop_empty(data, step.at[:-1])
    if step.kind == "values":
        parent[step.at[-1]] = step.words[value]
    elif step.kind == "wrap":
        parent[step.at[-1]] = [value] if step.form == "list" else {value: {}}
    elif step.kind == "unwrap":
        parent[step.at[-1]] = value[0]
    elif step.kind != "drop":
        _mapping(data, step)[step.to[-1]] = value
    return data


def _mapping(data: dict[str, Any], step: Step) -> dict[str, Any]:
    """Return the mapping that a rename or a move leads to; it is made, or written out, when it has to be."""
    parent = value_at(data, step.to[:-2]) if len(step.to) > 1 else data
    if len(step.to) == 1:
        return data
    key = step.to[-2]
    if isinstance(parent.get(key), str) and step.short:
        parent[key] = {step.short: parent[key]}
    mapping: dict[str, Any] = parent.setdefault(key, {})
    return mapping


def _drop_empty(data: dict[str, Any], at: Place) -> None:
    if at and not value_at(data, at):
        value_at(data, at[:-1]).pop(at[-1])


def told(step: Step, value: Any) -> str:
    """Return in a few words what a step does to a field with this value."""
    at, to = ".".join(step.at), ".".join(step.to)
    if step.kind in ("rename", "move"):
        return f"{at} is {to} now"
    if step.kind == "values":
        return f"{at}: {value} is {at}: {step.words[value]} now"
    if step.kind == "wrap":
        return f"{at}: {value} is {at}: {f'[{value}]' if step.form == 'list' else f'{{{value}: {{}}}}'} now"
    return f"{at} is one value now, not a list" if step.kind == "unwrap" else f"{at} is gone"
