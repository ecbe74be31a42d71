"""From Plan to RenderedFiles: which files, from which templates, and what to say when a template fails."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gitopsgen.core import assets
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath
from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.packs.overrides import block_names
from gitopsgen.plan.model import Plan

_HOLE = re.compile(r"<%= *([a-zA-Z_.]+) *%>")


class TemplateError(Exception):
    """A template that could not be rendered; carries what to tell its author."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Renderer:
    """Renders the files of any number of plans; templates are compiled once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._verbatim_texts: dict[str, str] = {}
        self._environments: dict[tuple[str, tuple[tuple[str, str], ...]], Any] = {}

    def render(self, plan: Plan, packs: Mapping[str, Pack]) -> list[RenderedFile]:
        """Return every file of the plan, sorted by path. Raises TemplateError."""
        context = plan._asdict()
        files = [
            self._file(pack, entry, {**context, **item})
            for kind in sorted(packs)
            for pack in [packs[kind]]
            for entry in pack.get("files", [])
            if _holds(entry.get("when", {}), context)
            for item in _items(entry, context)
        ]
        return sorted(files, key=lambda file: file.path)

    def render_setup(self, plan: Plan, pack: Pack) -> str:
        """Return the pack's set-up steps as YAML text, empty when it has none. Raises TemplateError."""
        name = pack.get("setup", "")
        return self._text(f"{pack.id}/{name}", "yaml", {}, plan._asdict()) if name else ""

    def blocks(self, file: RenderedFile) -> tuple[str, ...]:
        """Return the names of the blocks of a file's template that an override can fill."""
        found = self.catalogue.find_template(file.template)
        return tuple(sorted(set(block_names(assets.read_text(found[1]))))) if found else ()

    def _file(self, pack: Pack, entry: Mapping[str, Any], context: dict[str, Any]) -> RenderedFile:
        template = f"{pack.id}/{entry['template']}"
        if entry.get("verbatim", False):
            text = self._verbatim(template)
        else:
            text = self._text(template, entry["language"], entry.get("literals", {}), context)
        return RenderedFile(
            path=_path(pack, entry["path"], context),
            text=text,
            ownership=entry.get("ownership", "managed"),
            mode=0o755 if entry.get("executable", False) else 0o644,
            pack=pack.id,
            template=template,
            language=entry["language"],
            schema=entry.get("schema", ""),
            comment=entry.get("comment", "#"),
            under=entry.get("under", ""),
        )

    def _verbatim(self, template: str) -> str:
        if template not in self._verbatim_texts:
            found = self.catalogue.find_template(template)
            if found is None:
                raise TemplateError(Diagnostic("template.missing", f"there is no template {template}", "", template))
            self._verbatim_texts[template] = assets.read_text(found[1])
        return self._verbatim_texts[template]

    def _text(self, template: str, language: str, literals: Mapping[str, str], context: dict[str, Any]) -> str:
        key = (language, tuple(sorted(literals.items())))
        environment = self._environments.get(key)
        if environment is None:
            from gitopsgen.render.environment import make_environment

            environment = self._environments[key] = make_environment(self.catalogue, language, literals)
        try:
            compiled = environment.get_template(template)
            text: str = compiled.render(context)
        except Exception as error:
            from gitopsgen.render.failures import explain

            diagnostic = explain(error, template, self.catalogue)
            if diagnostic is None:
                raise
            raise TemplateError(diagnostic) from error
        return text


def _items(entry: Mapping[str, Any], context: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what the template sees besides the plan: for `each: environments`, one `environment` at a time."""
    each = entry.get("each", "")
    if not each:
        yield {}
        return
    for item in lookup(context, each):
        yield {each.rsplit(".", 1)[-1].removesuffix("s"): item}


def _holds(when: Mapping[str, Any], context: dict[str, Any]) -> bool:
    return all(lookup(context, name) == wanted for name, wanted in when.items())


def lookup(context: Mapping[str, Any], name: str) -> Any:
    """Return the plan's value at a dotted name. Raises KeyError when there is none."""
    value: Any = context
    for part in name.split("."):
        if isinstance(value, Mapping):
            value = value[part]
        elif part in getattr(value, "_fields", ()):
            value = getattr(value, part)
        else:
            raise KeyError(name)
    return value


def _path(pack: Pack, pattern: str, context: dict[str, Any]) -> RepoPath:
    try:
        return RepoPath(_HOLE.sub(lambda match: str(lookup(context, match[1])), pattern))
    except (KeyError, UnsafePathError) as error:
        raise TemplateError(
            Diagnostic(
                "pack.bad-path", f"the path {pattern}: {error}", "mend `path` in pack.yaml", f"{pack.id}/pack.yaml"
            )
        ) from error
