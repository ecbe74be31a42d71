"""Measure what we promise about speed, and write benchmarks/README.md: `python benchmarks/run.py [ROUNDS]`."""

import os
import sys
import tempfile
from pathlib import Path

from install import install_copier, install_ours, versions
from measure import Machine
from report import readme
from scenarios import Bench, first_generate, fleet, nothing_to_do

_CORES = 2
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


def main() -> int:
    """Run everything; the exit code is 1 when a target is missed."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    # On as many cores as the targets speak of, and with a cache of our own.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:_CORES])
    in_memory = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)
    with (
        tempfile.TemporaryDirectory(prefix="gitopsgen-") as programs,
        tempfile.TemporaryDirectory(prefix="gitopsgen-", dir=_MEMORY if in_memory else None) as work,
    ):
        os.environ["XDG_CACHE_HOME"] = str(Path(work, "cache"))
        ours, copier = install_ours(Path(programs)), install_copier(Path(programs))
        bench = Bench(ours, copier, Path(work), Machine(), rounds)
        figures = [figure for measure in (nothing_to_do, first_generate, fleet) for figure in measure(bench)]
        disk = "a RAM-backed file system" if in_memory else "an ordinary file system"
        page = readme(figures, bench.machine, rounds, disk, (versions(ours), versions(copier)))
    Path(__file__).with_name("README.md").write_text(page)
    print(page)
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
