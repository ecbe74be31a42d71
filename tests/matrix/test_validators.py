"""The trees of the cover have no findings in any validator; for `make verify`.

They are in one folder, so that each validator starts once.
"""

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci import test_groovy_lint as groovy
from tests.conftest import Tell
from tests.gitlab.world import PROGRAM
from tests.live import kube
from tests.validators.finding import output
from tests.validators.needs import need
from tests.validators.runner import KINDS, findings

from .cover import cover, name_of
from .lay_out import lay_out

JOB = re.compile(r"(shop|mail):")


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out the cover, but for the specs, whose style is nobody's."""
    root = tmp_path_factory.mktemp("cover")
    for number, row in enumerate(cover().rows):
        folder = root / name_of(number, row)
        assert lay_out(folder, row) == (), folder.name
        for spec in (*folder.rglob("gitopsgen.yaml"), *folder.rglob("gitopsgen.workspace.yaml")):
            spec.unlink()
    return root


def test_no_findings(trees: Path) -> None:
    need(*KINDS)
    assert [str(finding) for finding in findings(trees)] == []


def test_jenkinsfiles_have_no_findings(trees: Path) -> None:
    groovy.install()
    assert groovy.findings(trees) == []


def test_gitlab_ci_local_reads_what_was_meant(trees: Path, tmp_path: Path) -> None:
    need("gitlab")
    roots = sorted(path.parent for path in trees.glob("*/app/.gitlab-ci.yml"))
    assert len(roots) > 5
    for number, root in enumerate(roots):
        clone = tmp_path / str(number)
        shutil.copytree(root, clone)
        texts = [yaml.safe_load(path.read_text("utf-8")) for path in root.rglob(".gitlab/*.yml")]
        written = {name: job for text in texts for name, job in text.items() if JOB.match(name)}
        assert len(written) > 2, root
        listed = {line.split()[0] for line in _local(clone, "--list").splitlines() if JOB.match(line)}
        by_push = {name for name, job in written.items() if any(map(_follows_every_push, job["rules"]))}
        assert listed == by_push, root
        shown = _local(clone, "--preview")
        read = yaml.safe_load(shown[shown.index("---") :])
        for name, job in written.items():
            assert (read[name]["script"], read[name]["rules"]) == (job["script"], job["rules"]), (root, name)


def test_flux_applies_each_overlay_whole_and_no_object_twice(trees: Path, tell: Tell) -> None:
    need("go")
    kube.need()
    count = 0
    for folder in sorted(path.parent for path in trees.glob("**/flux/*/sync.yaml")):
        repository = next(parent for parent in folder.parents if parent.name in ("app", "config"))
        files = [str(path.relative_to(repository)) for path in (folder / "sync.yaml", folder / "migrate.yaml")]
        rendered = kube.flux(repository, [file for file in files if (repository / file).exists()])
        applied = Counter((one["kind"], one["metadata"]["name"]) for found in rendered.values() for one in found)
        assert set(applied.values()) == {1}, folder
        path = yaml.safe_load((folder / "sync.yaml").read_text(encoding="utf-8"))["spec"]["path"]
        whole = yaml.safe_load_all(output("go", "kustomize", "build", str(repository / path), cwd=repository))
        extra = set(applied)
        for one in whole:
            extra.remove((one["kind"], one["metadata"]["name"]))
        # A migration has a copy of the settings, under a name of its own.
        assert all(kind == "ConfigMap" and "-migrate-" in name for kind, name in extra), (folder, extra)
        count += len(rendered)
    assert count > 20
    tell(f"{count} Kustomizations of Flux are rendered by its own library: each overlay whole, no object twice")


def _follows_every_push(rule: dict[str, Any]) -> bool:
    """Say whether a push is enough: it is not where an environment was changed by hand, or by Flux."""
    return "$ROLLBACK == null" in rule["if"] and "changes" not in rule


def _local(clone: Path, what: str) -> str:
    """Return what gitlab-ci-local prints about a pipeline after a push to its branch."""
    if not (clone / ".git").exists():
        [pipeline] = clone.rglob(".gitlab/shop.yml")
        branch = "trunk/2.x" if "trunk/2.x" in pipeline.read_text() else "main"
        for words in (["init", "-q", "-b", branch], ["remote", "add", "origin", "https://gitlab.com/acme/shop.git"]):
            subprocess.run(["git", *words], cwd=clone, check=True)
        subprocess.run(["git", "add", "-A"], cwd=clone, check=True)
        author = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
        subprocess.run(["git", *author, "commit", "-q", "-m", "first"], cwd=clone, check=True)
        origin = "refs/remotes/origin"
        for words in (
            ["update-ref", f"{origin}/{branch}", "HEAD"],
            ["symbolic-ref", f"{origin}/HEAD", f"{origin}/{branch}"],
        ):
            subprocess.run(["git", *words], cwd=clone, check=True)
    done = subprocess.run([*PROGRAM, what], cwd=clone, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
