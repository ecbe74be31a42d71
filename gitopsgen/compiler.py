"""START HERE: the stages of the compiler, in order.

    load -> validate -> resolve -> render -> verify -> (snapshot, decide) -> apply

`check`, `diff` and `generate` differ only in where they stop. Nothing here prints, and only `apply` writes.
"""

import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

from gitopsgen import __version__
from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic, has_errors, in_order
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.core.yamldoc import parse
from gitopsgen.edits import (
    NO_EDITS,
    Edited,
    Edits,
    edit,
    of_ejected,
    of_patch,
    of_whom,
    on_disk,
    read_edits,
    unknown_ejected,
)
from gitopsgen.judge import Case, folder_missing, judge, lost_texts
from gitopsgen.outcome import Compiled, Outcome
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue, Pack, PackError, repository_layer
from gitopsgen.packs.overrides import unmatched_overrides
from gitopsgen.packs.schema import spec_schema_text
from gitopsgen.packs.validate import validate
from gitopsgen.pins.model import PINS, pins_source, read_pins
from gitopsgen.pins.used import Bases, unpinned
from gitopsgen.plan.model import Plan
from gitopsgen.plan.resolve import resolve
from gitopsgen.render.renderer import Renderer, TemplateError
from gitopsgen.repo import inputs
from gitopsgen.repo.apply import Locks, apply
from gitopsgen.repo.change import Decision
from gitopsgen.repo.decide import NO_WISHES, Wishes
from gitopsgen.repo.disk import Disk
from gitopsgen.repo.lock import LOCK_NAME, Input, Lock, newer_tool, read_lock
from gitopsgen.repo.record import edit_changes, lock_after, lock_change
from gitopsgen.repo.turn import turn
from gitopsgen.verify.outputs import Output, read_back
from gitopsgen.verify.references import dangling

SPEC_NAME = RepoPath("gitopsgen.yaml")
_BEFORE_DELIVERY = "do it before the next delivery"
SCHEMA_NAME = RepoPath(".gitopsgen/schema.json")


class _Written(NamedTuple):
    """What verify looks at."""

    plan: Plan
    packs: Mapping[str, Pack]
    outputs: list[Output]
    edited: Edited


class Compiler:
    """Compiles repositories that share their packs; templates and schemas are loaded once for all of them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.renderer = Renderer(catalogue)
        self._schema: RenderedFile | None = None

    def compile(
        self, source: bytes, repository: Root, edits: Edits = NO_EDITS, home: Root | None = None
    ) -> Compiled | Outcome:
        """Run load to verify. Returns an Outcome only when something stops the run.

        `home` is where the spec lies when `repository` is the one of its manifests alone.
        """
        try:
            return self._compile(source, repository, edits, home)
        except PackError as error:
            return Outcome(errors.SPEC_INVALID, tuple(in_order(error.diagnostics)))
        except TemplateError as error:
            return Outcome(errors.OUTPUT_INVALID, (error.diagnostic,))

    def _compile(self, source: bytes, repository: Root, edits: Edits, home: Root | None) -> Compiled | Outcome:
        unmatched = _unmatched(self.catalogue)
        doc = parse(SPEC_NAME, source)
        if isinstance(doc, Diagnostic):
            return Outcome(errors.SPEC_INVALID, (doc,))
        spec, problems = validate(doc, self.catalogue)
        if spec is None or unmatched:
            return Outcome(errors.SPEC_INVALID, tuple(in_order([*unmatched, *problems])))
        pins = read_pins(home or repository)
        if isinstance(pins, list):
            return Outcome(errors.SPEC_INVALID, tuple(pins))
        plan, bases = resolve(spec, self.catalogue, pins)._replace(tree="config" if home else "app"), Bases(pins)
        rendered = self.renderer.render(plan, spec.packs, edits.ejected, bases)
        rendered += [] if home else [self._schema_file()]
        edited = edit(rendered, edits)
        if isinstance(edited, list):
            # A template that writes no YAML is not the patch's fault.
            broken = read_back(rendered, self.catalogue.is_own)[1]
            return Outcome(errors.OUTPUT_INVALID if broken else errors.CONFLICT, tuple(in_order(broken or edited)))
        outputs, wrong = read_back(edited.files, self.catalogue.is_own)
        disk = Disk(repository)
        wrong = [*of_whom(wrong, edited), *self._dangling(_Written(plan, spec.packs, outputs, edited), disk)]
        if has_errors(wrong):
            return Outcome(errors.OUTPUT_INVALID, tuple(in_order(wrong)))
        unknown = unknown_ejected(edits, [file.path for file in rendered])
        warnings = tuple(in_order([*problems, *wrong, *unknown, *unpinned(bases)]))
        compiled = Compiled(plan, spec.packs, edited.files, tuple(outputs), warnings, disk.needed())
        return compiled._replace(plain=edited.plain, ejected=edited.ejected, pins=pins, bases=bases.asked)

    def _dangling(self, written: "_Written", disk: Disk) -> list[Diagnostic]:
        """Search what was written for names that lead nowhere; in the user's files in its midst, by what they say.

        What would be right beside our own text of these files is theirs to mend, and no error of what we write.
        """
        plan, packs, outputs, edited = written
        theirs = [text for file in edited.ejected.values() if (text := on_disk(file, disk.repository))]
        found = dangling([*outputs, *read_back(theirs)[0]], plan, packs, disk.has)
        if not has_errors(found):
            return of_whom(found, edited)
        instead = read_back([edited.ejected[file.path] for file in theirs])[0]
        ours = set(dangling([*outputs, *instead], plan, packs, disk.has))
        told = of_whom([one if one in ours else of_ejected(one) for one in found], edited)
        for path, plain in edited.plain.items():
            others = [output for output in outputs if output.file.path != path]
            without = {one[:2] for one in dangling([*others, *read_back([plain])[0], *instead], plan, packs, disk.has)}
            told = [one if one[:2] in without else of_patch(one, path) for one in told]
        return told

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


def inspect(root: str, wishes: Wishes = NO_WISHES) -> Outcome:
    """Find out what `generate` would do in the repository at `root`, and do nothing: `check` and `diff` stop here."""
    repository = Root(root)
    source = read_spec(repository)
    return source if isinstance(source, Outcome) else inspect_source(repository, source, wishes)


def inspect_source(
    repository: Root,
    source: bytes,
    wishes: Wishes = NO_WISHES,
    edits: Edits | None = None,
    home: Root | None = None,
) -> Outcome:
    """Do what `inspect` does for a spec, and for `edits`, that need not be on disk yet; `home` as for compile."""
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
    found_inputs = read_inputs(repository, source, found_edits)
    lock = usable_lock(repository)
    if isinstance(lock, Diagnostic):
        return Outcome(errors.LOCK_UNREADABLE, (lock,))
    compiled = compiler.compile(source, repository, found_edits, home)
    if isinstance(compiled, Outcome):
        return compiled
    decision = _decide(repository, compiled, lock, wishes, found_edits)
    if isinstance(decision, Outcome):
        return decision
    needs = set(compiled.needs) - _going(decision)
    new_lock = lock_after(decision, __version__, found_inputs, needs, lock)
    decision = decision._replace(changes=(*decision.changes, lock_change(repository.read(LOCK_NAME), new_lock)))
    farewells = _farewells(compiler.catalogue, compiled, decision)
    warnings = (*compiled.warnings, *decision.diagnostics, *lost_texts(compiled.files, decision), *farewells)
    locks = Locks(lock, new_lock)
    records = edit_changes(given, found_edits.sources)
    drift = bool(decision.drift or records)
    return Outcome(errors.DRIFT if drift else errors.OK, warnings, decision, compiled, locks, records=records)


def usable_lock(repository: Root) -> Lock | Diagnostic | None:
    """Return the lock of the repository, or why this gitopsgen must not go by it."""
    lock = read_lock(repository)
    return (newer_tool(lock, __version__) or lock) if isinstance(lock, Lock) else lock


def _decide(
    repository: Root, compiled: Compiled, lock: Lock | None, wishes: Wishes, edits: Edits
) -> Decision | Outcome:
    decision = judge(repository, Case(compiled.files, lock, wishes, edits.ejected, frozenset(compiled.plain)))
    if isinstance(decision, list):
        return Outcome(errors.CONFLICT, tuple(in_order(decision)), compiled=compiled)
    if has_errors(decision.diagnostics):
        return Outcome(errors.CONFLICT, tuple(in_order(decision.diagnostics)), decision, compiled)
    if decision.conflicts:
        return Outcome(errors.CONFLICT, compiled.warnings, decision, compiled)
    broken = _left_dangling(compiled, decision)
    if broken:
        return Outcome(errors.OUTPUT_INVALID, tuple(in_order(broken)), compiled=compiled)
    folder = str(compiled.plan.runtime.get("folder", "")) if compiled.plan.tree == "app" else ""
    if _going(decision) and (lost := folder_missing(repository, folder)):
        return Outcome(errors.SPEC_INVALID, (lost._replace(path=SPEC_NAME),), compiled=compiled)
    return decision


def _left_dangling(compiled: Compiled, decision: Decision) -> list[Diagnostic]:
    """Return what refers to a file that is written once and was deleted since, or that goes now, and how to have it."""
    gone = [change.path for change in decision.changes if change.verdict == "gone"]
    going = sorted(_going(decision).intersection(compiled.needs))
    if not gone and not going:
        return []
    outputs = [output for output in compiled.outputs if output.file.path not in gone]
    here = set(compiled.needs).difference(going)
    # What an ejected file says is not among the outputs: only what comes of this run counts.
    before = dangling(list(compiled.outputs), compiled.plan, compiled.packs, lambda path: path in compiled.needs)
    found = dangling(outputs, compiled.plan, compiled.packs, lambda path: path in here)
    again = f"`gitopsgen generate {' '.join(f'--take {path}' for path in gone)}` writes again what was deleted"
    stay = f"`gitopsgen eject {' '.join(going)}` keeps what goes now"
    cure = "; ".join([*([again] if gone else []), *([stay] if going else [])])
    return [problem._replace(cure=cure) for problem in found if problem.severity == "error" and problem not in before]


def _going(decision: Decision) -> set[RepoPath]:
    return {change.path for change in decision.changes if change.is_write and change.after is None}


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


def generate(
    root: str, wishes: Wishes = NO_WISHES, waiting: Callable[[str], None] = lambda _: None, *, durable: bool = True
) -> Outcome:
    """Bring the repository to what its spec says: every file is written, or none. Raises WriteError.

    `waiting` is called when another gitopsgen is at work there; `durable` as in apply.
    """
    repository = Root(root)
    with turn(repository.path, waiting):
        source = read_spec(repository)
        if isinstance(source, Outcome):
            return source
        return write(repository, inspect_source(repository, source, wishes), durable=durable)


def write(repository: Root, found: Outcome, *, durable: bool = True) -> Outcome:
    """Apply what an inspection found; one that found mistakes or conflicts is returned as it is. Raises WriteError."""
    if found.decision is None or found.locks is None or found.exit_code not in (errors.OK, errors.DRIFT):
        return found
    changes = [change for change in found.decision.changes if change.path != LOCK_NAME]
    written = apply(repository, changes, found.locks, found.records, durable=durable)
    return found._replace(exit_code=errors.OK, written=written)


def read_spec(repository: Root) -> bytes | Outcome:
    """Return the bytes of the spec, or the outcome of a run without one."""
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


def read_inputs(repository: Root, source: bytes, edits: Edits) -> tuple[Input, ...]:
    """Return what the outputs depend on, as the lock remembers it."""
    texts = [(SPEC_NAME, source), *edits.sources]
    pinned = pins_source(repository)
    texts += [(PINS, pinned)] if pinned is not None else []
    for path in inputs.template_paths(repository.path):
        raw = repository.read(path)
        texts += [(path, raw)] if raw is not None else []
    return inputs.inputs(texts)


def _unmatched(catalogue: Catalogue) -> list[Diagnostic]:
    *below, top = catalogue.layers
    return unmatched_overrides(top, tuple(below)) if below else []
