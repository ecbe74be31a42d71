"""What is measured: each scenario gives its figures, beside what they shall be."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from apps import ANSWERS, write_app, write_fleet
from copier_template import check_equal, make_template
from measure import Contender, Machine, Run, cpu, race, ratio, timed, wall

_FLEET, _SMALL_FLEET = 1000, 100
_MEBI = 2**20


class Figure(NamedTuple):
    """A row of the table; `detail` is what was measured to get it."""

    what: str
    target: str
    measured: str
    holds: bool
    detail: str


class Bench(NamedTuple):
    """The programs, a folder to work in, and how often to run each command."""

    ours: Path
    copier: Path
    work: Path
    machine: Machine
    rounds: int

    def contender(self, name: str, folder: Path, *words: str | Path) -> Contender:
        """Return our console command with arguments."""
        return Contender(name, [self.ours / "gitopsgen", *words], folder)


def nothing_to_do(bench: Bench) -> list[Figure]:
    """Measure `check` with nothing changed against a bare interpreter."""
    app = bench.work / "unchanged"
    write_app(app, "pull", ANSWERS)
    timed(bench.contender("generate", app, "generate"))
    bare = Contender("bare", [bench.ours / "python", "-c", "pass"], app)
    runs = race(bench.machine, [bare, bench.contender("check", app, "check")], bench.rounds * 3)
    found = ratio(runs["check"], runs["bare"])
    what = "`gitopsgen check` with nothing changed, against `python -c pass`"
    return [Figure(what, "at most 2.2x", f"{found:.2f}x", found <= 2.2, _times(runs["check"], runs["bare"]))]


def first_generate(bench: Bench) -> list[Figure]:
    """Measure the first `generate` of an app against copier: templates compiled before, and not."""
    ours, theirs, template = bench.work / "first", bench.work / "copied", bench.work / "template"

    def fresh() -> None:
        shutil.rmtree(ours, ignore_errors=True)
        write_app(ours, "pull", ANSWERS)

    def fresh_machine() -> None:
        shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)
        fresh()

    generate = bench.contender("new app", bench.work, "generate", ours)._replace(prepare=fresh)
    fresh()
    timed(generate)
    make_template(ours, template)
    copy = [bench.copier / "copier", "copy", "--quiet", "--defaults", "--data-file", bench.work / "answers.yaml"]
    copier = Contender(
        "copier", [*copy, template, theirs], bench.work, lambda: shutil.rmtree(theirs, ignore_errors=True)
    )
    first_ever = generate._replace(name="first ever", prepare=fresh_machine)
    runs = race(bench.machine, [first_ever, generate, copier], bench.rounds)
    count = check_equal(ours, theirs)
    rows = (
        ("new app", f"`gitopsgen generate` of a new app, against `copier copy` of the same {count} files"),
        ("first ever", "the same, when gitopsgen has never run on this machine"),
    )
    return [
        Figure(what, "at most 1/3", f"1/{1 / found:.1f}", found <= 1 / 3, _times(runs[name], runs["copier"]))
        for name, what in rows
        for found in [ratio(runs[name], runs["copier"])]
    ]


def fleet(bench: Bench) -> list[Figure]:
    """Measure one call over many repositories, new and unchanged, and the memory of its processes."""
    small, large = _fleet(bench, _SMALL_FLEET), _fleet(bench, _FLEET)
    new, unchanged = (_FLEET / wall(large[name]) for name in ("new", "unchanged"))
    peak, small_peak = (max(run.peak for run in runs["new"]) for runs in (large, small))
    memory = f"{peak / _MEBI:.0f} MiB, {small_peak / _MEBI:.0f} MiB with {_SMALL_FLEET} apps"
    flat = "at most 1.1x"
    return [
        _speed(f"{_FLEET:,} new apps in one call", 360, new, large["new"]),
        _speed(f"{_FLEET:,} apps in one call, nothing changed", 4000, unchanged, large["unchanged"]),
        Figure(
            "most memory of a process, new apps", flat, f"{peak / small_peak:.2f}x", peak <= small_peak * 1.1, memory
        ),
    ]


def _fleet(bench: Bench, count: int) -> dict[str, list[Run]]:
    folder = bench.work / f"fleet-{count}"
    names = write_fleet(folder, count)

    def fresh() -> None:
        shutil.rmtree(folder)
        write_fleet(folder, count)

    new = bench.contender("new", folder, "generate", *names)._replace(prepare=fresh)
    return race(bench.machine, [new, bench.contender("unchanged", folder, "generate", *names)], bench.rounds // 2)


def _speed(what: str, target: int, speed: float, runs: Sequence[Run]) -> Figure:
    return Figure(
        what,
        f"at least {target:,}/s",
        f"{speed:,.0f}/s",
        speed >= target,
        f"{wall(runs):.2f} s, {cpu(runs):.2f} s of processor time",
    )


def _times(runs: Sequence[Run], others: Sequence[Run]) -> str:
    return f"{wall(runs) * 1e3:.0f} ms, {wall(others) * 1e3:.0f} ms"
