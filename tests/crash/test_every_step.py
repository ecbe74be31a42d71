"""Every run, interrupted at every operation of the file system, in every way: what the disk is like, and going on.

GITOPSGEN_THOROUGH=1 goes through all operations; otherwise some of each story are taken. A failure names the operation
and the way: `python -m tests.crash.inject N MODE -- ARGUMENTS` does it again.
"""

import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.trees import SMALLEST

from .conftest import in_memory
from .inject import IMPATIENT, KILLS, LASTING, REFUSALS, SIGNALS, Operation
from .scenes import THOROUGH, Case
from .stories import (
    EDIT,
    LOCK,
    SHARED,
    SPEC,
    STAGING,
    STORIES,
    THIRD,
    WORKSPACE,
    Tree,
    differences,
    lost,
    tree,
    unfinished,
)
from .zygote import Zygote

# Where nothing is judged before the command is complete: the spec is an older one, or a patch fits no more.
_REFUSED_BEFORE = ("refresh", "upgrade")
_CONFLICT, _INTERRUPTED, _TERMINATED, _KILLED = 4, 130, 143, -9


@pytest.fixture(scope="module")
def cases() -> Iterator["_Cases"]:
    """Return the stories that were built already: building one takes as long as interrupting it ten times."""
    with in_memory() as folder:
        yield _Cases(folder)


class _Cases(dict[str, "Case"]):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder


@pytest.fixture(params=STORIES)
def case(request: pytest.FixtureRequest, gitopsgen: Zygote, cases: _Cases) -> Case:
    name = request.param
    if name not in cases:
        folder = cases.folder / name
        folder.mkdir()
        cases[name] = Case(name, gitopsgen, folder)
    cases[name].begin(request.node.name)
    return cases[name]


def is_write(operation: Operation) -> bool:
    return operation.name == "write"


def kills(case: Case, few: int) -> list[tuple[int, str]]:
    """Every state that a kill can leave on the disk: before each operation, in the middle of a write, at the end."""
    before = [(at, KILLS[0]) for at in case.points(few)]
    half = [(at, KILLS[1]) for at in case.points(few // 2, only=is_write)]
    return [*before, *half, (len(case.trace), KILLS[2])]


def test_killed_and_run_again(case: Case) -> None:
    for at, mode in kills(case, 6):
        with case.interrupted(at, mode) as scene:
            scene.expect(scene.run, _KILLED, "killed")
            scene.nothing_lost("by the kill")
            scene.goes_on()
    case.report()


def test_killed_and_looked_at(case: Case) -> None:
    """Looking changes nothing, and shows nobody a conflict where a person did nothing."""
    if case.story.name in _REFUSED_BEFORE:
        return
    if any(path not in SHARED and path in case.done and is_ours(case, path) for path in case.story.theirs):
        return
    for at, mode in kills(case, 1):
        with case.interrupted(at, mode) as scene:
            left = tree(scene.folder)
            if not {SPEC, WORKSPACE} & left.keys():
                continue
            for words in (("check",), ("diff",), ("check", "--full", "--format", "json"), ("status",)):
                run = case.server.run(scene.folder, *words)
                scene.complain(words[0], [f"exit {run.code}: {run.said[-300:]!r}"] if run.code not in (0, 1) else [])
            scene.complain("looking changed", differences(tree(scene.folder), left))
    case.report()


def is_ours(case: Case, path: str) -> bool:
    """Whether the lock knows the path at one end of the story: there a person's text is an edit."""
    locks = [ends.get(LOCK, (0, b""))[1].decode() for ends in (case.before, case.done)]
    return any(line.startswith(("file managed", "file block")) for line in lines_for(locks, path))


def lines_for(locks: Iterable[str], path: str) -> list[str]:
    return [line for lock in locks for line in lock.split("\n") if line.endswith(f" {path}")]


@pytest.mark.parametrize("spec", [SMALLEST, THIRD], ids=["back", "third"])
def test_killed_and_the_spec_is_changed(case: Case, spec: str) -> None:
    """Whatever a killed run wrote, another spec gives what it gives in a repository where no run was killed."""
    # A file that was ejected under one spec is a person's own under another, and giving it back asks that person.
    # An edit that was not recorded yet cannot be told from an update without git; tests/regeneration has it with git.
    # What a hook judges is the spec that is staged; and a workspace has no spec at its root.
    name = case.story.name
    if (
        name.startswith("init")
        or name in ("hook", "by hand", *_REFUSED_BEFORE)
        or (name in ("eject back", "adopt") and spec == THIRD)
    ):
        return
    wanted = after_all(case, spec)
    for at, mode in kills(case, 2):
        with case.interrupted(at, mode) as scene:
            was_complete = tree(scene.folder).get(LOCK) == case.done.get(LOCK)
            (scene.folder / SPEC).write_text(spec)
            if scene.expect(case.story.go_on(case.server, scene.folder), 0, "the same with another spec"):
                # What a complete run put aside goes with the next one.
                scene.complain("lost", [] if was_complete else lost(case.story, scene.folder))
                scene.complain("after another spec", differences(comparable(case, scene.folder), wanted))
                scene.complain("left behind", unfinished(scene.folder))
    case.report()


def comparable(case: Case, folder: Path) -> Tree:
    """Return what does not depend on when a run was killed.

    What was put aside may go a run earlier or later; what moved once, with its line in the lock, goes along or stays.
    """
    passing = (".gitopsgen/kept", "deploy", "k8s/overlays") if "moved" in case.story.name else (".gitopsgen/kept",)
    found = {path: what for path, what in tree(folder).items() if not path.startswith(passing)}
    mode, lock = found[LOCK]
    lines = [line for line in lock.split(b"\n") if not line.startswith(b"file once")]
    return {**found, LOCK: (mode, b"\n".join(lines))}


def after_all(case: Case, spec: str) -> Tree:
    """Return the tree of `spec` in a repository where the story ran undisturbed."""
    folder = case.story.copy(case.folder / "another")
    assert case.server.run(folder, *case.story.words).code == 0
    (folder / SPEC).write_text(spec)
    run = case.story.go_on(case.server, folder)
    assert run.code == 0, run.said
    found = comparable(case, folder)
    shutil.rmtree(folder)
    return found


def test_killed_twice(case: Case) -> None:
    pairs = [(at, later) for at in case.points(4) for later in case.points(4)]
    for at, later in case.random.sample(pairs, min(len(pairs), 300 if THOROUGH else 4)):
        with case.interrupted(at, "kill-before") as scene:
            words = case.story.words if not (scene.folder / SPEC).exists() else going_on(case)
            run = case.server.run(scene.folder, *words, at=later, mode=case.random.choice(KILLS[:2]))
            fine = run.code in (0, case.story.code, _KILLED) or "path.unknown" in run.err
            scene.complain(f"and {later}", [] if fine else [f"exit {run.code}: {run.said[-300:]}"])
            scene.nothing_lost(f"by {later}")
            scene.goes_on()
    case.report()


def going_on(case: Case) -> tuple[str, ...]:
    return ("generate",) if case.story.words[0] == "init" else case.story.words


def test_killed_and_a_person_edits(case: Case) -> None:
    """An edit after a kill is an edit: it is reported, and it is never overwritten."""
    if case.story.name in _REFUSED_BEFORE:
        return
    for at, mode in kills(case, 3):
        with case.interrupted(at, mode) as scene:
            now = tree(scene.folder)
            ejected = now.get(".gitopsgen/ejected", (0, b""))[1].decode().split("\n")
            not_ours = {*case.story.theirs, *ejected}
            there = [path for path in now if is_ours(case, path) and path not in not_ours]
            if not there or not (scene.folder / SPEC).exists():
                continue
            path = case.random.choice(sorted(there))
            text = edited((scene.folder / path).read_bytes())
            (scene.folder / path).write_bytes(text)
            run = case.server.run(scene.folder, "generate")
            scene.expect(run, _CONFLICT, f"generate over the edited {path}")
            scene.complain(f"{path} is not named", [run.said[-300:]] if path not in run.said else [])
            same = (scene.folder / path).exists() and (scene.folder / path).read_bytes() == text
            scene.complain("the edit is gone", [] if same else [path])
    case.report()


def edited(text: bytes) -> bytes:
    """Return a text with a line of a person's own: in our block where there is one, else at the end."""
    lines = text.split(b"\n")
    blocks = [number for number, line in enumerate(lines, 1) if b">>> gitopsgen" in line]
    return (
        b"\n".join([*lines[: blocks[0]], EDIT.encode().strip(), *lines[blocks[0] :]])
        if blocks
        else text + EDIT.encode()
    )


def test_refused_by_the_system(case: Case) -> None:
    """Exit code 4, a message that names a file, and the tree of before."""
    ways = [(at, mode) for at in case.points(5) for mode in (REFUSALS if THOROUGH else [case.random.choice(REFUSALS)])]
    for at, mode in ways:
        with case.interrupted(at, mode) as scene:
            if scene.run.code == case.story.code:
                # Something that is not needed was refused, such as dropping what is only left behind.
                scene.complain("done, but", differences(files_of(tree(scene.folder)), files_of(case.done)))
                # The folder itself that was not removed stays, empty: git knows no such thing.
                if case.trace[at - 1].name != "rmdir":
                    scene.goes_on()
                continue
            if scene.expect(scene.run, _CONFLICT, "refused"):
                scene.comes_to(case.before, "refused")
                names = [path for path in {*case.before, *case.done, STAGING} if path in scene.run.err]
                scene.complain("names no file", [] if names else [scene.run.err])
    case.report()


def files_of(found: Tree) -> Tree:
    """Return the files alone, without what is only left behind."""
    passing = (STAGING, ".gitopsgen/kept")
    return {path: what for path, what in found.items() if stat.S_ISREG(what[0]) and not path.startswith(passing)}


def test_refused_for_good(case: Case) -> None:
    """Not even undoing works: nothing is lost, and the next run goes on."""
    for at in case.points(3):
        for mode in LASTING if THOROUGH else [case.random.choice(LASTING)]:
            with case.interrupted(at, mode) as scene:
                if scene.run.code == case.story.code:
                    continue
                scene.expect(scene.run, _CONFLICT, "refused")
                if mode == "ENOSPC-on":
                    scene.comes_to(case.before, "disk full")
                scene.nothing_lost("by the refusal")
                scene.goes_on()
    case.report()


def test_interrupted_by_a_person_or_the_system(case: Case) -> None:
    """Ctrl-C and SIGTERM: as before, or complete."""
    for at in case.points(3):
        for mode in SIGNALS if THOROUGH else case.random.sample(SIGNALS, 2):
            with case.interrupted(at, mode) as scene:
                code = _INTERRUPTED if mode.startswith("SIGINT") else _TERMINATED
                if scene.run.code != case.story.code:
                    scene.expect(scene.run, code, "interrupted")
                before, done = (differences(tree(scene.folder), wanted) for wanted in (case.before, case.done))
                scene.complain("neither as before nor complete", before if done else [])
                scene.complain("left behind", unfinished(scene.folder))
    case.report()


def test_interrupted_by_an_impatient_person(case: Case) -> None:
    """A second Ctrl-C while the first is being undone: nothing is lost, and the next run goes on."""
    for at in case.points(3):
        with case.interrupted(at, case.random.choice(IMPATIENT)) as scene:
            scene.complain("traceback", [scene.run.err] if "Traceback" in scene.run.err else [])
            scene.nothing_lost("by the signals")
            scene.goes_on()
    case.report()
