"""The jobs of a generated project as the CI system would run them: each step's variables, and the text its shell gets.

Each reader undoes what its CI system does before a shell sees the text, and fails on what that would expand.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class Command(NamedTuple):
    """One shell text of a job; `place` says where it stands, `variables` are those that the file gives it."""

    place: str
    job: str
    variables: Mapping[str, str]
    text: str
    shell: str


def circleci_text(text: str, values: Mapping[str, str]) -> str:
    """Return what CircleCI makes of a text: pipeline values in `<< >>`, and a backslash in front of a plain `<<`."""

    def put(found: re.Match[str]) -> str:
        if found[0] == r"\<<":
            return "<<"
        assert found[1] in values, f"CircleCI would expand {found[0]!r}"
        return values[found[1]]

    return re.sub(r"\\<<|<<\s*(.*?)\s*(?:>>|$)", put, text)


def circleci(root: Path, values: Mapping[str, str]) -> Iterator[Command]:
    """Yield the commands of CircleCI jobs; `values` are the pipeline's."""
    place = ".circleci/config.yml"
    for job, body in yaml.safe_load((root / place).read_text(encoding="utf-8"))["jobs"].items():
        for step in body["steps"]:
            if isinstance(step, dict) and "run" in step:
                run = step["run"]
                given = {name: circleci_text(str(value), values) for name, value in run.get("environment", {}).items()}
                yield Command(f"{place} {job}", job, given, circleci_text(run["command"], values), "bash")


def commands(root: Path, values: Mapping[str, Any] | None = None) -> list[Command]:
    """Return the commands of whichever of these CI systems a project is for."""
    known = {"pipeline.parameters.revision": "", **(values or {})}
    found: list[Command] = []
    if (root / ".circleci/config.yml").is_file():
        found += circleci(root, known)
    return found
