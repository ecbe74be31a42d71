"""Years of a repository in random steps: nothing that people or CI wrote is lost, and every run comes to rest.

GITOPSGEN_SEED chooses the walks, GITOPSGEN_WALK=SEED:STEP,STEP,... is one that failed, as the failure says it.
"""

import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.crash.zygote import Zygote, zygote

from .walk import Walked, explain, told, walk, walk_many

_THOROUGH = os.environ.get("GITOPSGEN_THOROUGH") == "1"
_LENGTH = 200
_WALKS, _AT_ONCE = (52, 4) if _THOROUGH else (1, 1)
_PROCESSES = 2
# What a walk without it would not be about.
_MUST_HAPPEN = ("killed", "generate 0", "generate 4", "adopt 0", "eject 0")


@pytest.fixture(scope="module")
def server() -> Iterator[Zygote]:
    with zygote() as started:
        yield started


def test_nothing_is_lost_and_every_run_comes_to_rest(server: Zygote) -> None:
    if "GITOPSGEN_WALK" in os.environ:
        _again(server, os.environ["GITOPSGEN_WALK"])
        return
    first = int(os.environ.get("GITOPSGEN_SEED", "0")) or (time.time_ns() % 1_000_000 if _THOROUGH else 1)
    seeds, started = range(first, first + _WALKS), time.monotonic()
    walks = _walked(list(seeds))
    seconds = time.monotonic() - started
    sys.stderr.write(f"{told(walks)}  {seconds:.0f} s, GITOPSGEN_SEED={first}\n")
    wrong = [(seed, walked) for seed, walked in zip(seeds, walks, strict=True) if walked.failure]
    told_of = "\n".join(f"GITOPSGEN_WALK={seed}: {walked.failure[:200]}" for seed, walked in wrong)
    assert not wrong, f"{told_of}\n{explain(server, wrong[0][0], tuple(range(_LENGTH)), wrong[0][1])}"
    assert all(sum(walked.outcomes[what] for walked in walks) for what in _MUST_HAPPEN), told(walks)


def _walked(seeds: list[int]) -> list[Walked]:
    parts = [seeds[at : at + _AT_ONCE] for at in range(0, len(seeds), _AT_ONCE)]
    # A fork of a process with threads, such as a test runner's, may hang.
    with ProcessPoolExecutor(_PROCESSES, multiprocessing.get_context("spawn")) as pool:
        return [walked for part in pool.map(walk_many, parts, [_LENGTH] * len(parts)) for walked in part]


def _again(server: Zygote, text: str) -> None:
    seed, _, numbers = text.partition(":")
    indices = tuple(map(int, numbers.split(","))) if numbers else tuple(range(_LENGTH))
    walked = walk(server, int(seed), indices)
    assert not walked.failure, "\n".join([*walked.trail, walked.failure])
