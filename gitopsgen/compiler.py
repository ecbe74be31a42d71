"""START HERE: the stages of the compiler, in order.

    load -> validate -> resolve -> render -> verify -> (snapshot, decide) -> apply

`check`, `diff` and `generate` differ only in where they stop. Nothing here prints, and only `apply` writes.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic, has_errors, in_order, untold
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.edits import NO_EDITS, Edits, edit, read_edits, unknown_ejected
from gitopsgen.outcome import Compiled, Outcome
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue, PackError, repository_layer
from gitopsgen.packs.overrides import unmatched_overrides
from gitopsgen.packs.schema import schema_files
from gitopsgen.packs.validate import AppSpec, validate
from gitopsgen.pins.model import Pins, read_pins
from gitopsgen.pins.used import Bases, unpinned
from gitopsgen.plan.model import Service
from gitopsgen.plan.resolve import resolve
from gitopsgen.project import Project, one_app, read_project
from gitopsgen.render.renderer import Renderer, TemplateError
from gitopsgen.repo.along import edits_along
from gitopsgen.repo.apply import apply
from gitopsgen.repo.disk import Disk
from gitopsgen.repo.exchange import NO_EXCHANGE, Exchange
from gitopsgen.repo.lock import LOCK_NAME
from gitopsgen.repo.turn import turn
from gitopsgen.repo.ways import with_wishes
from gitopsgen.repo.wishes import NO_WISHES, Wishes
from gitopsgen.unrecorded import manifests_apart
from gitopsgen.verdict import Inspected, judged, usable_lock
from gitopsgen.verify.copied import kept_out
from gitopsgen.verify.disagrees import disagreeing
from gitopsgen.verify.left_out import left_out
from gitopsgen.verify.outputs import read_back
from gitopsgen.verify.paths import missing_paths
from gitopsgen.verify.scripts import missing_scripts
from gitopsgen.whose import Written, dangling_by_whom, of_whom
from gitopsgen.workspace import Member, unfit_services, unheard_mistakes


class _Checked(NamedTuple):
    """A spec that passed its own rules, with the folder of its app."""

    doc: SourceDoc
    spec: AppSpec
    home: str


class _Front(NamedTuple):
    """What there is before anything is rendered: specs and plans of all services, in one order."""

    checked: tuple[_Checked, ...]
    services: tuple[Service, ...]
    pins: Pins
    warnings: tuple[Diagnostic, ...]


class Compiler:
    """Compiles repositories that share their packs; templates and schemas are loaded once for all of them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.renderer = Renderer(catalogue)
        self._schemas = functools.cache(functools.partial(schema_files, catalogue))

    def compile(
        self, project: Project | bytes, repository: Root, edits: Edits = NO_EDITS, home: Root | None = None
    ) -> Compiled | Outcome:
        """Run load to verify. Returns an Outcome only when something stops the run.

        Bytes are the spec of an app at the root. `home` is where the spec lies when `repository` is the one of its
        manifests alone.
        """
        try:
            return self._compile(_as_project(project), repository, edits, home)
        except PackError as error:
            return Outcome(errors.SPEC_INVALID, tuple(in_order(error.diagnostics)))
        except TemplateError as error:
            return Outcome(errors.OUTPUT_INVALID, (error.diagnostic,))

    def _compile(self, project: Project, repository: Root, edits: Edits, home: Root | None) -> Compiled | Outcome:
        front = self._front(project, home or repository, in_config=home is not None)
        if isinstance(front, Outcome):
            return front
        services, bases = front.services, Bases(front.pins)
        rendered = self.renderer.render(services, edits.ejected, bases)
        along = edits_along(repository, edits, rendered, [source.path for source in project.specs])
        if isinstance(along, list):
            return Outcome(errors.CONFLICT, tuple(along))
        if along.ejected != edits.ejected:
            rendered = self.renderer.render(services, along.ejected, bases)
        edits = along
        rendered += [] if home else self._schemas(project.workspace is not None)
        edited = edit(rendered, edits)
        if isinstance(edited, list):
            # A template that writes no YAML is not the patch's fault.
            broken = read_back(rendered, self.catalogue.is_own)[1]
            return Outcome(errors.OUTPUT_INVALID if broken else errors.CONFLICT, tuple(in_order(broken or edited)))
        outputs, wrong = read_back(edited.files, self.catalogue.is_own)
        disk = Disk(repository)
        wrong = [*of_whom(wrong, edited), *dangling_by_whom(Written(services, outputs, edited), disk)]
        if has_errors(wrong):
            return Outcome(errors.OUTPUT_INVALID, tuple(in_order(wrong)))
        unknown = unknown_ejected(edits, [file.path for file in rendered])
        apps = [] if home else [(one.doc, service) for one, service in zip(front.checked, services, strict=True)]
        missing = missing_paths(apps, disk.holds)
        lacking = [*(one.diagnostic for one in missing), *left_out(apps, edited.files, repository)]
        lacking += [*missing_scripts(apps, repository), *kept_out((service for _, service in apps), edited.files)]
        lacking += disagreeing(apps, [str(file.path) for file in rendered], repository)
        warnings = tuple(in_order([*front.warnings, *wrong, *unknown, *unpinned(bases), *lacking]))
        compiled = Compiled(services, edited.files, tuple(outputs), warnings, disk.needed())
        # What a warning lies at that is no file of ours is what one of ours names, and may still come.
        absent = {RepoPath(one.path) for one in wrong if one.path} - {file.path for file in edited.files}
        absent = {path for path in absent if not disk.has(path)}
        compiled = compiled._replace(lacks=tuple(sorted({*absent, *(one.path for one in missing if one.path)})))
        return compiled._replace(
            plain=edited.plain, ejected=edited.ejected, pins=front.pins, bases=bases.asked, edits=edits
        )

    def _front(self, project: Project, home: Root, *, in_config: bool) -> _Front | Outcome:
        """Run load to resolve; `home` is where the specs lie."""
        checked, problems = self._validate(project)
        pins = read_pins(home)
        problems += pins if isinstance(pins, list) else []
        if has_errors(problems) or isinstance(pins, list):
            return Outcome(errors.SPEC_INVALID, tuple(in_order(problems)))
        services = tuple(self._resolve(one, pins, in_config=in_config) for one in checked)
        unfit = unfit_services([Member(one.doc, service.plan) for one, service in zip(checked, services, strict=True)])
        if unfit:
            return Outcome(errors.SPEC_INVALID, tuple(in_order([*problems, *unfit])))
        return _Front(tuple(checked), services, pins, tuple(problems))

    def _validate(self, project: Project) -> tuple[list[_Checked], list[Diagnostic]]:
        """Read and check every spec; with errors among the problems, nothing can be made of them."""
        checked: list[_Checked] = []
        docs: list[SourceDoc] = []
        problems = _unmatched(self.catalogue)
        for source in project.specs:
            doc = project.read(source)
            if isinstance(doc, Diagnostic):
                problems.append(doc)
                continue
            docs.append(doc)
            spec, found = validate(doc, self.catalogue)
            # What is wrong in the defaults of a workspace is wrong for many services, and told once.
            problems += untold(found, problems)
            checked += [_Checked(doc, spec, source.home)] if spec is not None else []
        if project.workspace:
            problems += untold(unheard_mistakes(project.workspace.doc, docs, self.catalogue), problems)
        return checked, problems

    def _resolve(self, one: _Checked, pins: Pins, *, in_config: bool) -> Service:
        """Return the service; in the repository of its manifests alone, its folder is where they begin."""
        plan = resolve(one.spec, self.catalogue, pins, "" if in_config else one.home)
        return Service(plan._replace(tree="config" if in_config else "app"), one.spec.packs)


def compiler_for(root: str) -> Compiler:
    """Return the compiler of a repository: the shared one, or one of its own when it overrides templates."""
    layer = repository_layer(root)
    return _shared_compiler() if layer is None else Compiler(Catalogue((BUILT_IN, layer)))


@functools.cache
def _shared_compiler() -> Compiler:
    return Compiler(Catalogue((BUILT_IN,)))


def inspect(root: str, wishes: Wishes = NO_WISHES) -> Outcome:
    """Find out what `generate` would do in the repository at `root`, and do nothing: `check` and `diff` stop here."""
    repository = Root(root)
    project = read_spec(repository)
    return project if isinstance(project, Outcome) else _alone(inspect_source(repository, project, wishes))


def _alone(found: Outcome) -> Outcome:
    """Say of a run in the app's own repository alone what it leaves undone elsewhere."""
    if found.compiled is None or found.locks is None:
        return found
    before = found.locks.before.inputs if found.locks.before else ()
    told = manifests_apart(found.compiled, before, found.locks.after.inputs)
    return found._replace(diagnostics=(*found.diagnostics, *told))


def inspect_source(
    repository: Root,
    source: Project | bytes,
    wishes: Wishes = NO_WISHES,
    edits: Edits | None = None,
    home: Root | None = None,
    exchange: Exchange = NO_EXCHANGE,
) -> Outcome:
    """Do what `inspect` does for a project, and for `edits`, that need not be on disk yet; both as for compile.

    `exchange` is what comes from another tree, and goes to it.
    """
    project = _as_project(source)
    compiler = compiler_for((home or repository).path)
    found_edits = read_edits(repository) if edits is None else edits
    if isinstance(found_edits, list):
        return Outcome(errors.SPEC_INVALID, tuple(found_edits))
    wrong_pins = read_pins(repository)
    if isinstance(wrong_pins, list):
        return Outcome(errors.SPEC_INVALID, tuple(wrong_pins))
    given = found_edits.sources
    if wishes.take & found_edits.ejected:
        found_edits = found_edits.without(wishes.take & found_edits.ejected)
    lock = usable_lock(repository)
    if isinstance(lock, Diagnostic):
        return Outcome(errors.LOCK_UNREADABLE, (lock,))
    compiled = compiler.compile(project, repository, found_edits, home)
    if isinstance(compiled, Outcome):
        return compiled
    if has_errors(compiled.warnings):
        return Outcome(errors.SPEC_INVALID, compiled.warnings, compiled=compiled)
    case = Inspected(repository, project, compiled, lock, given, exchange)
    return judged(case, wishes, compiler.catalogue)


def generate(
    root: str, wishes: Wishes = NO_WISHES, waiting: Callable[[str], None] = lambda _: None, *, durable: bool = True
) -> Outcome:
    """Bring the repository to what its spec says: every file is written, or none. Raises WriteError.

    `waiting` is called when another gitopsgen is at work there; `durable` as in apply.
    """
    repository = Root(root)
    with turn(repository.path, waiting):
        project = read_spec(repository)
        if isinstance(project, Outcome):
            return project
        found = _alone(inspect_source(repository, project, wishes))
        if found.exit_code == errors.CONFLICT and found.decision:
            return found._replace(decision=with_wishes(found.decision, wishes))
        return write(repository, found, durable=durable)


def write(repository: Root, found: Outcome, *, durable: bool = True) -> Outcome:
    """Apply what an inspection found; one that found mistakes or conflicts is returned as it is. Raises WriteError."""
    if found.decision is None or found.locks is None or found.exit_code not in (errors.OK, errors.DRIFT):
        return found
    changes = [change for change in found.decision.changes if change.path != LOCK_NAME]
    written = apply(repository, changes, found.locks, found.records, durable=durable)
    return found._replace(exit_code=errors.OK, written=written)


def read_spec(repository: Root) -> Project | Outcome:
    """Return the spec, or those of a workspace; an outcome when there is none, or no good workspace file."""
    project = read_project(repository)
    return project if isinstance(project, Project) else Outcome(errors.SPEC_INVALID, tuple(project))


def _as_project(source: Project | bytes) -> Project:
    return source if isinstance(source, Project) else one_app(source)


def _unmatched(catalogue: Catalogue) -> list[Diagnostic]:
    *below, top = catalogue.layers
    return unmatched_overrides(top, tuple(below)) if below else []
