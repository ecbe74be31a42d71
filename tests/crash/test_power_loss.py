"""The power fails: what was not flushed to the disk is not there, and the next run mends it.

The model: names (created, renamed, removed) reach the disk in their order, and a flush takes all that came before it
along, as journals do. What is in a file reaches the disk with its own flush; without one, the file is empty or cut in
half. So for every number of operations there are two worst disks.
"""

import os
import random
import shutil
from pathlib import Path

import pytest

from .inject import Operation
from .scenes import THOROUGH
from .stories import LOCK, STORIES, Story, build, differences, lost, tree, unfinished
from .zygote import Zygote

_FLUSHES = ("fsync", "fdatasync")
_CHANGING_NAMES = ("rename", "replace", "unlink", "remove")


class Disk:
    """A folder on which recorded operations are done again, and then the power fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handles: dict[int, int] = {}
        self._flushed: dict[int, int] = {}
        self._sizes: dict[int, int] = {}

    def do(self, operation: Operation) -> None:
        paths = [str(self._folder / path) for path in operation.paths]
        name, handle = operation.name, operation.handle
        if name == "open":
            os.umask(0o022)
            self._handles[handle] = os.open(paths[0], operation.flags, operation.mode)
            self._sizes[handle] = os.fstat(self._handles[handle]).st_size
            self._flushed[handle] = self._sizes[handle]
        elif name == "write":
            self._sizes[handle] += os.write(self._handles[handle], operation.data)
        elif name == "fchmod":
            os.fchmod(self._handles[handle], operation.mode)
        elif name in _FLUSHES:
            if handle in self._sizes:
                self._flushed[handle] = self._sizes[handle]
        elif name in ("mkdir", "chmod"):
            getattr(os, name)(paths[0], operation.mode)
        elif name in ("rename", "replace", "link"):
            getattr(os, name)(*paths)
        elif name in ("unlink", "remove", "rmdir"):
            getattr(os, name)(paths[0])
        else:
            raise NotImplementedError(name)

    def fail(self, share: float) -> None:
        """Cut off what was not flushed: `share` of it is there."""
        for handle, flushed in self._flushed.items():
            unsafe = self._sizes[handle] - flushed
            if unsafe:
                os.ftruncate(self._handles[handle], flushed + int(unsafe * share))
        self.close()

    def close(self) -> None:
        for handle in self._handles.values():
            os.close(handle)
        self._handles.clear()


def replay(story: Story, operations: list[Operation], folder: Path, share: float | None) -> None:
    """Copy the story to `folder`, do the operations, and let the power fail; never with share None."""
    story.copy(folder)
    disk = Disk(folder)
    refused = 0
    for operation in operations:
        try:
            disk.do(operation)
        except OSError:
            # Some operations are tries: a folder that is not empty is not removed, then or now.
            refused += 1
            assert operation.name in ("rmdir", "unlink", "remove", "mkdir"), operation
    if share is None:
        disk.close()
    else:
        disk.fail(share)


@pytest.mark.parametrize("name", STORIES)
def test_power_fails(name: str, gitopsgen: Zygote, scratch: Path) -> None:
    story = build(name, gitopsgen, scratch)
    whole = story.copy(scratch / "whole")
    run = gitopsgen.run(whole, *story.words, trace=True)
    assert run.code == story.code, run.said
    done, trace = tree(whole), list(run.trace)
    replay(story, trace, scratch / "same", None)
    assert differences(tree(scratch / "same"), done) == [], "the recorded operations are not all there is"
    assert story.go_on(gitopsgen, whole).code == 0
    wanted = tree(whole)
    problems: list[str] = []
    for cut in cuts(name, len(trace)):
        for share in (0.0, 0.5):
            problems += after_cut(gitopsgen, story, trace[:cut], share, scratch / "scene", wanted)
    assert not problems, f"{len(problems)} problems:\n" + "\n".join(problems[:20])


def cuts(name: str, count: int) -> list[int]:
    every = list(range(1, count + 1))
    chance = random.Random(name)  # noqa: S311 - not a secret
    return every if THOROUGH else sorted(chance.sample(every, min(6, count)))


def after_cut(
    server: Zygote,
    story: Story,
    trace: list[Operation],
    share: float,
    folder: Path,
    wanted: dict[str, tuple[int, bytes]],
) -> list[str]:
    """Return what is wrong after the power failed, and somebody went on."""
    replay(story, trace, folder, share)
    told = f"  after {len(trace)} operations ({trace[-1].name} {trace[-1].paths[-1]}), {share:.0%} of the rest there"
    problems = [f"{told}: lost {what}" for what in lost(story, folder)]
    run = story.go_on(server, folder)
    if run.code != 0:
        problems.append(f"{told}: exit {run.code}: {run.said[-300:]!r}")
    else:
        wrong = [*differences(tree(folder), wanted), *unfinished(folder), *lost(story, folder)]
        problems += [f"{told}: {'; '.join(wrong[:4])}"] if wrong else []
    shutil.rmtree(folder)
    return problems


@pytest.mark.parametrize("name", ["first", "pull to push", "push to pull", "moved", "take"])
def test_what_is_coming_is_on_the_disk_before_the_first_file_is_touched(
    name: str, gitopsgen: Zygote, scratch: Path
) -> None:
    """Where a file system does not keep renames in order, this is what saves us: text, lock and its folder flushed."""
    story = build(name, gitopsgen, scratch)
    outputs = outputs_of(story, gitopsgen, scratch / "whole")
    trace = gitopsgen.run(story.copy(scratch / "traced"), *story.words, trace=True).trace
    touching = [at for at, operation in enumerate(trace) if is_touch(operation, outputs)]
    locks = [at for at, operation in enumerate(trace) if is_name_of(operation, LOCK)]
    assert touching
    assert len(locks) == 2, "the lock with what is coming, and the lock without"
    assert locks[0] < touching[0]
    assert touching[-1] < locks[1]
    between = [op for op in trace[locks[0] : touching[0]] if op.name in _FLUSHES]
    assert "." in [op.paths[0] for op in between], "the name of the lock is flushed"
    before_lock = [op for op in trace[touching[-1] : locks[1]] if op.name in _FLUSHES]
    assert before_lock, "the names of the files are flushed before the lock says that all is done"
    assert unflushed(list(trace), outputs | {LOCK}) == []


def outputs_of(story: Story, server: Zygote, folder: Path) -> set[str]:
    """Return the files that the run changes, without those of its own."""
    before = tree(story.start)
    assert server.run(story.copy(folder), *story.words).code == 0
    after = tree(folder)
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    files = {path for path in changed if any(path in found and found[path][1] for found in (before, after))}
    return {path for path in files if path != LOCK and not path.startswith(".gitopsgen/kept")}


def is_name_of(operation: Operation, path: str) -> bool:
    return operation.name in _CHANGING_NAMES and path == operation.paths[-1]


def is_touch(operation: Operation, outputs: set[str]) -> bool:
    return operation.name in _CHANGING_NAMES and not outputs.isdisjoint(operation.paths)


def unflushed(trace: list[Operation], names: set[str]) -> list[str]:
    """Return the files that got their names while their texts were not flushed."""
    opened: dict[str, int] = {}
    dirty: set[int] = set()
    wrong = []
    for operation in trace:
        if operation.name == "open":
            opened[operation.paths[0]] = operation.handle
        elif operation.name == "write":
            dirty.add(operation.handle)
        elif operation.name in _FLUSHES:
            dirty.discard(operation.handle)
        elif operation.name in ("rename", "replace", "link") and operation.paths[1] in names:
            wrong += [operation.paths[1]] if opened.get(operation.paths[0]) in dirty else []
    return wrong
