"""A story at the moment when it was interrupted, and what may be asked of it."""

import os
import random
import shutil
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Self

from .inject import Operation
from .stories import Story, Tree, build, differences, lost, tree, unfinished
from .zygote import Run, Zygote

THOROUGH = os.environ.get("GITOPSGEN_THOROUGH") == "1"


class Case:
    """A story with what it comes to when nothing happens."""

    def __init__(self, name: str, server: Zygote, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.story: Story = build(name, server, folder)
        whole = self.story.copy(folder / "whole")
        done = server.run(whole, *self.story.words, trace=True)
        assert done.code == self.story.code, done.said
        self.trace = done.trace
        self.before, self.done = tree(self.story.start), tree(whole)
        again = self.story.go_on(server, whole)
        assert again.code == 0, again.said
        self.settled = tree(whole)
        self.begin(name)

    def begin(self, test: str) -> None:
        """Forget what an earlier test found; each test takes its own operations, the same every time."""
        self.random = random.Random(test)  # noqa: S311 - not a secret
        self.problems: list[str] = []

    def points(self, few: int, *, only: Callable[[Operation], bool] = lambda _: True) -> list[int]:
        """Return numbers of operations: all of them, or a few, of every part of the run one."""
        numbers = [number for number, operation in enumerate(self.trace, 1) if only(operation)]
        if THOROUGH or max(few, 1) >= len(numbers):
            return numbers
        few = max(few, 1)
        edges = [len(numbers) * part // few for part in range(few + 1)]
        return [self.random.choice(numbers[low:high]) for low, high in pairwise(edges)]

    def interrupted(self, at: int, mode: str) -> "Scene":
        """Return a new repository, and what became of the run in it."""
        folder = self.story.copy(self.folder / "scene")
        return Scene(self, folder, self.server.run(folder, *self.story.words, at=at, mode=mode), f"{at} {mode}")

    def report(self) -> None:
        words = " ".join(self.story.words)
        assert not self.problems, f"{len(self.problems)} problems, `-- {words}` at:\n" + "\n".join(self.problems[:25])


class Scene:
    """A repository after an interrupted run."""

    def __init__(self, case: Case, folder: Path, run: Run, told: str) -> None:
        self.case, self.folder, self.run, self._told = case, folder, run, told

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder)

    def complain(self, what: str, about: Iterable[str]) -> None:
        found = list(about)
        if found:
            self.case.problems.append(f"  {self._told}: {what}: {'; '.join(found[:4])}")

    def expect(self, run: Run, code: int, what: str) -> bool:
        said = "Traceback" in run.said or run.code != code
        self.complain(what, [f"exit {run.code}, not {code}: {run.said[-300:]!r}"] if said else [])
        return not said

    def nothing_lost(self, when: str) -> None:
        self.complain(f"lost {when}", lost(self.case.story, self.folder))

    def comes_to(self, wanted: Tree, when: str) -> None:
        self.complain(when, differences(tree(self.folder), wanted))
        self.complain(f"{when}, left behind", unfinished(self.folder))

    def goes_on(self) -> None:
        """The same again: no conflict, and the tree of a run that nobody interrupted."""
        if self.expect(self.case.story.go_on(self.case.server, self.folder), 0, "going on"):
            self.nothing_lost("after going on")
            self.comes_to(self.case.settled, "after going on")
