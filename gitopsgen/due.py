"""Which steps of the set-up are left to do, by what the repository shows and what git remembers.

A step may say by `done`, a list of sources as in a pack's `detect` section, how one sees in the repository that nothing
is left to do; then it is not told. A source with `root` looks from the root, others in the folder of the app. A step
about an earlier way of delivery names by `formerly` files of that: it is told where git remembers one of them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from gitopsgen.core.git import git_answer
from gitopsgen.detect import finds
from gitopsgen.plan.model import Plan


class Remembered:
    """What git knows of files of the repository at `root`: asked once for many paths, and never for the same again."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._ever: dict[str, bool] = {}
        self._now: dict[str, bool] = {}

    def learn(self, paths: Iterable[str]) -> None:
        """Ask for all of them in one go: each question to git reads the whole history."""
        new = sorted(set(paths).difference(self._ever))
        if not new:
            return
        # A merge shows what is in none of its parents, a file that has moved is one that was and one that is.
        words = ("log", "-c", "-z", "--format=", "--name-only", "--no-renames", "--relative", "--", *new)
        self._ever |= self._asked(new, words)
        known = [path for path in new if self._ever[path]]
        if known:
            self._now |= self._asked(known, ("ls-tree", "-z", "--name-only", "HEAD", "--", *known))

    def _asked(self, paths: Iterable[str], words: Iterable[str]) -> dict[str, bool]:
        answer = git_answer(self.root, *words)
        # A step that is told without need can be left out; one that is not told can stop what runs.
        named = None if answer is None else {name.strip("\n") for name in answer.split("\0")}
        return {path: named is None or path in named for path in paths}

    def ever(self, path: str) -> bool:
        """Whether there is or was such a file; also when git gives no answer."""
        self.learn([path])
        return self._ever[path]

    def now(self, path: str) -> bool:
        """Whether the last commit has it."""
        return self.ever(path) and self._now[path]


def is_due(entry: Mapping[str, Any], plan: Plan, remembered: Remembered) -> bool:
    """Whether a step of a pack is told: `entry` is as the pack has it. Raises re.error for a bad pattern."""
    former = entry.get("formerly", ())
    if not remembered.root:
        return not former
    if former and not any(map(remembered.ever, former)):
        return False
    # When the way of delivery changes just now, what looks done may be so since long ago.
    return any(map(remembered.now, former)) or not _looks_done(entry, plan, remembered.root)


def _looks_done(entry: Mapping[str, Any], plan: Plan, root: str) -> bool:
    known = {f"runtime.{field}": value for field, value in plan.runtime.items()}
    # In the folder of the app, but for what is said to be seen from the root.
    done: dict[str, list[Mapping[str, Any]]] = {"": [], plan.runtime["folder"]: []}
    for source in entry.get("done", ()):
        done["" if source.get("root") else plan.runtime["folder"]].append(source)
    return any(finds(root, folder, sources, known) for folder, sources in done.items())
