"""What goes with this run, and what it leaves behind: in the repository, and outside of it."""

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import RepoPath
from gitopsgen.outcome import Compiled
from gitopsgen.packs.catalogue import Catalogue
from gitopsgen.project import SPEC_NAME
from gitopsgen.repo.change import Decision
from gitopsgen.verify.references import dangling

_BEFORE_DELIVERY = "do it before the next delivery"


def left_dangling(compiled: Compiled, decision: Decision) -> list[Diagnostic]:
    """Return what refers to a file that is written once and was deleted since, or that goes now, and how to have it."""
    gone = [change.path for change in decision.changes if change.verdict == "gone"]
    needed = sorted(going(decision).intersection(compiled.needs))
    if not gone and not needed:
        return []
    outputs = [output for output in compiled.outputs if output.file.path not in gone]
    here = set(compiled.needs).difference(needed)
    # What an ejected file says is not among the outputs: only what comes of this run counts.
    before = dangling(list(compiled.outputs), compiled.services, lambda path: path in compiled.needs)
    found = dangling(outputs, compiled.services, lambda path: path in here)
    again = f"`gitopsgen generate {' '.join(f'--take {path}' for path in gone)}` writes again what was deleted"
    stay = f"`gitopsgen eject {' '.join(needed)}` keeps what goes now"
    cure = "; ".join([*([again] if gone else []), *([stay] if needed else [])])
    return [problem._replace(cure=cure) for problem in found if problem.severity == "error" and problem not in before]


def going(decision: Decision) -> set[RepoPath]:
    """Return the paths that this run removes."""
    return {change.path for change in decision.changes if change.is_write and change.after is None}


def farewells(catalogue: Catalogue, compiled: Compiled, decision: Decision) -> list[Diagnostic]:
    """Return what is left behind outside the repository by systems whose last files go now."""
    leaving = {change.pack for change in decision.changes if change.verdict == "orphan"}
    staying = {pack.id for pack in compiled.packs.values()}
    left = [catalogue.pack(*name.split("/")) for name in sorted(leaving - staying) if name.count("/") == 1]
    return [
        Diagnostic("pack.left-behind", pack.get("farewell", ""), _BEFORE_DELIVERY, SPEC_NAME, severity="warning")
        for pack in left
        if pack is not None and pack.get("farewell", "")
    ]
