"""The one Jinja environment, for each output language: ERB-style marks, sandboxed, strict about undefined names."""

import functools
import os
import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from jinja2 import Environment as JinjaEnvironment
from jinja2 import FileSystemBytecodeCache, StrictUndefined, Template, TemplateNotFound, Undefined
from jinja2.bccache import Bucket
from jinja2.loaders import BaseLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gitopsgen import __version__
from gitopsgen.packs.catalogue import Catalogue, template_text
from gitopsgen.packs.syntax import BASE, MARKS
from gitopsgen.render import escape
from gitopsgen.render.shipped import escaping, shipped_code

FROM_BASE = f"{BASE}:"
_DICT_METHODS = frozenset(dir(dict))


class LayerLoader(BaseLoader):
    """Finds a template in the highest layer that has it; `built-in:NAME` only in the lowest.

    `how` is the escaping of the environment that it is for.
    """

    def __init__(self, catalogue: Catalogue, how: str) -> None:
        self.catalogue, self.how = catalogue, how

    def load(
        self,
        environment: JinjaEnvironment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002
    ) -> Template:
        """Return a template of ours from the code that came with it; see jinja2."""
        found = None if name.startswith(FROM_BASE) else self.catalogue.find_template(name)
        code = shipped_code(self.how, name) if found and found[0].trusted else None
        if found is None or code is None:
            return super().load(environment, name, globals)
        template = environment.template_class.from_code(environment, code, globals or {})
        template.filename = found[1]
        return template

    def get_source(self, environment: Any, template: str) -> tuple[str, str, Callable[[], bool]]:  # noqa: ARG002
        """Return text, real path and "still fresh"; see jinja2."""
        base = template.startswith(FROM_BASE)
        find = self.catalogue.find_built_in if base else self.catalogue.find_template
        found = find(template.removeprefix(FROM_BASE))
        if found is None:
            raise TemplateNotFound(template)
        return template_text(*found), found[1], lambda: True


class Environment(ImmutableSandboxedEnvironment):
    """The sandboxed environment; `extends "built-in"` means the built-in template of the same name."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return what every template sees; without globals of its own these are plainly the environment's."""
        # Jinja lays a ChainMap over the two, which is slow to read, and is read for every template that is rendered.
        return self.globals if d is None else super().make_globals(d)

    def join_path(self, template: str, parent: str) -> str:
        """Resolve `built-in` to the template below `parent`."""
        return FROM_BASE + parent.removeprefix(FROM_BASE) if template == BASE else template

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look up `obj.attribute`; fields and entries of the plan at once, whatever else by the sandbox's rules."""
        # The sandbox would return the same, after asking two dozen questions: half the time that rendering takes.
        if type(obj) is dict and attribute in obj and attribute not in _DICT_METHODS:
            return obj[attribute]
        if isinstance(obj, tuple) and attribute in getattr(obj, "_fields", ()):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


class _Cache(FileSystemBytecodeCache):
    """Jinja's cache of compiled templates, for which a damaged entry is no entry."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket from the cache, or leave it empty."""
        try:
            super().load_bytecode(bucket)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, the template is compiled again
            bucket.reset()


def make_environment(catalogue: Catalogue, language: str, literals: Mapping[str, str]) -> Environment:
    """Return the environment of one output language."""
    how = escaping(language, literals)
    environment = Environment(
        **MARKS,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        finalize=_defined(escape.finalizer(language, literals)),
        loader=LayerLoader(catalogue, how),
        bytecode_cache=_bytecode_cache(how),
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters["inside"] = escape.inside
    environment.filters["remark"] = escape.remark
    environment.filters["sh"] = escape.shell
    environment.filters["inset"] = _inset
    return environment


def _inset(text: str, spaces: int) -> str:
    """Move every line that is not empty to the right: a part that several templates share, at each one's depth."""
    return re.sub("^(?=.)", " " * spaces, text, flags=re.MULTILINE)


def _defined(finalize: escape.Escape) -> escape.Escape:
    """Let an undefined name fail as what it is, before it is taken for a value that cannot be written."""

    # Few values are written again and again, in many files and in many repositories.
    @functools.lru_cache(maxsize=1024)
    def plain(value: str) -> str:
        return finalize(value)

    def checked(value: Any) -> str:
        if type(value) is str:
            return plain(value)
        return str(value) if isinstance(value, Undefined) else finalize(value)

    return checked


def _bytecode_cache(how: str) -> FileSystemBytecodeCache | None:
    """Return the person's own cache of compiled templates, None when there is no private folder for it.

    Constants are escaped while compiling, so only the same language with the same literals may share entries; versions
    of gitopsgen do not.
    """
    base = _cache_base()
    if not base:
        return None
    folder = os.path.join(base, "gitopsgen", __version__, how)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        status = os.stat(folder)
    except OSError:
        return None
    private = status.st_uid == os.getuid() and not status.st_mode & 0o022 and os.access(folder, os.W_OK)
    return _Cache(folder) if private else None


def _cache_base() -> str:
    """Return the folder of the person's caches, empty without one; one inside a repository of ours is none."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    base = named if os.path.isabs(named) else os.path.join(os.path.expanduser("~"), ".cache")
    if not os.path.isabs(base):
        return ""
    above = base = os.path.realpath(base)
    while above != os.path.dirname(above):
        above = os.path.dirname(above)
        if os.path.lexists(os.path.join(above, "gitopsgen.yaml")):
            return ""
    return base
