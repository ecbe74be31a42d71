"""The catalogue: every pack there is, in layers. A later layer wins: built-in, then the repository's own."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gitopsgen.core import assets
from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath

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
    if not os.path.isdir(folder) and not os.path.islink(folder):
        return None
    return Layer("repository", folder, REPOSITORY_LAYER, False)


class Pack:
    """One system of one kind; `manifest` is its checked pack.yaml, `id` is what messages and the lock call it.

    A catalogue has one of each, so a pack is equal to itself alone, and what follows from it can be kept by it.
    """

    __slots__ = ("id", "kind", "manifest", "name")

    def __init__(self, kind: str, name: str, manifest: Mapping[str, Any]) -> None:
        self.kind, self.name, self.manifest = kind, name, manifest
        self.id = f"{kind}/{name}"

    def __repr__(self) -> str:
        return self.id

    def get(self, key: str, default: Any) -> Any:
        """Return a manifest entry or `default`."""
        return self.manifest.get(key, default)


class PackError(Exception):
    """A pack of the user's that cannot be read; carries what to tell them."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__(diagnostics[0].message)
        self.diagnostics = diagnostics


def layer_files(layer: Layer) -> list[RepoPath]:
    """Return every file of a layer, hidden ones too, relative to its folder, sorted.

    Raises PackError for links and whatever else is no plain file: what is rendered must be what the lock records.
    """
    folders = [] if layer.trusted else [os.path.dirname(layer.folder), layer.folder]
    linked = [_link(folder, os.path.basename(folder)) for folder in folders if os.path.islink(folder)]
    if linked:
        raise PackError(linked)
    found, wrong = [], []
    for path, entry in _walk(layer.folder, ""):
        if entry.is_file(follow_symlinks=False):
            found.append(RepoPath(path))
        else:
            wrong.append(_link(entry.path, f"{layer.shown}/{path}"))
    if wrong:
        raise PackError(wrong)
    return sorted(found)


def _walk(folder: str, prefix: str) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, f"{prefix}{entry.name}/")
            else:
                yield prefix + entry.name, entry


def _link(path: str, shown: str) -> Diagnostic:
    return Diagnostic(
        "override.link",
        "this is a link" if os.path.islink(path) else "this is no plain file",
        "put a plain file here: templates are plain files, so that what is rendered is what is recorded and reviewed",
        shown,
    )


def template_text(layer: Layer, path: str) -> str:
    """Return the text of a template at its real path. Raises PackError when it is not UTF-8."""
    try:
        return assets.read_text(path)
    except UnicodeDecodeError as error:
        shown = f"{layer.shown}/{os.path.relpath(path, layer.folder)}"
        with open(path, "rb") as file:
            before = file.read()[: error.start]
        position = Position(before.count(b"\n") + 1, 1)
        message = f"the byte 0x{error.object[error.start]:02x} is not UTF-8"
        wrong = Diagnostic("override.not-utf8", message, "save the file as UTF-8", shown, position)
        raise PackError([wrong]) from error


class Catalogue:
    """All packs of all layers, read when first asked for."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self.layers = layers
        self._names: dict[str, list[str]] = {}
        self._packs: dict[tuple[str, str], Pack | None] = {}
        self._defaults: dict[str, Pack | None] = {}
        self._templates: dict[str, tuple[Layer, str] | None] = {}
        self._mentions: dict[tuple[str, str], bool] = {}
        self._own: dict[Layer, frozenset[str]] = {}
        self.has_own_layer = not all(layer.trusted for layer in layers)

    def names(self, kind: str) -> list[str]:
        """Return the names of all packs of a kind, sorted."""
        if kind not in self._names:
            self._names[kind] = self._list(kind)
        return self._names[kind]

    def _list(self, kind: str) -> list[str]:
        found: set[str] = set()
        for layer in self.layers:
            if layer.trusted:
                folder = os.path.join(layer.folder, kind)
                names = os.listdir(folder) if os.path.isdir(folder) else []
                found.update(name for name in names if os.path.isfile(os.path.join(folder, name, MANIFEST)))
            else:
                found.update(parts[1] for parts in self._own_manifests(layer) if parts[0] == kind)
        return sorted(found)

    def _own_manifests(self, layer: Layer) -> Iterator[list[str]]:
        """Yield kind, name and file of each manifest of a layer that is not ours."""
        for path in self._files(layer):
            parts = path.split("/")
            if len(parts) == 3 and parts[2] == MANIFEST:
                yield parts

    def _files(self, layer: Layer) -> frozenset[str]:
        """Return the files of a layer that is not ours; nothing else of its folder is ever opened."""
        if layer not in self._own:
            self._own[layer] = frozenset(layer_files(layer))
        return self._own[layer]

    def all(self, kind: str) -> Iterator[Pack]:
        """Yield every pack of a kind, in order of name."""
        for name in self.names(kind):
            pack = self.pack(kind, name)
            if pack is not None:
                yield pack

    def pack(self, kind: str, name: str) -> Pack | None:
        """Return a pack, None when there is none. Raises PackError when its manifest is wrong."""
        if (kind, name) not in self._packs:
            self._packs[kind, name] = None  # for a pack that is like itself
            self._packs[kind, name] = self._read(kind, name)
        return self._packs[kind, name]

    @property
    def has_own_packs(self) -> bool:
        """Whether a layer besides the built-in one has a manifest; without one the spec's fields are as shipped."""
        return any(any(self._own_manifests(layer)) for layer in self.layers if not layer.trusted)

    def default(self, kind: str) -> Pack | None:
        """Return the pack chosen when the spec names none of a kind; not every kind has one."""
        if kind not in self._defaults:
            names = (name for name in self.names(kind) if self._may_be_default(f"{kind}/{name}/{MANIFEST}"))
            packs = (self.pack(kind, name) for name in names)
            self._defaults[kind] = next((pack for pack in packs if pack and pack.get("default", False)), None)
        return self._defaults[kind]

    def _may_be_default(self, manifest: str) -> bool:
        """Whether a manifest has to be read to know that: ours say it in one way, and are many."""
        return self.is_own(manifest) or self.mentions(manifest, "\ndefault: true\n")

    def find_template(self, name: str) -> tuple[Layer, str] | None:
        """Return the layer that wins for a template and its real path. Raises PackError as `layer_files` does."""
        if name not in self._templates:
            self._templates[name] = self._look_for(name)
        return self._templates[name]

    def find_built_in(self, name: str) -> tuple[Layer, str] | None:
        """Return the built-in template of a name, which others may extend, and its real path."""
        return self._look_in(BUILT_IN, name) if _is_path(name) else None

    def mentions(self, name: str, text: str) -> bool:
        """Whether the text of a template holds another."""
        if (name, text) not in self._mentions:
            found = self.find_template(name)
            self._mentions[name, text] = found is not None and text in template_text(*found)
        return self._mentions[name, text]

    def is_own(self, name: str) -> bool:
        """Whether a template comes from a layer that is not ours, whose output no test of ours has seen."""
        found = self.find_template(name)
        return found is not None and not found[0].trusted

    def _look_for(self, name: str) -> tuple[Layer, str] | None:
        if not _is_path(name):
            return None
        return next(filter(None, (self._look_in(layer, name) for layer in reversed(self.layers))), None)

    def _look_in(self, layer: Layer, name: str) -> tuple[Layer, str] | None:
        path = os.path.join(layer.folder, name)
        return (layer, path) if (os.path.isfile(path) if layer.trusted else name in self._files(layer)) else None

    def _read(self, kind: str, name: str) -> Pack | None:
        found = self.find_template(f"{kind}/{name}/{MANIFEST}")
        if not found:
            return None
        pack = _read_manifest(*found, kind, name)
        if "like" not in pack.manifest:
            return pack
        base = self.pack(kind, pack.manifest["like"])
        if base is None:
            message, cure = f'"{pack.manifest["like"]}" is no other pack of this kind', "name one of the built-in packs"
            raise PackError([Diagnostic("pack.invalid", message, cure, f"{found[0].shown}/{pack.id}/{MANIFEST}")])
        return Pack(kind, name, _over(base.manifest, pack.manifest))


def _is_path(name: str) -> bool:
    try:
        RepoPath(name)
    except UnsafePathError:
        return False
    return True


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest put over that of the pack it is like: entry by entry of what has names, else as a whole."""
    both = {key: {**base.get(key, {}), **own.get(key, {})} for key in ("fields", "defaults", "data", "detect")}
    found = both["detect"]
    for key in ("fields", "documents", "offers"):
        found[key] = {**base.get("detect", {}).get(key, {}), **own.get("detect", {}).get(key, {})}
    return {**base, **own, **both}


def _read_manifest(layer: Layer, path: str, kind: str, name: str) -> Pack:
    if layer.trusted:
        import ryaml

        return Pack(kind, name, ryaml.loads(assets.read_text(path)))
    from gitopsgen.packs.untrusted import read_checked

    return Pack(kind, name, read_checked(f"{layer.shown}/{kind}/{name}/{MANIFEST}", path, kind, name))
