"""SIGKILL at random moments of a run over many apps, again and again: people lose nothing, and nobody has to decide."""

import os
import sys
import time
from pathlib import Path

from .fleet import Fleet
from .scenes import THOROUGH
from .zygote import Zygote

_KILLS, _APPS = (500, 200) if THOROUGH else (15, 40)
_COMPLETE_EVERY = 5


def test_random_kills(gitopsgen: Zygote, scratch: Path) -> None:
    seed = int(os.environ.get("GITOPSGEN_SEED", "0")) or time.time_ns() % 1_000_000
    fleet = Fleet(scratch, gitopsgen, _APPS, seed)
    started = time.monotonic()
    fleet.lay_out()
    for number in range(1, 4 * _KILLS):
        fleet.change_specs()
        fleet.kill()
        fleet.look_after_edits()
        if number % 2:
            fleet.write_by_hand()
        if number % _COMPLETE_EVERY == 0:
            fleet.complete()
            if fleet.numbers.kills >= _KILLS and _often_enough(fleet):
                break
    numbers = fleet.numbers
    told = f"{numbers.text()} (GITOPSGEN_SEED={seed}, {time.monotonic() - started:.0f} s)"
    sys.stderr.write(told + "\n")
    wrong = [*numbers.lost, *numbers.wrong_verdicts, *numbers.wrong_trees]
    assert not wrong, "\n".join([told, *wrong[:20]])
    assert numbers.kills >= _KILLS
    assert _often_enough(fleet), f"too few kills came in the middle: {told}"


def _often_enough(fleet: Fleet) -> bool:
    """Whether one kill in five came while files were written; on a busy machine that takes more of them."""
    return fleet.numbers.while_writing * 5 >= _KILLS
