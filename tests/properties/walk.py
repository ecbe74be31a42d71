"""A walk: steps by a seed, one after the other, in one repository. A failure says how to walk there again."""

import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.crash.indoors import Indoors
from tests.crash.zygote import Zygote, zygote

from .invariants import always
from .steps import STEPS, Step
from .world import World

_FIRST_MARK = 7_000_000
# So long a failure is made shorter, in seconds.
_PATIENCE = 60.0


class Walked(NamedTuple):
    """What a walk came to: `failure` is empty when all went well."""

    steps: Counter[str]
    outcomes: Counter[str]
    failure: str = ""
    trail: tuple[str, ...] = ()


def walk(server: Zygote, seed: int, indices: tuple[int, ...]) -> Walked:
    """Take the steps of a seed that have these numbers; each is chosen by its own number alone."""
    with _scratch() as folder:
        world = World(folder, Indoors(server))
        steps: Counter[str] = Counter()
        failure = ""
        for index in indices:
            try:
                steps[_step(world, seed, index)] += 1
            except Exception as error:  # noqa: BLE001 - a failure is told with its way, whatever it is
                failure = f"{type(error).__name__}: {error}"
                break
        return Walked(steps, Counter(world.outcomes), failure, tuple(world.trail))


def _step(world: World, seed: int, index: int) -> str:
    chance = random.Random(f"{seed}/{index}")  # noqa: S311 - the walk is to be walked again
    world.mark = str(_FIRST_MARK + index)
    done, step = None, None
    for _ in range(50):
        step, before = _drawn(chance), len(world.trail)
        world.trail.append(f"{index}: {step.__name__}")
        done = step(world, chance)
        if done is not None:
            break
        del world.trail[before:]
    assert step is not None
    world.trail.append(f"    {done}")
    always(world)
    return step.__name__


def _drawn(chance: random.Random) -> Step:
    return chance.choices(list(STEPS), list(STEPS.values()))[0]


@contextmanager
def _scratch() -> Iterator[Path]:
    """Make a folder in memory where there is one: thousands of runs, each of which waits for the disk, take long."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a folder of our own is made in it
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder).resolve()


def shorter(server: Zygote, seed: int, indices: tuple[int, ...], failure: str) -> tuple[tuple[int, ...], Walked]:
    """Leave out steps as long as the same thing fails."""
    kind, end = _kind(failure), time.monotonic() + _PATIENCE
    best = walk(server, seed, indices)
    size = max(1, len(indices) // 2)
    while size and time.monotonic() < end:
        at = 0
        while at < len(indices) and time.monotonic() < end:
            fewer = indices[:at] + indices[at + size :]
            found = walk(server, seed, fewer)
            if _kind(found.failure) == kind:
                indices, best = fewer, found
            else:
                at += size
        size //= 2
    return indices, best


def _kind(failure: str) -> str:
    return " ".join(failure.split(" ")[:2])


def explain(server: Zygote, seed: int, indices: tuple[int, ...], walked: Walked) -> str:
    """Return a failure with the shortest way there."""
    fewest, found = shorter(server, seed, indices[: sum(walked.steps.values()) + 1], walked.failure)
    replay = f"GITOPSGEN_WALK={seed}:{','.join(map(str, fewest))}"
    return "\n".join([*found.trail, found.failure[:1500], f"again: {replay}"])


def told(walks: list[Walked]) -> str:
    """Return the numbers of some walks."""
    steps = sum((walked.steps for walked in walks), Counter[str]())
    outcomes = sum((walked.outcomes for walked in walks), Counter[str]())
    parts = [", ".join(f"{count} {name}" for name, count in sorted(found.items())) for found in (steps, outcomes)]
    return f"{sum(steps.values())} steps in {len(walks)} walks\n  {parts[0]}\n  {parts[1]}\n"


def walk_many(seeds: list[int], length: int) -> list[Walked]:
    """Walk by each of some seeds, in a process of one's own."""
    with zygote() as server:
        return [walk(server, seed, tuple(range(length))) for seed in seeds]
