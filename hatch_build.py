"""Part of the build of a wheel: the built-in templates are compiled into it, so that nobody's first run has to."""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledTemplates(BuildHookInterface):
    """Adds a module for each template in each escaping that it is rendered in; pip compiles Python as it installs."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the modules into a folder that the wheel takes in; a source checkout compiles its templates itself."""
        if version == "editable":
            return
        # What is built is the package that says how templates are compiled.
        sys.path.insert(0, self.root)
        # It goes with this object, when the wheel is there.
        self._folder = tempfile.TemporaryDirectory()
        for path, source in _modules():
            file = Path(self._folder.name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source, encoding="utf-8")
        build_data["force_include"][self._folder.name] = "gitopsgen/_data"


def _modules() -> Iterator[tuple[str, str]]:
    """Yield path and text of every module."""
    from gitopsgen.packs.catalogue import BUILT_IN, Catalogue, template_text
    from gitopsgen.render.environment import make_environment
    from gitopsgen.render.shipped import escaping, module_path

    catalogue = Catalogue((BUILT_IN,))
    kinds = sorted(entry.name for entry in os.scandir(BUILT_IN.folder) if entry.is_dir())
    entries = [(pack, entry) for kind in kinds for pack in catalogue.all(kind) for entry in pack.get("files", ())]
    roots: dict[str, tuple[str, Mapping[str, str], list[str]]] = {}
    for pack, entry in entries:
        if not entry.get("verbatim", False):
            literals = entry.get("literals", {})
            how = escaping(entry["language"], literals)
            roots.setdefault(how, (entry["language"], literals, []))[2].append(f"{pack.id}/{entry['template']}")
    for how, (language, literals, names) in roots.items():
        environment = make_environment(catalogue, language, literals)
        sources = {}
        while names:
            name = names.pop()
            found = catalogue.find_template(name) if name not in sources else None
            if found:
                text = template_text(*found)
                sources[name] = environment.compile(text, name, raw=True)
                names.extend(_used(environment.parse(text), name, BUILT_IN.folder))
        yield from ((module_path(how, name), source) for name, source in sorted(sources.items()))


def _used(tree: Any, name: str, folder: str) -> Iterator[str]:
    """Yield the templates that one refers to; where it computes a name, all that this may be.

    A computed name is of something in a folder of the same pack, or of a step that others bring for its CI.
    """
    from jinja2.meta import find_referenced_templates

    kind, pack, _ = name.split("/", 2)
    for other in find_referenced_templates(tree):
        if other is not None:
            yield other
            continue
        for pattern in (f"{kind}/{pack}/*/**/*", f"*/*/steps/{pack}.*"):
            yield from (path.relative_to(folder).as_posix() for path in Path(folder).glob(pattern) if path.is_file())
