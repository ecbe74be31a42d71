"""From Plan to RenderedFiles: which files, from which templates, and what to say when a template fails."""

import functools
import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.files import Ownership, RenderedFile
from gitopsgen.core.repopath import RepoPath, is_reserved
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.packs.catalogue import Catalogue, Pack, template_text
from gitopsgen.packs.mistakes import mistake
from gitopsgen.pins.model import NO_PINS
from gitopsgen.pins.used import Bases
from gitopsgen.plan.model import Plan, Service

_HOLE = re.compile(r"<%= *([a-zA-Z_.]+) *%>")
_SCHEMAS = (".gitopsgen/schema.json", ".gitopsgen/workspace.schema.json")
LARGEST = 4 * 1024 * 1024


class TemplateError(Exception):
    """A template that could not be rendered; carries what to tell its author."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Listed(NamedTuple):
    """What a template with `sees: outputs` knows of another file; `mode` is 644 or 755, as text."""

    path: RepoPath
    mode: str
    ownership: Ownership


class Stage(NamedTuple):
    """An environment of several services, by its name, as the files that they share see it."""

    name: str
    services: tuple[Plan, ...]


class _Planned(NamedTuple):
    """A file that will be rendered: entry `number` of a pack's manifest, with the values that its template sees."""

    pack: Pack
    number: int
    context: dict[str, Any]
    path: RepoPath
    home: str = ""

    @property
    def entry(self) -> Mapping[str, Any]:
        entry: Mapping[str, Any] = self.pack.manifest["files"][self.number]
        return entry

    @property
    def mode(self) -> int:
        return 0o755 if self.entry.get("executable", False) else 0o644

    @property
    def ownership(self) -> Ownership:
        ownership: Ownership = self.entry.get("ownership", "managed")
        return ownership


class Renderer:
    """Renders the files of any number of plans; templates are compiled once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._verbatim_texts: dict[str, str] = {}
        self._environments: dict[tuple[str, tuple[tuple[str, str], ...]], Any] = {}

    def render(
        self, services: Sequence[Service], unlisted: Collection[RepoPath] = (), bases: Bases | None = None
    ) -> list[RenderedFile]:
        """Return every file of the services, sorted by path; templates that see outputs do not see those `unlisted`.

        `bases` is asked for every base image. Raises TemplateError and PackError.
        """
        bases = Bases(NO_PINS) if bases is None else bases
        planned = [file for service in services for file in self._of_app(service, bases)]
        planned += self._of_repository(services, bases)
        planned.sort(key=lambda file: file.path)
        self._refuse_second(planned)
        listed = [Listed(file.path, f"{file.mode:o}", file.ownership) for file in planned if file.path not in unlisted]
        return [self._file(file, listed) for file in planned]

    def _of_app(self, service: Service, bases: Bases) -> Iterator[_Planned]:
        plan = service.plan
        context = plan._asdict()
        for kind in sorted(service.packs):
            pack = service.packs[kind]
            seen = {**context, "base": bases.of(pack.id)}
            for index, entry in enumerate(pack.get("files", [])):
                is_shared = entry.get("scope", "app") == "repository"
                if not is_shared and _is_run(entry, plan) and _is_in_tree(entry, plan):
                    yield from self._planned(pack, index, seen, plan.home)

    def _of_repository(self, services: Sequence[Service], bases: Bases) -> Iterator[_Planned]:
        """Yield the files that all apps share, each pack's once, with the plans of those that use it."""
        for pack in {pack.id: pack for service in services for pack in service.packs.values()}.values():
            users = [service.plan for service in services if pack in service.packs.values()]
            for index, entry in enumerate(pack.get("files", [])):
                plans = [plan for plan in users if _is_in_tree(entry, plan)]
                if entry.get("scope", "app") == "repository" and plans:
                    known = {"services": plans, "stages": _stages(plans), "workspace": bool(plans[0].home)}
                    seen = {**known, "base": bases.of(pack.id)}
                    yield from self._planned(pack, index, seen, "")

    def _planned(self, pack: Pack, index: int, context: dict[str, Any], home: str) -> Iterator[_Planned]:
        entry = pack.manifest["files"][index]
        for seen in self._items(pack, index, entry["each"], context) if "each" in entry else (context,):
            if "when" not in entry or self._holds(pack, index, entry["when"], seen):
                yield _Planned(pack, index, seen, self._path(pack, index, seen), home)

    def _refuse_second(self, planned: list[_Planned]) -> None:
        for first, second in itertools.pairwise(planned):
            if first.path == second.path:
                message = f"{second.path} is already written by {first.pack.id}"
                raise self._mistake(
                    second.pack, "pack.duplicate-path", message, "write another path", second.number, "path"
                )

    def render_setup(self, plan: Plan, pack: Pack, services: Sequence[Plan]) -> str:
        """Return the pack's set-up steps as YAML text, empty when it has none. Raises TemplateError.

        The template sees the plan, and in `services` those of all apps of the repository. `owner` names what is made
        for a CI environment, which several apps of a repository share: the app, or for several the repository.
        """
        from gitopsgen.detect.values import label

        name = pack.get("setup", "")
        repository = label(plan.repository.slug.rpartition("/")[2])
        owner = repository if len(services) > 1 and repository else plan.name
        context = {**plan._asdict(), "services": services, "owner": owner}
        return self._text(f"{pack.id}/{name}", "yaml", {}, context) if name else ""

    def blocks(self, file: RenderedFile) -> tuple[str, ...]:
        """Return the names of the blocks of a file's template that an override can fill."""
        from gitopsgen.packs.syntax import block_names

        found = self.catalogue.find_template(file.template)
        return tuple(block_names(template_text(*found))) if found and file.template not in self._verbatim_texts else ()

    def _mistake(self, pack: Pack, code: str, message: str, cure: str, *at: str | int) -> Exception:
        return mistake(self.catalogue, pack, code, message, cure, ("files", *at))

    def _file(self, file: _Planned, listed: list[Listed]) -> RenderedFile:
        entry = file.entry
        template = f"{file.pack.id}/{entry['template']}"
        if entry.get("verbatim", False):
            text = self._verbatim(template)
        else:
            context = file.context
            if "sees" in entry:
                context = {**context, "outputs": [other for other in listed if other.path != file.path]}
            text = self._text(template, entry["language"], entry.get("literals", {}), context)
        return RenderedFile(
            path=file.path,
            text=text,
            ownership=file.ownership,
            mode=file.mode,
            pack=file.pack.id,
            template=template,
            language=entry["language"],
            schema=entry.get("schema", ""),
            comment=entry.get("comment", "#"),
            under=entry.get("under", ""),
            holds=entry.get("holds", ""),
            home=file.home,
        )

    def _verbatim(self, template: str) -> str:
        if template not in self._verbatim_texts:
            found = self.catalogue.find_template(template)
            if found is None:
                raise TemplateError(Diagnostic("template.missing", f"there is no template {template}", "", template))
            self._verbatim_texts[template] = template_text(*found)
        return self._verbatim_texts[template]

    def _text(self, template: str, language: str, literals: Mapping[str, str], context: dict[str, Any]) -> str:
        key = (language, tuple(sorted(literals.items())))
        environment = self._environments.get(key)
        if environment is None:
            from gitopsgen.render.environment import make_environment

            environment = self._environments[key] = make_environment(self.catalogue, language, literals)
        try:
            compiled = environment.get_template(template)
            own = self.catalogue.has_own_layer
            text: str = _joined(compiled.generate(context), template) if own else compiled.render(context)
        except TemplateError:
            raise
        except Exception as error:
            from gitopsgen.render.failures import explain

            diagnostic = explain(error, template, self.catalogue)
            if diagnostic is None:
                raise
            raise TemplateError(diagnostic) from error
        return text

    def _holds(self, pack: Pack, index: int, when: Mapping[str, Any], context: dict[str, Any]) -> bool:
        """Whether a file is wanted; `true` and `false` ask whether a value is there and not empty."""
        for name, wanted in when.items():
            # A field of the pack's own may be missing in the spec.
            own = isinstance(wanted, bool) and name.rpartition(".")[2] in pack.get("fields", {})
            value = _there(context, name) if own else self._known(pack, context, name, index, "when", name)
            if (bool(value) if isinstance(wanted, bool) else value) != wanted:
                return False
        return True

    def _items(self, pack: Pack, index: int, each: str, context: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield what the template sees, the plan and more: for `each: environments`, one `environment` at a time."""
        items = self._known(pack, context, each, index, "each")
        if not isinstance(items, (list, tuple)) or hasattr(items, "_fields"):
            cure = "name a list, such as environments"
            raise self._mistake(pack, "pack.not-a-list", f'"{each}" is no list of the plan', cure, index, "each")
        for item in items:
            yield {**context, each.rsplit(".", 1)[-1].removesuffix("s"): item}

    def _known(self, pack: Pack, context: dict[str, Any], name: str, *at: str | int) -> Any:
        try:
            return lookup(context, name)
        except KeyError:
            message = f'the plan has no "{name}"{did_you_mean(name, list(context))}'
            raise self._mistake(pack, "pack.unknown-name", message, "name a value of the plan", *at) from None

    def _path(self, pack: Pack, index: int, context: dict[str, Any]) -> RepoPath:
        pattern: str = pack.manifest["files"][index]["path"]
        path = _HOLE.sub(lambda hole: str(self._known(pack, context, hole[1], index, "path")), pattern)
        try:
            return _output_path(path)
        except UnsafePathError as error:
            raise self._mistake(pack, "pack.bad-path", str(error), "choose another path", index, "path") from error


def _there(context: Mapping[str, Any], name: str) -> Any:
    try:
        return lookup(context, name)
    except KeyError:
        return None


def _stages(plans: Sequence[Plan]) -> list[Stage]:
    names = dict.fromkeys(environment.name for plan in plans for environment in plan.environments)
    return [
        Stage(name, tuple(plan for plan in plans if name in {one.name for one in plan.environments})) for name in names
    ]


def _is_run(entry: Mapping[str, Any], plan: Plan) -> bool:
    """Whether a script is run by a step of the pipeline; other files need none."""
    return "script" not in entry or entry["script"] in plan.scripts


def _is_in_tree(entry: Mapping[str, Any], plan: Plan) -> bool:
    return not plan.config.separate or entry.get("tree", "app") in (plan.tree, "both")


@functools.lru_cache(maxsize=1024)
def _output_path(path: str) -> RepoPath:
    """Check the path of an output; many repositories have the same ones. Raises UnsafePathError."""
    if is_reserved(path) or path.lower() in _SCHEMAS:
        raise UnsafePathError(f"{path} is gitopsgen's own and can be no output of a pack")
    return RepoPath(path)


def _joined(parts: Iterator[str], template: str) -> str:
    """Return the text of a template. Raises TemplateError when it becomes larger than any file that people review."""
    texts, size = [], 0
    for part in parts:
        texts.append(part)
        size += len(part)
        if size > LARGEST:
            message = f"it writes more than {LARGEST:,} characters"
            raise TemplateError(Diagnostic("template.too-large", message, "check its loops", template))
    return "".join(texts)


def lookup(context: Mapping[str, Any], name: str) -> Any:
    """Return the plan's value at a dotted name, a number for an item of a list. Raises KeyError when there is none."""
    value: Any = context
    for part in name.split("."):
        if isinstance(value, dict):
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        elif part in getattr(value, "_fields", ()):
            value = getattr(value, part)
        else:
            raise KeyError(name)
    return value
