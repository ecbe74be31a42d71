"""The catalogue: every pack there is, in layers. A later layer wins: built-in, then the repository's own."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gitopsgen.core import assets
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import RepoPath

REPOSITORY_LAYER = ".gitopsgen/templates"
_MANIFEST = "pack.yaml"


class Layer(NamedTuple):
    """A folder of packs and templates. `shown` is how messages name it; our own tests check `trusted` packs."""

    name: str
    folder: str
    shown: str
    trusted: bool


BUILT_IN = Layer("built-in", assets.TEMPLATES, "templates", True)


def repository_layer(root: str) -> Layer | None:
    """Return the layer of overrides that the repository at `root` carries, None when it has none."""
    folder = os.path.join(root, REPOSITORY_LAYER)
    return Layer("repository", folder, REPOSITORY_LAYER, False) if os.path.isdir(folder) else None


class Pack(NamedTuple):
    """One system of one kind; `manifest` is its checked pack.yaml, `id` is `kind/name`."""

    kind: str
    name: str
    manifest: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The pack as messages and the lock name it."""
        return f"{self.kind}/{self.name}"

    def get(self, key: str, default: Any) -> Any:
        """Return a manifest entry or `default`."""
        return self.manifest.get(key, default)


class PackError(Exception):
    """A pack of the user's that cannot be read; carries what to tell them."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__(diagnostics[0].message)
        self.diagnostics = diagnostics


class Catalogue:
    """All packs of all layers, read when first asked for."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self.layers = layers
        self._packs: dict[tuple[str, str], Pack | None] = {}

    def names(self, kind: str) -> list[str]:
        """Return the names of all packs of a kind, sorted."""
        found: set[str] = set()
        for layer in self.layers:
            folder = os.path.join(layer.folder, kind)
            if os.path.isdir(folder):
                found.update(
                    name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name, _MANIFEST))
                )
        return sorted(found)

    def all(self, kind: str) -> Iterator[Pack]:
        """Yield every pack of a kind, in order of name."""
        for name in self.names(kind):
            pack = self.pack(kind, name)
            if pack is not None:
                yield pack

    def pack(self, kind: str, name: str) -> Pack | None:
        """Return a pack, None when there is none. Raises PackError when its manifest is wrong."""
        if (kind, name) not in self._packs:
            self._packs[kind, name] = self._read(kind, name)
        return self._packs[kind, name]

    def default(self, kind: str) -> Pack | None:
        """Return the pack chosen when the spec names none of a kind; not every kind has one."""
        return next((pack for pack in self.all(kind) if pack.get("default", False)), None)

    def find_template(self, name: str) -> tuple[Layer, str] | None:
        """Return the layer that wins for a template and its real path."""
        for layer in reversed(self.layers):
            path = os.path.join(layer.folder, name)
            if os.path.isfile(path):
                return layer, path
        return None

    def _read(self, kind: str, name: str) -> Pack | None:
        for layer in reversed(self.layers):
            path = os.path.join(layer.folder, kind, name, _MANIFEST)
            if os.path.isfile(path):
                return _read_manifest(layer, path, kind, name)
        return None


def _read_manifest(layer: Layer, path: str, kind: str, name: str) -> Pack:
    if layer.trusted:
        import ryaml

        return Pack(kind, name, ryaml.loads(assets.read_text(path)))
    from gitopsgen.packs.untrusted import read_checked

    return Pack(kind, name, read_checked(f"{layer.shown}/{kind}/{name}/{_MANIFEST}", path, kind, name))


def override_files(layer: Layer) -> list[RepoPath]:
    """Return every file of a layer, relative to its folder, sorted; links and hidden files are passed over."""
    found = []
    for folder, folders, names in os.walk(layer.folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inner = os.path.relpath(folder, layer.folder).replace(os.sep, "/")
        prefix = "" if inner == "." else f"{inner}/"
        found += [RepoPath(prefix + name) for name in sorted(names) if not name.startswith(".")]
    return [path for path in found if not os.path.islink(os.path.join(layer.folder, path))]


def unmatched_overrides(layer: Layer, below: tuple[Layer, ...]) -> list[Diagnostic]:
    """Report every file of a layer that replaces nothing and belongs to no pack of that layer."""
    problems = []
    for path in override_files(layer):
        parts = path.split("/")
        own_pack = len(parts) > 2 and os.path.isfile(os.path.join(layer.folder, *parts[:2], _MANIFEST))
        if own_pack or any(os.path.isfile(os.path.join(lower.folder, path)) for lower in below):
            continue
        problems.append(_unmatched(path, layer, below))
    return problems


def _unmatched(path: RepoPath, layer: Layer, below: tuple[Layer, ...]) -> Diagnostic:
    from gitopsgen.core.suggest import did_you_mean

    known = [str(found) for lower in below for found in override_files(lower)]
    return Diagnostic(
        "override.matches-nothing",
        f"no template is named {path}{did_you_mean(path, known)}",
        "name it like the template it replaces (`gitopsgen explain FILE` shows the name), or remove it",
        f"{layer.shown}/{path}",
    )
