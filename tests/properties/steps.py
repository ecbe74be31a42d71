"""All steps of a walk, and how often each is taken, as a share of all."""

import random
from collections.abc import Callable

from . import branches, commands, people
from .world import World

Step = Callable[[World, random.Random], str | None]

STEPS: dict[Step, int] = {
    people.edit_file: 16,
    people.again_and_again: 5,
    people.make_foreign_file: 2,
    people.delete_file: 3,
    people.change_mode: 2,
    people.change_line_ends: 3,
    people.change_spec: 9,
    people.switch_mode: 3,
    people.change_override: 3,
    people.bump_image: 6,
    commands.run_generate: 12,
    commands.take_or_keep: 5,
    commands.take_any: 1,
    commands.adopt: 8,
    commands.drop: 2,
    commands.eject: 2,
    commands.back: 2,
    commands.as_told: 5,
    commands.come_clean: 5,
    commands.check: 2,
    commands.be_killed: 6,
    branches.commit: 4,
    branches.reset: 1,
    branches.branch: 2,
    branches.switch: 2,
    branches.merge: 3,
}
