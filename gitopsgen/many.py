"""From first specs of several services to what they share and what is each one's own, as texts of their files."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gitopsgen.core.repopath import RepoPath
from gitopsgen.project import SPEC_NAME, WORKSPACE_NAME
from gitopsgen.scaffold import spec_text
from gitopsgen.spec.inherit import DEFAULTS, NAME, differs_in_kind
from gitopsgen.spec.workspace import SERVICES, VERSION

_SCHEMA_LINE = "# yaml-language-server: $schema={}.gitopsgen/{}schema.json\n"
_ABOUT = (
    "# The services of this repository, and what their specs have in common; the spec of each says the rest. After an\n"
    "# edit, run `gitopsgen generate`.\n---\n"
)
_OWN = ("apiVersion", "name")

Spec = dict[str, Any]


def first_texts(specs: Mapping[str, Spec]) -> dict[RepoPath, bytes]:
    """Return the workspace file and a spec for each service; `specs` are whole ones by the folder of the service."""
    defaults = shared(list(specs.values()))
    fields = ({"apiVersion": VERSION}, {SERVICES: patterns_of(specs)}, {DEFAULTS: defaults} if defaults else {})
    written = "".join(spec_text(field, introduction=False) for field in fields)
    text = _SCHEMA_LINE.format("", "workspace.") + _ABOUT + written
    texts = {WORKSPACE_NAME: text.encode()}
    return texts | {
        path: raw for folder, spec in specs.items() for path, raw in one_text(folder, spec, defaults).items()
    }


def one_text(folder: str, spec: Spec, defaults: Spec) -> dict[RepoPath, bytes]:
    """Return the spec of a service, without what the defaults say."""
    own = {**{name: spec[name] for name in _OWN}, **own_part(spec, defaults, str(spec["name"]))}
    up = "../" * (folder.count("/") + 1)
    text = _SCHEMA_LINE.format(up, "") + "---\n" + spec_text(own, introduction=False)
    return {RepoPath(f"{folder}/{SPEC_NAME}"): text.encode()}


def patterns_of(folders: Iterable[str]) -> list[str]:
    """Return `services` for these folders: what lies beside another service in a folder is found by a star."""
    known = sorted(folders)
    parents = [folder.rpartition("/")[0] for folder in known]
    found = [
        f"{parent}/*" if parent and parents.count(parent) > 1 else folder
        for folder, parent in zip(known, parents, strict=True)
    ]
    return list(dict.fromkeys(found))


def shared(specs: Sequence[Spec]) -> Spec:
    """Return what all specs say alike; an image that ends with the name of its service counts as alike."""
    if len(specs) < 2:
        return {}
    named = [_with_name(spec) for spec in specs]
    found: Spec = _alike([{key: spec[key] for key in spec if key not in _OWN} for spec in named], ())
    return found


def _with_name(spec: Spec) -> Spec:
    image, name = str(spec.get("image", "")), str(spec["name"])
    return {**spec, "image": image.removesuffix(name) + NAME} if image.endswith(f"/{name}") else spec


def _alike(values: Sequence[Spec], at: tuple[str, ...]) -> Spec:
    first, *others = values
    found: Spec = {}
    for key, value in first.items():
        all_have = [value, *(other.get(key) for other in others)]
        if all(isinstance(one, dict) for one in all_have):
            if not any(differs_in_kind(one, value, (*at, key)) for one in all_have):
                inner = _alike(all_have, (*at, key))
                found |= {key: inner} if inner else {}
        elif all(one == value for one in all_have):
            found[key] = value
    return found


def own_part(spec: Spec, defaults: Spec, name: str, at: tuple[str, ...] = ()) -> Spec:
    """Return what a spec says that it would not take from the defaults anyway."""
    found: Spec = {}
    for key, value in spec.items():
        known = defaults.get(key)
        if not at and key in _OWN:
            continue
        if isinstance(value, dict) and isinstance(known, dict) and not differs_in_kind(value, known, (*at, key)):
            inner = own_part(value, known, name, (*at, key))
            found |= {key: inner} if inner else {}
        elif key not in defaults or value != (known.replace(NAME, name) if isinstance(known, str) else known):
            found[key] = value
    return found
