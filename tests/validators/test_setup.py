"""Every command that `gitopsgen setup` prints, of every CI with every cloud, as shellcheck reads it."""

from pathlib import Path

from tests.setup.plans import plans
from tests.validators.finding import output


def test_every_command_is_quoted_right(tmp_path: Path) -> None:
    """Each step once: most are the same for many specs."""
    steps = {(*step.commands, step.see): None for _, _, steps in plans() for step in steps}
    script = "\n".join(["#!/bin/sh", *(line for commands in steps for line in commands)])
    assert output("python", "shellcheck", "--shell=sh", "-", cwd=tmp_path, stdin=script + "\n") == ""
