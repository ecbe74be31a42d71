"""Stories over file trees: lay out a folder, run the stages as the compiler does, read the folder back."""

import os
from pathlib import Path

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.files import Ownership, RenderedFile
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.repo.apply import Locks, apply
from gitopsgen.repo.change import Decision
from gitopsgen.repo.decide import decide
from gitopsgen.repo.inputs import inputs, template_paths
from gitopsgen.repo.lock import LOCK_NAME, Lock, parse
from gitopsgen.repo.record import lock_after
from gitopsgen.repo.snapshot import take_snapshot
from gitopsgen.repo.wishes import Wishes

VERSION = "1.2.3"
SPEC = RepoPath("gitopsgen.yaml")
KEPT = ".gitopsgen/kept/"


def rendered(
    path: str, text: str, ownership: Ownership = "managed", mode: int = 0o644, *, comment: str = "#", under: str = ""
) -> RenderedFile:
    return RenderedFile(
        RepoPath(path), text, ownership, mode, "ci/github-actions", "t", "text", comment=comment, under=under
    )


def build(folder: Path, tree: dict[str, str | bytes]) -> None:
    for name, text in tree.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)


def tree(folder: Path, *, lock: bool = False) -> dict[str, bytes]:
    """Return every regular file below `folder`; the spec and the lock only when asked for."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent) / name
            if path.is_file() and not path.is_symlink():
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found if lock else {name: text for name, text in found.items() if name not in (SPEC, LOCK_NAME)}


def read_lock(folder: Path) -> Lock | None:
    raw = Root(str(folder)).read(LOCK_NAME)
    if raw is None:
        return None
    lock = parse(raw)
    assert isinstance(lock, Lock), lock
    return lock


def look(folder: Path, files: list[RenderedFile], take: tuple[str, ...] = (), keep: tuple[str, ...] = ()) -> Decision:
    lock = read_lock(folder)
    locked = [entry.path for entry in (*lock.files, *lock.intents)] if lock else []
    snapshot = take_snapshot(Root(str(folder)), [file.path for file in files], locked)
    assert isinstance(snapshot, dict), snapshot
    return decide(files, lock, snapshot, Wishes(frozenset(map(RepoPath, take)), frozenset(map(RepoPath, keep))))


def generate(
    folder: Path, files: list[RenderedFile], take: tuple[str, ...] = (), keep: tuple[str, ...] = ()
) -> Decision:
    """Run the stages; as in the compiler, a conflict or a diagnostic stops before the first write."""
    decision = look(folder, files, take, keep)
    if not decision.conflicts and not decision.diagnostics:
        apply(Root(str(folder)), decision.changes, locks(folder, decision))
    return decision


def begin(folder: Path, *files: tuple[str, str]) -> None:
    generate(folder, [rendered(path, text) for path, text in files])


def locks(folder: Path, decision: Decision) -> Locks:
    return Locks(read_lock(folder), new_lock(folder, decision))


def new_lock(folder: Path, decision: Decision) -> Lock:
    root = Root(str(folder))
    paths = [path for path in (SPEC, *template_paths(root.path)) if (folder / path).exists()]
    found = inputs((path, root.read(path) or b"") for path in paths)
    return lock_after(decision, VERSION, found, before=read_lock(folder))


def verdicts(decision: Decision) -> dict[str, str]:
    assert not decision.diagnostics, decision.diagnostics
    return {change.path: change.verdict for change in decision.changes}


def codes(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> list[str]:
    return [found.code for found in diagnostics]
