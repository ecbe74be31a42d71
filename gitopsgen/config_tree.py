"""The second tree: the manifests in a repository of their own, with a lock of its own, from the app's spec."""

import os
from collections.abc import Callable
from typing import NamedTuple

from gitopsgen.compiler import SPEC_NAME, compiler_for, inspect_source, read_spec, write
from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled, Outcome
from gitopsgen.repo.turn import turn


class Trees(NamedTuple):
    """What a run comes to in the app's repository, and in that of its manifests."""

    app: Outcome
    config: Outcome
    folder: str


def inspect_trees(root: str, config_repository: str) -> Trees:
    """Find out what `generate_trees` would do, and do nothing."""
    home = Root(root)
    source = read_spec(home)
    if isinstance(source, Outcome):
        return Trees(source, source, "")
    folder = _folder(home, source, config_repository)
    if isinstance(folder, Outcome):
        return Trees(folder, folder, "")
    app = inspect_source(home, source)
    return Trees(app, inspect_source(Root(folder), source, home=home), folder)


def generate_trees(root: str, config_repository: str, waiting: Callable[[str], None]) -> Trees:
    """Bring both trees to what the spec says, each whole; neither when one cannot be. Raises WriteError."""
    home = Root(root)
    source = read_spec(home)
    folder = source if isinstance(source, Outcome) else _folder(home, source, config_repository)
    if isinstance(folder, Outcome) or isinstance(source, Outcome):
        wrong = folder if isinstance(folder, Outcome) else Outcome(errors.SPEC_INVALID)
        return Trees(wrong, wrong, "")
    found = inspect_trees(root, config_repository)
    if any(outcome.exit_code not in (errors.OK, errors.DRIFT) for outcome in (found.app, found.config)):
        return found
    os.makedirs(folder, exist_ok=True)
    with turn(home.path, waiting), turn(folder, waiting):
        found = inspect_trees(root, config_repository)
        if any(outcome.exit_code not in (errors.OK, errors.DRIFT) for outcome in (found.app, found.config)):
            return found
        # The manifests first: CI has somewhere to record its first image as soon as it knows of the place.
        config = write(Root(folder), found.config)
        return found._replace(app=write(home, found.app), config=config)


def _folder(home: Root, source: bytes, config_repository: str) -> str | Outcome:
    """Return the folder of the app in a checkout of the other repository."""
    compiled = compiler_for(home.path).compile(source, home)
    if not isinstance(compiled, Compiled):
        return compiled
    if not compiled.plan.config.separate:
        return _refused(
            "the spec keeps the manifests with the app", "write `gitops: {repository: URL}`, or leave --config-repo out"
        )
    if not os.path.isdir(config_repository):
        return _refused(
            f"there is no folder {config_repository}", "clone the repository of the manifests, and name the clone"
        )
    return os.path.join(config_repository, compiled.plan.config.prefix.rstrip("/"))


def _refused(message: str, cure: str) -> Outcome:
    return Outcome(errors.SPEC_INVALID, (Diagnostic("config.repository", message, cure, SPEC_NAME),))
