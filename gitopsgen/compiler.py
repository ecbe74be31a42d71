"""START HERE: the stages of the compiler, in order.

    load -> validate -> resolve -> render -> verify -> (snapshot, decide) -> apply

`check`, `diff` and `generate` differ only in where they stop. Nothing here prints, and only `apply` writes.
"""

import functools
import os
from collections.abc import Mapping
from typing import NamedTuple

from gitopsgen import __version__
from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic, has_errors, in_order
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.core.yamldoc import parse
from gitopsgen.packs.catalogue import (
    BUILT_IN,
    Catalogue,
    Pack,
    PackError,
    repository_layer,
)
from gitopsgen.packs.overrides import unmatched_overrides
from gitopsgen.packs.schema import spec_schema_text
from gitopsgen.packs.validate import validate
from gitopsgen.plan.model import Plan
from gitopsgen.plan.resolve import resolve
from gitopsgen.render.renderer import Renderer, TemplateError
from gitopsgen.repo import inputs
from gitopsgen.repo.apply import apply
from gitopsgen.repo.decide import Decision, decide, lock_after, lock_change
from gitopsgen.repo.lock import LOCK_NAME, Input, Lock, read_lock
from gitopsgen.repo.snapshot import take_snapshot
from gitopsgen.verify.outputs import Output, read_back
from gitopsgen.verify.references import dangling

SPEC_NAME = RepoPath("gitopsgen.yaml")
_BEFORE_DELIVERY = "do it before the next delivery"
SCHEMA_NAME = RepoPath(".gitopsgen/schema.json")


class Compiled(NamedTuple):
    """The result of the stages that decide nothing: what is to be in the repository.

    `outputs` are the files read back; `needs` are files of the repository itself that they refer to.
    """

    plan: Plan
    packs: Mapping[str, Pack]
    files: tuple[RenderedFile, ...]
    outputs: tuple[Output, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    needs: tuple[RepoPath, ...] = ()


class Outcome(NamedTuple):
    """What a run found and did.

    `exit_code` is one of core.errors; `lock` is the one that belongs to `decision`, whose last change is the lock
    file's own; `written` are the paths that were touched.
    """

    exit_code: int
    diagnostics: tuple[Diagnostic, ...] = ()
    decision: Decision | None = None
    compiled: Compiled | None = None
    lock: Lock | None = None
    written: tuple[RepoPath, ...] = ()


class Compiler:
    """Compiles repositories that share their packs; templates and schemas are loaded once for all of them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.renderer = Renderer(catalogue)
        self._schema: RenderedFile | None = None

    def compile(self, source: bytes, repository: Root) -> Compiled | Outcome:
        """Run load to verify. Returns an Outcome only when something stops the run."""
        try:
            return self._compile(source, repository)
        except PackError as error:
            return Outcome(errors.SPEC_INVALID, tuple(in_order(error.diagnostics)))
        except TemplateError as error:
            return Outcome(errors.OUTPUT_INVALID, (error.diagnostic,))

    def _compile(self, source: bytes, repository: Root) -> Compiled | Outcome:
        unmatched = _unmatched(self.catalogue)
        doc = parse(SPEC_NAME, source)
        if isinstance(doc, Diagnostic):
            return Outcome(errors.SPEC_INVALID, (doc,))
        spec, problems = validate(doc, self.catalogue)
        if spec is None or unmatched:
            return Outcome(errors.SPEC_INVALID, tuple(in_order([*unmatched, *problems])))
        plan = resolve(spec, self.catalogue)
        files = [*self.renderer.render(plan, spec.packs), self._schema_file()]
        outputs, wrong = read_back(files, self.catalogue.is_own)
        disk = _Disk(repository)
        wrong += dangling(outputs, plan, spec.packs, disk.has)
        if has_errors(wrong):
            return Outcome(errors.OUTPUT_INVALID, tuple(in_order(wrong)))
        warnings = tuple(in_order([*problems, *wrong]))
        return Compiled(plan, spec.packs, tuple(files), tuple(outputs), warnings, disk.needed())

    def _schema_file(self) -> RenderedFile:
        """Return the spec's schema for editors: in the repository, so that it is always the one of this version."""
        if self._schema is None:
            self._schema = RenderedFile(
                SCHEMA_NAME, spec_schema_text(self.catalogue), "managed", 0o644, "gitopsgen", "schema", "json"
            )
        return self._schema


def compiler_for(root: str) -> Compiler:
    """Return the compiler of a repository: the shared one, or one of its own when it overrides templates."""
    layer = repository_layer(root)
    return _shared_compiler() if layer is None else Compiler(Catalogue((BUILT_IN, layer)))


@functools.cache
def _shared_compiler() -> Compiler:
    return Compiler(Catalogue((BUILT_IN,)))


def inspect(root: str, take: frozenset[RepoPath] = frozenset()) -> Outcome:
    """Find out what `generate` would do in the repository at `root`, and do nothing: `check` and `diff` stop here."""
    repository = Root(root)
    source = _read_spec(repository)
    return source if isinstance(source, Outcome) else inspect_source(repository, source, take)


def inspect_source(repository: Root, source: bytes, take: frozenset[RepoPath] = frozenset()) -> Outcome:
    """Do what `inspect` does for a spec that need not be on disk yet."""
    found_inputs = _inputs(repository, source)
    compiler = compiler_for(repository.path)
    compiled = compiler.compile(source, repository)
    if isinstance(compiled, Outcome):
        return compiled
    lock = read_lock(repository)
    if isinstance(lock, Diagnostic):
        return Outcome(errors.LOCK_UNREADABLE, (lock,))
    locked = [entry.path for entry in lock.files] if lock else []
    snapshot = take_snapshot(repository, [file.path for file in compiled.files], locked)
    if isinstance(snapshot, list):
        return Outcome(errors.CONFLICT, tuple(in_order(snapshot)), compiled=compiled)
    decision = decide(compiled.files, lock, snapshot, take)
    if has_errors(decision.diagnostics):
        return Outcome(errors.CONFLICT, tuple(in_order(decision.diagnostics)), decision, compiled)
    if decision.conflicts:
        return Outcome(errors.CONFLICT, compiled.warnings, decision, compiled)
    broken = _left_dangling(compiled, decision)
    if broken:
        return Outcome(errors.OUTPUT_INVALID, tuple(in_order(broken)), compiled=compiled)
    new_lock = lock_after(decision, __version__, found_inputs, compiled.needs)
    decision = decision._replace(changes=(*decision.changes, lock_change(repository.read(LOCK_NAME), new_lock)))
    warnings = (*compiled.warnings, *_farewells(compiler.catalogue, compiled, decision))
    return Outcome(errors.DRIFT if decision.drift else errors.OK, warnings, decision, compiled, new_lock)


def _left_dangling(compiled: Compiled, decision: Decision) -> list[Diagnostic]:
    """Return what refers to a file that is created once and that somebody has deleted since."""
    gone = {change.path for change in decision.changes if change.verdict == "gone"}
    if not gone:
        return []
    outputs = [output for output in compiled.outputs if output.file.path not in gone]
    found = dangling(outputs, compiled.plan, compiled.packs, lambda path: path in compiled.needs)
    return [problem for problem in found if problem.severity == "error"]


def _farewells(catalogue: Catalogue, compiled: Compiled, decision: Decision) -> list[Diagnostic]:
    """Return what is left behind outside the repository by systems whose last files go now."""
    going = {change.pack for change in decision.changes if change.verdict == "orphan"}
    staying = {pack.id for pack in compiled.packs.values()}
    left = [catalogue.pack(*name.split("/")) for name in sorted(going - staying) if name.count("/") == 1]
    return [
        Diagnostic("pack.left-behind", pack.get("farewell", ""), _BEFORE_DELIVERY, SPEC_NAME, severity="warning")
        for pack in left
        if pack is not None and pack.get("farewell", "")
    ]


def generate(root: str, take: frozenset[RepoPath] = frozenset()) -> Outcome:
    """Bring the repository to what its spec says: every file is written, or none. Raises WriteError."""
    repository = Root(root)
    source = _read_spec(repository)
    if isinstance(source, Outcome):
        return source
    return write(repository, inspect_source(repository, source, take))


def write(repository: Root, found: Outcome) -> Outcome:
    """Apply what an inspection found; one that found mistakes or conflicts is returned as it is. Raises WriteError."""
    if found.decision is None or found.lock is None or found.exit_code not in (errors.OK, errors.DRIFT):
        return found
    changes = [change for change in found.decision.changes if change.path != LOCK_NAME]
    written = apply(repository, changes, found.lock)
    return found._replace(exit_code=errors.OK, written=written)


def _read_spec(repository: Root) -> bytes | Outcome:
    source = repository.read(SPEC_NAME)
    if source is not None:
        return source
    missing = Diagnostic(
        "spec.missing-file",
        f"there is no {SPEC_NAME} in {repository.path}",
        "`gitopsgen init` writes one; `-C DIR` names another folder",
        SPEC_NAME,
    )
    return Outcome(errors.SPEC_INVALID, (missing,))


def _inputs(repository: Root, source: bytes) -> tuple[Input, ...]:
    texts = [(SPEC_NAME, source)]
    for path in inputs.template_paths(repository.path):
        raw = repository.read(path)
        texts += [(path, raw)] if raw is not None else []
    return inputs.inputs(texts)


class _Disk:
    """Answers whether the repository has a file of its own, and remembers which ones were asked for and found."""

    def __init__(self, repository: Root) -> None:
        self._repository = repository
        self._found: set[RepoPath] = set()

    def has(self, path: str) -> bool:
        """Whether there is a regular file; a path that no repository can hold is none."""
        try:
            safe = RepoPath(path)
            found = os.path.isfile(self._repository.locate(safe))
        except UnsafePathError:
            return False
        if found:
            self._found.add(safe)
        return found

    def needed(self) -> tuple[RepoPath, ...]:
        """The files that were found, sorted."""
        return tuple(sorted(self._found))


def _unmatched(catalogue: Catalogue) -> list[Diagnostic]:
    *below, top = catalogue.layers
    return unmatched_overrides(top, tuple(below)) if below else []
