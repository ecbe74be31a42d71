"""The second tree: the manifests in a repository of their own, with a lock of its own, from the app's spec."""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import NamedTuple

from gitopsgen.checkout import nothing_there, plans_in, unfit_checkout
from gitopsgen.compiler import compiler_for, inspect_source, read_spec, write
from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.former import (
    Former,
    awaited,
    farewell,
    image_files,
    in_config,
    only_ones,
    stranded,
    texts,
    unlike,
    with_app,
)
from gitopsgen.outcome import Outcome
from gitopsgen.plan.model import Plan
from gitopsgen.project import Project
from gitopsgen.repo.exchange import Exchange, Text
from gitopsgen.repo.turn import turn


class Trees(NamedTuple):
    """What a run comes to in the app's repository, and in each folder of the repository of its manifests."""

    app: Outcome
    configs: Mapping[str, Outcome]

    @property
    def are_good(self) -> bool:
        """Whether nothing is in the way of writing."""
        return all(one.exit_code in (errors.OK, errors.DRIFT) for one in (self.app, *self.configs.values()))


class _Part(NamedTuple):
    """An app whose manifests are in the other repository, as its own repository sees it."""

    project: Project
    plan: Plan


def inspect_trees(root: str, config_repository: str) -> Trees:
    """Find out what `generate_trees` would do, and do nothing."""
    home = Root(root)
    project = read_spec(home)
    if isinstance(project, Outcome):
        return Trees(project, {})
    compiled = compiler_for(home.path).compile(project, home)
    if isinstance(compiled, Outcome):
        return Trees(compiled, {})
    wrong = unfit_checkout(home, config_repository, [service.plan for service in compiled.services])
    if wrong:
        return Trees(Outcome(errors.SPEC_INVALID, (wrong,)), {})
    plans = plans_in(config_repository, [service.plan for service in compiled.services])
    parts = {
        os.path.join(config_repository, plan.config.prefix.rstrip("/")): _Part(project.only(plan.home), plan)
        for plan in sorted(plans, key=lambda plan: plan.config.prefix)
    }
    return _with_images(home, project, config_repository, parts)


def _with_images(home: Root, project: Project, config_repository: str, parts: Mapping[str, _Part]) -> Trees:
    """Inspect all trees; what CI recorded where an app was delivered from before goes along."""
    configs: dict[str, Outcome] = {}
    goes: dict[RepoPath, Text] = {}
    told: list[Diagnostic] = []
    waiting: dict[str, dict[str, RepoPath]] = {}
    for folder, part in parts.items():
        found = inspect_source(Root(folder), part.project, home=home)
        app, wanted = with_app(home, part.plan), awaited(found, part.plan)
        if app.is_now:
            told += unlike(found, texts([app], image_files(part.plan)), folder)
        if wanted:
            others = in_config(config_repository, part.plan, parts)
            comes, unclear = only_ones(texts([app, *others], wanted))
            found = inspect_source(Root(folder), part.project, home=home, exchange=Exchange(comes))
            told += [*unclear, *(farewell(other, part.plan) for other in others)]
        goes |= _gone(app, part.plan, found, folder)
        waiting[folder] = awaited(found, part.plan)
        configs[folder] = found
    found = inspect_source(home, project, exchange=Exchange(goes=goes))
    comes_back, more = _back(home, config_repository, found, parts)
    if comes_back:
        found = inspect_source(home, project, exchange=Exchange(comes_back, goes))
    elif not parts and not more:
        return Trees(Outcome(errors.SPEC_INVALID, (nothing_there(),)), {})
    renamed = [stranded(found, parts[folder].plan, names, folder) for folder, names in waiting.items()]
    # What this run has looked at itself, others need not be told to.
    others_say = tuple(one for one in found.diagnostics if one.code not in ("images.left", "images.elsewhere"))
    return Trees(found._replace(diagnostics=(*others_say, *told, *filter(None, renamed), *more)), configs)


def _back(
    home: Root, config_repository: str, found: Outcome, parts: Mapping[str, _Part]
) -> tuple[dict[RepoPath, Text], list[Diagnostic]]:
    """Return the images that come back to apps with their manifests, and what is to be said of where they were."""
    comes_back: dict[RepoPath, Text] = {}
    told: list[Diagnostic] = []
    here = [service.plan for service in found.compiled.services] if found.compiled else []
    for plan in here:
        if plan.config.separate or plan.mode == "push":
            continue
        wanted, was_here = awaited(found, plan), with_app(home, plan).is_now
        others = in_config(config_repository, plan, parts) if wanted or not was_here else []
        comes, unclear = only_ones(texts(others, wanted))
        comes_back |= comes
        told += [*unclear, *(farewell(other, plan) for other in others)]
        if not was_here:
            told += unlike(found, texts(others, image_files(plan)))
    return comes_back, told


def _gone(app: Former, plan: Plan, found: Outcome, folder: str) -> dict[RepoPath, Text]:
    """Return the image files of the app's own repository that are in the other one, now or since a run that was cut."""
    there = {change.path: change.after for change in found.decision.changes} if found.decision else {}
    files = image_files(plan)
    return {
        path: Text(os.path.join(folder, files[name]), data)
        for name, path in app.images.items()
        if (data := there.get(files[name])) is not None and data == app.read(path)
    }


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
