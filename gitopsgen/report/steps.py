"""The next steps as text: numbered, with the reason and the commands of each."""

import textwrap
from collections.abc import Sequence
from typing import Protocol

from gitopsgen.report.safe import safe


class Step(Protocol):
    """What is printed of a step."""

    @property
    def title(self) -> str:
        """What to do."""

    @property
    def why(self) -> str:
        """The reason."""

    @property
    def commands(self) -> tuple[str, ...]:
        """Shell commands that do it."""

    @property
    def code(self) -> tuple[str, ...]:
        """Lines for a file or a form."""


def steps_text(steps: Sequence[Step]) -> str:
    """Return the steps; commands are indented by four more, ready to be copied; a bar marks what is no command."""
    return "".join(_step(number, step) for number, step in enumerate(steps, 1))


def _step(number: int, step: Step) -> str:
    lines = [f"{number:2}. {safe(step.title)}\n"]
    lines += [f"    {line}\n" for line in textwrap.wrap(safe(step.why), 100)]
    lines += [f"        {safe(line)}\n" for line in step.commands]
    lines += [f"      | {safe(line)}\n" for line in step.code]
    return "".join(lines)


def guide_text() -> str:
    """Return what helps to choose between push and pull."""
    return (
        "push: CI deploys with kubectl. Choose it for one or few clusters that CI may reach, when a red build\n"
        "      shall mean a failed deployment, and when nothing shall run in the cluster for it.\n"
        "pull: CI records the image in git, and an operator in the cluster syncs. Choose it when the cluster shall\n"
        "      not be reachable from CI, for many clusters, or when drift in the cluster shall be undone.\n"
    )
