"""From one version of gitopsgen to the next: a later lock is respected, an upgrade shows exactly what it changes."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gitopsgen import __version__
from tests.trees import Ran

from .edits import DEPLOYMENT, HEALTH, PATIENT, RARELY, STARTUP
from .project import Project, project

SOURCES = Path(__file__).resolve().parents[2]
EVERY = [
    ("check",),
    ("check", "--full"),
    ("generate",),
    ("diff",),
    ("status",),
    ("adopt",),
    ("adopt", "--drop", DEPLOYMENT),
    ("eject", "Dockerfile"),
    ("eject", "--back", "Dockerfile"),
]


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_what_a_later_version_wrote_is_left_alone(tmp_path: Path, words: tuple[str, ...]) -> None:
    shop = project(tmp_path)
    shop.edit("gitopsgen.lock", f"tool {__version__}\n", "tool 99.1.0\n")
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    before = shop.tree()
    ran = shop.ours(*words)
    assert ran.code == 6
    assert "lock.newer-tool" in ran.err
    assert "gitopsgen 99.1.0 wrote these files" in ran.err
    command = next(shlex.split(found) for found in re.findall("`([^`]+)`", ran.err))
    assert command == ["python", "-m", "pip", "install", "--upgrade", "gitopsgen>=99.1.0"]
    assert shop.tree() == before


def test_the_later_of_two_versions_counts_after_a_merge(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit("gitopsgen.lock", f"tool {__version__}\n", f"tool 99.1.0\ntool {__version__}\n")
    assert shop.ours("generate").code == 6


def test_a_lock_in_a_format_to_come(tmp_path: Path) -> None:
    shop = project(tmp_path)
    for old, new in (("format 1\n", "format 2\n"), ("format 2\n", "format 1\nfuture line\n")):
        shop.edit("gitopsgen.lock", old, new)
        ran = shop.ours("generate")
        assert (ran.code, "upgrade gitopsgen" in ran.err) == (6, True)


def next_version(folder: Path) -> Path:
    """Return a gitopsgen of another version, in which one line of one template is another."""
    for name in ("gitopsgen", "templates", "schemas"):
        shutil.copytree(SOURCES / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    version = folder / "gitopsgen" / "__init__.py"
    version.write_text(version.read_text().replace(f'"{__version__}"', '"0.99.0"'))
    template = folder / "templates/workload/kubernetes/base/deployment.yaml"
    text = template.read_text()
    assert "minReadySeconds: 5\n" in text
    template.write_text(text.replace("minReadySeconds: 5\n", "minReadySeconds: 7\n"))
    return folder


def run_other(shop: Project, version: Path, *words: str) -> Ran:
    found = os.pathsep.join(map(str, [version, *filter(None, sys.path)]))
    environment = {**shop.environment, "PYTHONPATH": found, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "gitopsgen", *words],
        cwd=shop.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_an_upgrade_changes_what_the_template_changed_and_nothing_else(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    shop.edit("Dockerfile", HEALTH, RARELY)
    assert shop.ours("adopt").code == 0
    shop.commit()
    later = next_version(tmp_path / "later")
    assert run_other(shop, later, "--version").out == "gitopsgen 0.99.0\n"
    assert run_other(shop, later, "check").code == 1
    diff = run_other(shop, later, "diff").out
    changed = [line for line in diff.splitlines() if re.match(r"[-+](?![-+]{2} )", line)]
    digests = [line for line in changed if f" {DEPLOYMENT}" in line]
    assert len(digests) == 2
    assert set(changed) - set(digests) == {
        f"-tool {__version__}",
        "+tool 0.99.0",
        "-  minReadySeconds: 5",
        "+  minReadySeconds: 7",
    }
    assert run_other(shop, later, "generate").code == 0
    assert run_other(shop, later, "check").code == 0
    assert PATIENT in shop.read(DEPLOYMENT)
    assert "minReadySeconds: 7" in shop.read(DEPLOYMENT)
    assert RARELY in shop.read("Dockerfile")
    ran = shop.ours("check")
    assert ran.code == 6, "the colleague with the earlier version is told to upgrade"
    assert "gitopsgen>=0.99.0" in ran.err
