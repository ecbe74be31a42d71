"""The next steps as text: numbered, with the reason and the commands of each."""

import textwrap
from collections.abc import Sequence
from typing import Protocol

from gitopsgen.detect import Detection
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


def steps_text(steps: Sequence[Step]) -> str:
    """Return the steps; commands are indented by four more, ready to be copied."""
    return "".join(_step(number, step) for number, step in enumerate(steps, 1))


def _step(number: int, step: Step) -> str:
    lines = [f"{number:2}. {safe(step.title)}\n"]
    lines += [f"    {line}\n" for line in textwrap.wrap(safe(step.why), 100)]
    lines += [f"        {safe(line)}\n" for line in step.commands]
    return "".join(lines)


def facts_text(found: Detection) -> str:
    """Return what was detected, each with its evidence, and what could not be told."""
    width = max((len(fact.field) for fact in found.facts), default=0)
    lines = [f"  {fact.field:{width}}  {safe(_value(fact.value))}  ({safe(fact.evidence)})\n" for fact in found.facts]
    return "".join(["found:\n", *lines] if lines else []) + "".join(f"  ? {safe(text)}\n" for text in found.problems)


def _value(value: object) -> str:
    return " ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def guide_text() -> str:
    """Return what helps to choose between push and pull."""
    return (
        "push: CI deploys with kubectl. Choose it for one or few clusters that CI may reach, when a red build\n"
        "      shall mean a failed deployment, and when nothing shall run in the cluster for it.\n"
        "pull: CI records the image in git, and an operator in the cluster syncs. Choose it when the cluster shall\n"
        "      not be reachable from CI, for many clusters, or when drift in the cluster shall be undone.\n"
    )
