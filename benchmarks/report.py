"""benchmarks/README.md, as text."""

import datetime
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from measure import Machine
from scenarios import Figure

_TEXT = """\
# How fast

Written by `make bench` (`python benchmarks/run.py`), on {date}.

| what | target | measured | | times |
|---|---|---|---|---|
{rows}

## Method

- Whole processes, started as people start them: the console command of a wheel that was built from this checkout and
  installed into a fresh environment. A source checkout is slower: it never believes the lock.
- The commands of a comparison run in turn (A B A B ...), {rounds} rounds for copier, {checks} for `check` and {fleets}
  for a fleet, after one that is not counted. A ratio is the median of the ratios of the pairs, a time the median of the
  times; a fleet's processor time is that of all its processes.
- In every run that writes, all outputs are read back, held against their schemas and searched for dangling references.
- copier does equal work: its template is made from our own output by replacing the values, and the files that it writes
  are compared with ours byte by byte. It checks nothing, asks for three values, and has no condition to decide.
- "Has never run" means that its cache of compiled templates is empty; the interpreter's own caches are filled,
  as pip does: our templates come with the wheel as Python.
- A fleet is half in push mode and half in pull mode; a call over it uses {cores} processor cores.
- Inputs and outputs lie on {disk}.
- Before each run the harness waits until less than a tenth of the machine is busy, two minutes in all at most. When the
  runs started, other programs kept {busy:.0%} of the machine busy (median; {busiest:.0%} at most): where that is much,
  ratios still hold, and speeds are too low.

## Machine and versions

- {processor}, {cores} of {all_cores} cores used, {system}
- Python {python}; {ours}
- {copier}
"""


def readme(
    figures: Sequence[Figure],
    machine: Machine,
    rounds: int,
    disk: str,
    packages: tuple[Mapping[str, str], Mapping[str, str]],
) -> str:
    """Return the whole page."""
    ours, copier = packages
    return _TEXT.format(
        date=_date(),
        rows="\n".join(
            f"| {f.what} | {f.target} | **{f.measured}** | {_MARK[f.holds]} | {f.detail} |" for f in figures
        ),
        rounds=rounds,
        checks=rounds * 3,
        fleets=rounds // 2,
        disk=disk,
        busy=statistics.median(machine.busy),
        busiest=max(machine.busy),
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        all_cores=os.cpu_count(),
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        python=ours["python"],
        ours=_listed(ours, ("jinja2", "jsonschema_rs", "pyyaml", "ryaml", "pip")),
        copier=_listed(copier, ("copier", "jinja2", "pydantic", "pyyaml")),
    )


_MARK = {True: "holds", False: "missed"}


def _listed(packages: Mapping[str, str], names: Sequence[str]) -> str:
    known = {name.lower().replace("-", "_"): version for name, version in packages.items()}
    return ", ".join(f"{name} {known[name]}" for name in names if name in known)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _date() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()
