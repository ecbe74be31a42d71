"""Who has which file: edits that are recorded (adopt), files that change hands (eject), and the way back."""

import os
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from gitopsgen import __version__
from gitopsgen.compiler import compiler_for, inspect_source, read_spec, write
from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic, in_order
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.edits import EJECTED, Edits, read_edits, read_patch
from gitopsgen.outcome import Compiled, Outcome
from gitopsgen.patch.engine import apply_what_fits, record
from gitopsgen.project import Project
from gitopsgen.recorded import Recorded, edit_of, is_like
from gitopsgen.repo.along import edits_along
from gitopsgen.repo.apply import Locks, apply
from gitopsgen.repo.change import Change, Decision
from gitopsgen.repo.followed import follow
from gitopsgen.repo.inputs import inputs
from gitopsgen.repo.kept import KEPT
from gitopsgen.repo.known import known_paths
from gitopsgen.repo.lock import Entry, Lock
from gitopsgen.repo.record import edit_changes, entry_of
from gitopsgen.repo.turn import turn
from gitopsgen.repo.ways import unknown
from gitopsgen.repo.wishes import Wishes
from gitopsgen.verdict import ground, usable_lock

Waiting = Callable[[str], None]


class _Scene(NamedTuple):
    """The repository as it is: its spec, what was decided about its files, its lock.

    `edits` are where they belong now, `given` as they lie on disk; `followed` is the lock with moved files in mind.
    """

    repository: Root
    project: Project
    edits: Edits
    lock: Lock | None
    given: Edits
    followed: Lock | None


def adopt(root: str, paths: frozenset[RepoPath], waiting: Waiting) -> Outcome:
    """Record what was edited in `paths` by hand; without any, in every file that was edited. Raises WriteError.

    Only the record and the lock are written; a record that every later run could not apply is refused.
    """
    repository = Root(root)
    with turn(repository.path, waiting):
        scene = _look(repository)
        if isinstance(scene, Outcome):
            return scene
        wanted = paths or _edited(scene)
        if isinstance(wanted, Outcome):
            return wanted
        without = scene.edits.without(wanted)
        compiled = compiler_for(repository.path).compile(scene.project, repository, without)
        if isinstance(compiled, Outcome):
            return compiled
        return _record(scene, compiled, without, wanted)


def _edited(scene: _Scene) -> frozenset[RepoPath] | Outcome:
    found = inspect_source(scene.repository, scene.project, edits=scene.edits)
    changes = found.decision.conflicts if found.decision else ()
    edited = frozenset(change.path for change in changes if change.verdict == "edited")
    return edited or found


def _record(scene: _Scene, compiled: Compiled, without: Edits, paths: frozenset[RepoPath]) -> Outcome:
    plain = {file.path: file for file in (*compiled.files, *compiled.ejected.values())}
    known = known_paths(scene.followed, {})
    recorded: list[Recorded] = []
    problems: list[Diagnostic] = []
    for path in sorted(paths):
        if path not in plain:
            problems.append(unknown(path))
            continue
        found = edit_of(scene.repository, plain[path], scene.edits.patches.get(path), known.get(path))
        (problems if isinstance(found, Diagnostic) else recorded).append(found)  # type: ignore[arg-type]
    if problems:
        return Outcome(errors.CONFLICT, tuple(in_order(problems)), compiled=compiled)
    edits = _with_patches(without, {record.source: record.patch for record in recorded if record.source})
    if isinstance(edits, Diagnostic):
        return Outcome(errors.OUTPUT_INVALID, (edits,))
    checked = compiler_for(scene.repository.path).compile(scene.project, scene.repository, edits)
    if isinstance(checked, Outcome):
        return checked
    entries = {record.entry.path: record.entry for record in recorded}
    return _write(scene, edits, entries, paths)


def eject(root: str, paths: frozenset[RepoPath], waiting: Waiting) -> Outcome:
    """Give `paths` to the user for good: they are neither written nor judged from now on. Raises WriteError.

    What CI recorded in one of them that is generated somewhere else now is there, too.
    """
    repository = Root(root)
    with turn(repository.path, waiting):
        scene = _look(repository)
        if isinstance(scene, Outcome):
            return scene
        compiler = compiler_for(repository.path)
        compiled = compiler.compile(scene.project, repository, scene.edits.without(paths))
        if isinstance(compiled, Outcome):
            return compiled
        generated = {file.path for file in compiled.files} | compiled.ejected.keys()
        strangers = paths - generated - known_paths(scene.followed, {}).keys()
        if strangers:
            return Outcome(errors.CONFLICT, tuple(map(unknown, sorted(strangers))))
        edits = scene.edits.without(paths).with_ejected(paths & generated)
        return _generate_or_write(scene, edits, paths, Wishes(have=paths - generated))


def _generate_or_write(scene: _Scene, edits: Edits, paths: frozenset[RepoPath], wishes: Wishes) -> Outcome:
    """Bring everything up to date, or where something else is undecided write only what was asked for."""
    found = inspect_source(scene.repository, scene.project, wishes, edits)
    if found.exit_code != errors.CONFLICT or found.decision is None:
        return write(scene.repository, _recorded(scene, found))
    # The lock forgets `paths` now, and with that the text which goes along from one of them.
    along = tuple(change for change in found.decision.changes if change.came_from in paths)
    if any(change.is_conflict for change in along):
        return found
    return _write(scene, edits, {change.path: entry_of(change) for change in along}, paths, along)


def _recorded(scene: _Scene, found: Outcome) -> Outcome:
    """Return an outcome with all that changes in the records, from what lies on disk."""
    edits = found.compiled.edits if found.compiled else scene.edits
    return found._replace(records=edit_changes(scene.given.sources, edits.sources))


class _Way(NamedTuple):
    """A way back to generated files: whose it is, among which, what is left of the edits then, and who wins."""

    what: str
    among: Callable[[Edits], Collection[RepoPath]]
    edits_after: Callable[[_Scene], Edits | Outcome]
    ours_wins: bool


def take_back(root: str, paths: frozenset[RepoPath], waiting: Waiting) -> Outcome:
    """Have ejected `paths` generated again, and everything else; a conflict stops it. Raises WriteError."""
    way = _Way("ejected", lambda edits: edits.ejected, lambda scene: scene.edits.without(paths), ours_wins=False)
    return _again(root, paths, waiting, way)


def drop(root: str, paths: frozenset[RepoPath], waiting: Waiting) -> Outcome:
    """Drop the recorded edits of `paths` and generate; the record and the edited text are kept. Raises WriteError."""
    way = _Way("patched", lambda edits: edits.patches, lambda scene: scene.edits.without(paths), ours_wins=True)
    return _again(root, paths, waiting, way)


def refresh(root: str, paths: frozenset[RepoPath], waiting: Waiting) -> Outcome:
    """Keep of the recorded edits of `paths` what still fits, and generate. Raises WriteError.

    The rest are warnings, for a person to make again; the old record is kept.
    """
    lost: list[Diagnostic] = []
    way = _Way("patched", lambda edits: edits.patches, lambda scene: _fitting(scene, paths, lost), ours_wins=True)
    done = _again(root, paths, waiting, way)
    return done._replace(diagnostics=(*done.diagnostics, *lost)) if done.exit_code == errors.OK else done


def _fitting(scene: _Scene, paths: frozenset[RepoPath], lost: list[Diagnostic]) -> Edits | Outcome:
    """Return the edits with what still fits of those of `paths`; note in `lost` what does not."""
    without = scene.edits.without(paths)
    compiled = compiler_for(scene.repository.path).compile(scene.project, scene.repository, without)
    if isinstance(compiled, Outcome):
        return compiled
    texts: dict[RepoPath, bytes] = {}
    for file in compiled.files:
        if file.path in paths:
            text, failed = apply_what_fits(scene.edits.patches[file.path], file.text)
            lost += (_lost(file.path, one) for one in failed)
            if text != file.text:
                source, patch = record(file.path, file.text, text, file.language)
                texts[source] = patch.encode()
    found = _with_patches(without, texts)
    return Outcome(errors.OUTPUT_INVALID, (found,)) if isinstance(found, Diagnostic) else found


def _lost(path: RepoPath, problem: Diagnostic) -> Diagnostic:
    cure = f"make it again by hand in {path}, then `gitopsgen adopt {path}`; the old patch is in {KEPT}/"
    return Diagnostic("patch.dropped", problem.message, cure, problem.path, severity="warning")


def _again(root: str, paths: frozenset[RepoPath], waiting: Waiting, way: _Way) -> Outcome:
    repository = Root(root)
    with turn(repository.path, waiting):
        scene = _look(repository)
        if isinstance(scene, Outcome):
            return scene
        strangers = sorted(paths - frozenset(way.among(scene.edits)))
        if strangers:
            return Outcome(errors.CONFLICT, tuple(_is_not(path, way.what) for path in strangers))
        edits = way.edits_after(scene)
        if isinstance(edits, Outcome):
            return edits
        take = paths & known_paths(scene.followed, {}).keys() if way.ours_wins else frozenset()
        found = inspect_source(repository, scene.project, Wishes(take), edits)
        return write(repository, _recorded(scene, found))


def take_over(repository: Root, project: Project, found: Outcome) -> Outcome:
    """Turn the conflicts of a first run into decisions that change nothing of theirs.

    A file that is much like ours gets a patch that makes it what it is; any other is ejected. Where what they say does
    not fit to what we write, all are ejected.
    """
    before = read_edits(repository)
    if isinstance(before, list) or found.decision is None or found.compiled is None:
        return found
    plain = {file.path: file for file in found.compiled.files}
    theirs = frozenset(change.path for change in found.decision.conflicts)
    patches = {}
    for path in sorted(theirs):
        record = edit_of(repository, plain[path], None, None)
        if isinstance(record, Recorded) and record.source and is_like(plain[path].text, repository.read(path)):
            patches[record.source] = (path, record.patch)
    patched = frozenset(path for path, _ in patches.values())
    edits = _with_patches(before, {source: text for source, (_, text) in patches.items()})
    if isinstance(edits, Edits):
        edits = edits.with_ejected(theirs - patched)
        again = inspect_source(repository, project, edits=edits)
        if again.exit_code in (errors.OK, errors.DRIFT):
            return again._replace(records=edit_changes(before.sources, edits.sources))
    edits = before.with_ejected(theirs)
    again = inspect_source(repository, project, edits=edits)
    return again._replace(records=edit_changes(before.sources, edits.sources))


def _is_not(path: RepoPath, what: str) -> Diagnostic:
    return Diagnostic("path.unknown", f"{path} is not {what}", "`gitopsgen status` shows which files are", path)


def _look(repository: Root) -> _Scene | Outcome:
    project = read_spec(repository)
    if isinstance(project, Outcome):
        return project
    edits = read_edits(repository)
    if isinstance(edits, list):
        return Outcome(errors.SPEC_INVALID, tuple(edits))
    lock = usable_lock(repository)
    if isinstance(lock, Diagnostic):
        return Outcome(errors.LOCK_UNREADABLE, (lock,))
    if lock is None or all(os.path.lexists(os.path.join(repository.path, entry.path)) for entry in lock.files):
        return _Scene(repository, project, edits, lock, edits, lock)
    return _followed(repository, project, edits, lock)


def _followed(repository: Root, project: Project, edits: Edits, lock: Lock) -> _Scene:
    """Return the scene with what was moved at its new place. What cannot be compiled is told when it has to be."""
    compiled = compiler_for(repository.path).compile(project, repository)
    if isinstance(compiled, Outcome):
        return _Scene(repository, project, edits, lock, edits, lock)
    place = ground(repository, project, compiled, lock)
    along = edits_along(repository, edits, compiled.files, place.specs)
    # What stays behind is told by the run that it stops: giving it back is one of the ways out.
    here = edits if isinstance(along, list) else along
    return _Scene(repository, project, here, lock, edits, follow(place))


def _with_patches(edits: Edits, texts: Mapping[RepoPath, bytes]) -> Edits | Diagnostic:
    patches = dict(edits.patches)
    for source, text in texts.items():
        patch = read_patch(source, text)
        if isinstance(patch, Diagnostic):
            return patch
        patches[patch.target] = patch
    return edits._replace(patches=patches, patch_texts={**edits.patch_texts, **texts})


def _write(
    scene: _Scene,
    edits: Edits,
    entries: Mapping[RepoPath, Entry],
    paths: frozenset[RepoPath],
    along: tuple[Change, ...] = (),
) -> Outcome:
    """Write the record and its lines of the lock, and `along`; the other files are not judged here."""
    changes = edit_changes(scene.given.sources, edits.sources)
    was = scene.lock or Lock(__version__)
    # Of the list of ejected files others are made, too (.gitattributes): the lock goes on with the list that they were
    # made of, so that nobody takes them for up to date before the next run.
    texts = {change.path: change.after for change in changes if change.path != EJECTED}
    kept_inputs = [found for found in was.inputs if found.path not in texts]
    new_inputs = inputs((path, text) for path, text in texts.items() if text is not None)
    files = {**{entry.path: entry for entry in was.files if entry.path not in paths}, **entries}
    lock = was._replace(
        inputs=tuple(sorted([*kept_inputs, *new_inputs])),
        files=tuple(sorted(files.values())),
        intents=tuple(entry for entry in was.intents if entry.path not in paths),
    )
    written = apply(scene.repository, along, Locks(scene.lock, lock), changes)
    return Outcome(errors.OK, decision=Decision(along), records=changes, written=written)
