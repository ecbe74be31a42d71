"""What the stages come to: Compiled is what is to be in the repository, Outcome what a run found and did."""

from collections.abc import Mapping
from typing import NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath
from gitopsgen.edits import NO_EDITS, Edits
from gitopsgen.packs.catalogue import Pack
from gitopsgen.pins.model import NO_PINS, Pins
from gitopsgen.plan.model import Plan, Service
from gitopsgen.repo.apply import Locks
from gitopsgen.repo.change import Change, Decision
from gitopsgen.verify.outputs import Output


class Compiled(NamedTuple):
    """The result of the stages that decide nothing: what is to be in the repository.

    `outputs` are the files read back; `needs` are files of the repository itself that they refer to, `lacks` the paths
    that are not there. `plain` holds the patched files as they came from their templates, `ejected` those that are the
    user's, as we would write them. `pins` are what the repository has pinned, `bases` the base images that templates
    asked for, each with its pack. `edits` are people's edits where they belong now: some go along with a file that is
    generated somewhere else. Among the `warnings` is an error when the image cannot be built for want of a path.
    """

    services: tuple[Service, ...]
    files: tuple[RenderedFile, ...]
    outputs: tuple[Output, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    needs: tuple[RepoPath, ...] = ()
    lacks: tuple[RepoPath, ...] = ()
    plain: Mapping[RepoPath, RenderedFile] = {}
    ejected: Mapping[RepoPath, RenderedFile] = {}
    pins: Pins = NO_PINS
    bases: Mapping[str, str] = {}
    edits: Edits = NO_EDITS

    @property
    def plan(self) -> Plan:
        """The plan of the app; in a workspace, of the first service."""
        return self.services[0].plan

    @property
    def packs(self) -> dict[str, Pack]:
        """Every pack that is used, by its kind; in a workspace those of further services by their ids."""
        packs = dict(self.services[0].packs)
        others = (pack for service in self.services for pack in service.packs.values())
        return packs | {pack.id: pack for pack in others if pack not in packs.values()}


class Outcome(NamedTuple):
    """What a run found and did.

    `exit_code` is one of core.errors; `locks` belong to `decision`, whose last change is the lock file's own; `written`
    are the paths that were touched. `records` are changes of the files that tell of people's edits.
    """

    exit_code: int
    diagnostics: tuple[Diagnostic, ...] = ()
    decision: Decision | None = None
    compiled: Compiled | None = None
    locks: Locks | None = None
    written: tuple[RepoPath, ...] = ()
    records: tuple[Change, ...] = ()
