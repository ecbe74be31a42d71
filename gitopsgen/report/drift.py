"""Drift as findings, for the formats that know only findings."""

from collections.abc import Iterable

from gitopsgen.core.diagnostic import Diagnostic, in_order
from gitopsgen.repo.change import Change

DRIFT_HELP = {
    "drift.create": "The spec asks for this file and it is not there. Run `gitopsgen generate`.",
    "drift.update": "The file is not what the spec says. Run `gitopsgen generate`.",
    "drift.orphan": "The spec does not ask for this file any more. Run `gitopsgen generate`.",
    "drift.edited": "Somebody changed a generated file by hand. Put the change into the spec, or give it up.",
    "drift.foreign": "A file that gitopsgen did not write is where a generated one has to go.",
    "drift.gone": "Somebody deleted a generated file. Change the spec, or have the file written again.",
}


def findings(diagnostics: Iterable[Diagnostic], changes: Iterable[Change], folder: str = "") -> list[Diagnostic]:
    """Return all that there is to tell, in order; files are named from `folder`, empty or a path with a slash."""
    found = in_order([*diagnostics, *as_diagnostics(changes)])
    return [one._replace(path=folder + one.path) if one.path else one for one in found]


def as_diagnostics(changes: Iterable[Change]) -> list[Diagnostic]:
    """Return a finding for each path that is not as the spec says."""
    return [
        Diagnostic(
            f"drift.{change.verdict}",
            change.reason or "it differs from what the spec says",
            "; ".join(change.ways_out) or "run `gitopsgen generate`",
            change.path,
        )
        for change in changes
        if change.is_drift
    ]
