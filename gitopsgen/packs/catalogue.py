"""The catalogue: every pack there is, in layers. A later layer wins: built-in, then the repository's own."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gitopsgen.core import assets
from gitopsgen.core.diagnostic import Diagnostic

REPOSITORY_LAYER = ".gitopsgen/templates"
MANIFEST = "pack.yaml"


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
        self._names: dict[str, list[str]] = {}
        self._packs: dict[tuple[str, str], Pack | None] = {}
        self._templates: dict[str, tuple[Layer, str] | None] = {}

    def names(self, kind: str) -> list[str]:
        """Return the names of all packs of a kind, sorted."""
        if kind not in self._names:
            self._names[kind] = self._list(kind)
        return self._names[kind]

    def _list(self, kind: str) -> list[str]:
        found: set[str] = set()
        for layer in self.layers:
            folder = os.path.join(layer.folder, kind)
            if os.path.isdir(folder):
                found.update(
                    name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name, MANIFEST))
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

    @property
    def has_own_packs(self) -> bool:
        """Whether a layer besides the built-in one has a manifest; without one the spec's fields are as shipped."""
        own = [layer.folder for layer in self.layers if layer != BUILT_IN]
        kinds = [os.path.join(folder, kind) for folder in own for kind in _folders(folder)]
        return any(os.path.isfile(os.path.join(kind, name, MANIFEST)) for kind in kinds for name in _folders(kind))

    def default(self, kind: str) -> Pack | None:
        """Return the pack chosen when the spec names none of a kind; not every kind has one."""
        return next((pack for pack in self.all(kind) if pack.get("default", False)), None)

    def find_template(self, name: str) -> tuple[Layer, str] | None:
        """Return the layer that wins for a template and its real path."""
        if name not in self._templates:
            self._templates[name] = self._look_for(name)
        return self._templates[name]

    def _look_for(self, name: str) -> tuple[Layer, str] | None:
        for layer in reversed(self.layers):
            path = os.path.join(layer.folder, name)
            if os.path.isfile(path):
                return layer, path
        return None

    def _read(self, kind: str, name: str) -> Pack | None:
        for layer in reversed(self.layers):
            path = os.path.join(layer.folder, kind, name, MANIFEST)
            if os.path.isfile(path):
                return _read_manifest(layer, path, kind, name)
        return None


def _folders(folder: str) -> list[str]:
    return [name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))]


def _read_manifest(layer: Layer, path: str, kind: str, name: str) -> Pack:
    if layer.trusted:
        import ryaml

        return Pack(kind, name, ryaml.loads(assets.read_text(path)))
    from gitopsgen.packs.untrusted import read_checked

    return Pack(kind, name, read_checked(f"{layer.shown}/{kind}/{name}/{MANIFEST}", path, kind, name))
