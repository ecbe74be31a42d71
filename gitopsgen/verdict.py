"""From what is compiled to the outcome: what is to be written, what the lock will say, and what stands in the way."""

from typing import NamedTuple

from gitopsgen import __version__
from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic, has_errors, in_order
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.edits import Edits
from gitopsgen.judge import Case, judge, lost_texts
from gitopsgen.leaving import farewells, going, left_dangling
from gitopsgen.outcome import Compiled, Outcome
from gitopsgen.packs.catalogue import Catalogue
from gitopsgen.pins.model import PINS, pins_source
from gitopsgen.project import Project
from gitopsgen.repo import inputs
from gitopsgen.repo.apply import Locks
from gitopsgen.repo.change import Decision
from gitopsgen.repo.exchange import NO_EXCHANGE, Exchange
from gitopsgen.repo.followed import Ground, follow
from gitopsgen.repo.lock import LOCK_NAME, Input, Lock, newer_tool, read_lock
from gitopsgen.repo.record import edit_changes, lock_after, lock_change
from gitopsgen.repo.wishes import Wishes
from gitopsgen.unrecorded import unrecorded


class Inspected(NamedTuple):
    """What is to be judged: `given` are the records of edits as they lie on disk, `exchange` is with another tree."""

    repository: Root
    project: Project
    compiled: Compiled
    lock: Lock | None
    given: tuple[tuple[RepoPath, bytes], ...]
    exchange: Exchange = NO_EXCHANGE


def judged(case: Inspected, wishes: Wishes, catalogue: Catalogue) -> Outcome:
    """Return what `generate` would do, with the lock and the records that it would leave."""
    repository, project, compiled, lock, given, exchange = case
    edits = compiled.edits
    followed = follow(ground(repository, project, compiled, lock)) if lock else None
    decision = _decide(repository, compiled, Case(compiled.files, followed, wishes, exchange=exchange), edits)
    if isinstance(decision, Outcome):
        return decision
    needs = set(compiled.needs) - going(decision)
    found_inputs = read_inputs(repository, project, edits)
    new_lock = lock_after(decision, __version__, found_inputs, needs, followed)._replace(lacks=compiled.lacks)
    raw = repository.read(LOCK_NAME)
    new_lock = _resting(raw, lock, new_lock) if lock else new_lock
    decision = decision._replace(changes=(*decision.changes, lock_change(raw, new_lock)))
    leaving = [*farewells(catalogue, compiled, decision), *unrecorded(compiled, decision, lock, repository)]
    warnings = (*compiled.warnings, *decision.diagnostics, *lost_texts(compiled.files, decision), *leaving)
    records = edit_changes(given, edits.sources)
    code = errors.DRIFT if decision.drift or records else errors.OK
    return Outcome(code, warnings, decision, compiled, Locks(lock, new_lock), records=records)


def _resting(raw: bytes | None, before: Lock, after: Lock) -> Lock:
    """Return the lock without what is newly lacking, where the fast path cannot see that and nothing else changed.

    It looks for files that are needed, and for no folder or pattern: a run that believes the lock writes nothing, so
    what is lacking then is a warning of full runs, and no drift that only they see.
    """
    seen = [path for path in after.lacks if path in before.lacks or path in before.needs]
    resting = after._replace(lacks=tuple(seen))
    return resting if lock_change(raw, resting).verdict == "keep" else after


def _decide(repository: Root, compiled: Compiled, case: Case, edits: Edits) -> Decision | Outcome:
    case, lock = case._replace(ejected=edits.ejected, patched=frozenset(compiled.plain)), case.lock
    decision = judge(repository, case)
    if isinstance(decision, list):
        return Outcome(errors.CONFLICT, tuple(in_order(decision)), compiled=compiled)
    if has_errors(decision.diagnostics):
        return Outcome(errors.CONFLICT, tuple(in_order(decision.diagnostics)), decision, compiled)
    if decision.conflicts:
        from gitopsgen.recorded import without_dead_ends

        plain = {**{file.path: file for file in compiled.files}, **compiled.plain}
        decision = without_dead_ends(repository, decision, plain, edits.patches, lock) if lock else decision
        return Outcome(errors.CONFLICT, compiled.warnings, decision, compiled)
    broken = left_dangling(compiled, decision)
    if broken:
        return Outcome(errors.OUTPUT_INVALID, tuple(in_order(broken)), compiled=compiled)
    return decision


def ground(repository: Root, project: Project, compiled: Compiled, lock: Lock) -> Ground:
    """Return where it is to be found out which files of ours somebody has moved."""
    wanted = {file.path: file for file in compiled.files}
    return Ground(repository, lock, wanted, frozenset(source.path for source in project.specs))


def usable_lock(repository: Root) -> Lock | Diagnostic | None:
    """Return the lock of the repository, or why this gitopsgen must not go by it."""
    lock = read_lock(repository)
    return (newer_tool(lock, __version__) or lock) if isinstance(lock, Lock) else lock


def read_inputs(repository: Root, project: Project, edits: Edits) -> tuple[Input, ...]:
    """Return what the outputs depend on, as the lock remembers it."""
    texts = [*project.texts, *edits.sources]
    pinned = pins_source(repository)
    texts += [(PINS, pinned)] if pinned is not None else []
    for path in inputs.template_paths(repository.path):
        raw = repository.read(path)
        texts += [(path, raw)] if raw is not None else []
    return inputs.inputs(texts)
