"""The second tree: the manifests in a repository of their own, with a lock of its own, from the app's spec."""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import NamedTuple

from gitopsgen.compiler import compiler_for, inspect_source, read_spec, write
from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled, Outcome
from gitopsgen.project import SPEC_NAME, Project
from gitopsgen.repo.turn import turn


class Trees(NamedTuple):
    """What a run comes to in the app's repository, and in each folder of the repository of its manifests."""

    app: Outcome
    configs: Mapping[str, Outcome]

    @property
    def are_good(self) -> bool:
        """Whether nothing is in the way of writing."""
        return all(one.exit_code in (errors.OK, errors.DRIFT) for one in (self.app, *self.configs.values()))


def inspect_trees(root: str, config_repository: str) -> Trees:
    """Find out what `generate_trees` would do, and do nothing."""
    home = Root(root)
    project = read_spec(home)
    parts = project if isinstance(project, Outcome) else _parts(home, project, config_repository)
    if isinstance(parts, Outcome) or isinstance(project, Outcome):
        return Trees(parts if isinstance(parts, Outcome) else Outcome(errors.SPEC_INVALID), {})
    configs = {folder: inspect_source(Root(folder), part, home=home) for folder, part in parts.items()}
    return Trees(inspect_source(home, project), configs)


def generate_trees(root: str, config_repository: str, waiting: Callable[[str], None]) -> Trees:
    """Bring all trees to what the specs say, each whole; none when one cannot be. Raises WriteError."""
    home = Root(root)
    found = inspect_trees(root, config_repository)
    if not found.are_good:
        return found
    with ExitStack() as turns:
        turns.enter_context(turn(home.path, waiting))
        for folder in found.configs:
            os.makedirs(folder, exist_ok=True)
            turns.enter_context(turn(folder, waiting))
        found = inspect_trees(root, config_repository)
        if not found.are_good:
            return found
        # The manifests first: CI has somewhere to record its first image as soon as it knows of the place.
        configs = {folder: write(Root(folder), outcome) for folder, outcome in found.configs.items()}
        return Trees(write(home, found.app), configs)


def _parts(home: Root, project: Project, config_repository: str) -> dict[str, Project] | Outcome:
    """Return for each folder in a checkout of the other repository what is compiled into it."""
    compiled = compiler_for(home.path).compile(project, home)
    if not isinstance(compiled, Compiled):
        return compiled
    plans = [service.plan for service in compiled.services if service.plan.config.separate]
    if not plans:
        return _refused(
            "the spec keeps the manifests with the app", "write `gitops: {repository: URL}`, or leave --config-repo out"
        )
    if not os.path.isdir(config_repository):
        return _refused(
            f"there is no folder {config_repository}", "clone the repository of the manifests, and name the clone"
        )
    return {
        os.path.join(config_repository, plan.config.prefix.rstrip("/")): project.only(plan.home)
        for plan in sorted(plans, key=lambda plan: plan.config.prefix)
    }


def _refused(message: str, cure: str) -> Outcome:
    return Outcome(errors.SPEC_INVALID, (Diagnostic("config.repository", message, cure, SPEC_NAME),))
