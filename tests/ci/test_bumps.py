"""The jobs of every CI system, as their shells get them, against a real remote."""

import json
import os
import posixpath
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from gitopsgen.compiler import generate
from tests.live.http_remote import serve
from tests.live.scripts import OVERLAY, digest, environment, git, recorded_revision, write

from .texts import Command, commands, github

SYSTEMS = ("github-actions", "gitlab-ci", "circleci", "buildkite", "jenkins")
# The job that records the image, and the one that finds that there is none to record; Jenkins knows them by title.
RECORDS = frozenset({"bump-production", "Record the image for production"})
BUILDS = frozenset({"Build"})
REPOSITORY = "https://git.example.com/acme/remote.git"
TOKEN = "a-token"  # noqa: S105 - the test's own server takes it
HARD = """echo "it's $HOME" '<< x >>' \\<< "\\$z" \\\\$(date) `id` ${y} \\\\\\$ $$ ''' \\u0041"""
SPEC = """\
apiVersion: gitopsgen/v1
name: %(name)s
mode: pull
image: docker.io/acme/%(name)s
repository: %(repository)s
runtime: {name: node, test: %(test)s}
port: 3000
ci: %(ci)s
"""
# What the machines of the CI systems have: here they hand the digest over, and end a job.
TOOLS = {
    "buildkite-agent": '#!/bin/sh\n[ "$*" = "meta-data get digest" ] && printf %s "${TEST_DIGEST}"\n',
    "circleci-agent": '#!/bin/sh\n[ "$*" = "step halt" ] && touch "${TEST_HALTED}"\n',
}


class World(NamedTuple):
    """A folder with the bare remote, and the address that it is served at."""

    path: Path
    url: str

    def project(self, ci: str, name: str, test: str = "npm test", place: str = "") -> Path:
        """Return a clone with the project of a CI system in a folder, that of its name by default, pushed."""
        clone = self.path / f"developer-{ci}-{name}"
        git(self.path, "clone", "-q", f"file://{self.path}/remote.git", str(clone))
        folder = clone / (place or name)
        write(
            folder / "gitopsgen.yaml",
            SPEC % {"ci": ci, "name": name, "test": json.dumps(test), "repository": REPOSITORY},
        )
        assert generate(str(folder)).exit_code == 0
        git(clone, "add", "-A")
        git(clone, "commit", "-q", "-m", "generated")
        git(clone, "pull", "-q", "--rebase", "origin", "main")
        git(clone, "push", "-q", "origin", "HEAD:main")
        # The checkout of a job has the address that people have.
        git(clone, "remote", "set-url", "origin", REPOSITORY)
        return clone

    def job(self, clone: Path, name: str, revision: str, number: int, place: str = "") -> "Job":
        return Job(self, clone, name, revision, number, place or name)

    def recorded(self, place: str) -> str:
        path = posixpath.normpath(f"{place}/{OVERLAY}/image/kustomization.yaml")
        return recorded_revision(git(self.path / "remote.git", "show", f"main:{path}"))


class Job(NamedTuple):
    """A job that records the image of one revision, in a clone of its own."""

    world: World
    clone: Path
    name: str
    revision: str
    number: int
    place: str

    def start(self, jobs: frozenset[str] = RECORDS) -> subprocess.Popen[str]:
        """Run the texts of the job one after the other, as the CI system does."""
        folder = self.clone / self.place
        texts = [found for found in self.commands() if found.job.rpartition(":")[2] in jobs]
        assert texts
        tools = self.clone / ".tools"
        for name, text in TOOLS.items():
            write(tools / name, text)
            (tools / name).chmod(0o755)
        handover = tools / "handover"
        write(handover / "digest", digest(self.number))
        write(folder / ".gitopsgen-digest", digest(self.number))
        script = "set -e\n" + "".join(self.text(found, str(handover)) for found in texts)
        variables = environment(
            self.clone,
            CIRCLE_SHA1=self.revision,
            CI_COMMIT_SHA=self.revision,
            CI_PROJECT_URL=REPOSITORY.removesuffix(".git"),
            GITOPSGEN_DIGEST=digest(self.number),
            DEPLOY_TOKEN=TOKEN,
            GIT_TOKEN=TOKEN,
            CI_JOB_TOKEN=TOKEN,
            TEST_DIGEST=digest(self.number),
            TEST_HALTED=str(tools / "halted"),
            GIT_CONFIG_SYSTEM=str(self.world.path / "gitconfig"),
            PATH=f"{tools}:{os.environ['PATH']}",
        )
        del variables["GIT_CONFIG_NOSYSTEM"]
        return subprocess.Popen(
            ["bash", "-c", script],
            cwd=folder,
            env=variables,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def commands(self) -> list[Command]:
        """Return the commands of all jobs of the project, as its CI system reads them in this run."""
        folder = self.clone / self.place
        values = {
            "github.sha": self.revision,
            "github.token": TOKEN,
            "needs.build.outputs.digest": digest(self.number),
        }
        workflow = folder / f".github/workflows/{self.name}.yaml"
        return commands(folder) + (list(github(workflow, values)) if workflow.exists() else [])

    def text(self, found: Command, handover: str) -> str:
        """Return a shell text that runs one step with its variables, unless an earlier one ended the job."""
        step = self.clone / ".tools" / f"step-{abs(hash(found.text))}"
        write(step, found.text.replace("/tmp/gitopsgen", handover))  # noqa: S108 - where the file says it is
        given = "".join(f"export {name}={quoted(value)}; " for name, value in found.variables.items())
        return f'[ -e "${{TEST_HALTED}}" ] || ( {given} bash -eo pipefail {step} )\n'


def glob_to_regex(glob: str) -> re.Pattern[str]:
    """Return what a path filter of GitHub's matches: `*` within a folder, `**` across them."""
    return re.compile(re.escape(glob).replace(r"\*\*", ".*").replace(r"\*", "[^/]*"))


def quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "remote.git")
    git(tmp_path / "remote.git", "config", "http.receivepack", "true")
    git(tmp_path, "clone", "-q", "remote.git", "first")
    git(tmp_path / "first", "commit", "-q", "--allow-empty", "-m", "first")
    git(tmp_path / "first", "push", "-q", "origin", "HEAD:main")
    with serve(tmp_path, "x-access-token", TOKEN, others=("gitlab-ci-token",)) as url:
        # What the files call the remote is this one.
        write(tmp_path / "gitconfig", f'[url "{url}/"]\n\tinsteadOf = https://git.example.com/acme/\n')
        yield World(tmp_path, url)


def done(job: subprocess.Popen[str]) -> str:
    output = job.communicate(timeout=120)[0]
    assert job.returncode == 0, output
    return output


@pytest.mark.parametrize("ci", SYSTEMS)
def test_a_job_records_the_image_and_later_finds_nothing_to_do(world: World, ci: str) -> None:
    clone = world.project(ci, "shop", place=".")
    revision = git(clone, "rev-parse", "HEAD")
    output = done(world.job(clone, "shop", revision, 1, ".").start())
    assert world.recorded(".") == revision, output
    subject = git(world.path / "remote.git", "log", "-1", "--format=%s", "main")
    assert subject == f"deploy(production): shop sha-{revision} [skip ci]"
    # The commit that was made, and a merge of nothing but manifests, deliver nothing: GitHub does not even start.
    git(clone, "fetch", "-q", f"file://{world.path}/remote.git", "+main:refs/remotes/origin/main")
    git(clone, "reset", "-q", "--hard", "origin/main")
    head = git(clone, "rev-parse", "HEAD")
    if ci == "github-actions":
        workflow = yaml.safe_load((clone / ".github/workflows/shop.yaml").read_text())
        ignored = [glob_to_regex(glob) for glob in workflow["on"]["push"]["paths-ignore"]]
        changed = git(clone, "diff", "--name-only", revision, "HEAD").splitlines()
        assert changed
        assert all(any(glob.fullmatch(path) for glob in ignored) for path in changed)
        return
    jobs = BUILDS if ci == "jenkins" else RECORDS
    assert "Nothing to do" in done(world.job(clone, "shop", head, 2, ".").start(jobs))
    assert git(world.path / "remote.git", "rev-parse", "main") == head


def test_two_services_are_recorded_by_jobs_of_all_systems_at_once(world: World) -> None:
    clones = {(ci, name): world.project(ci, f"{name}-{ci}") for name in ("shop", "api") for ci in SYSTEMS}
    jobs = {}
    for number, ((ci, name), clone) in enumerate(clones.items()):
        git(clone, "fetch", "-q", f"file://{world.path}/remote.git", "+main:refs/remotes/origin/main")
        git(clone, "reset", "-q", "--hard", "origin/main")
        jobs[f"{name}-{ci}"] = world.job(clone, f"{name}-{ci}", git(clone, "rev-parse", "HEAD"), number)
    running = [job.start() for job in jobs.values()]
    outputs = [done(job) for job in running]
    assert all("Recorded" in output for output in outputs), outputs
    for name, job in jobs.items():
        assert world.recorded(name) == job.revision
    commits = git(world.path / "remote.git", "log", "--format=%s", "main").splitlines()
    assert sum(subject.startswith("deploy(production)") for subject in commits) == len(jobs)


@pytest.mark.parametrize("ci", SYSTEMS)
def test_a_command_reaches_the_shell_to_the_letter(world: World, ci: str) -> None:
    clone = world.project(ci, "shop", HARD)
    (text,) = [found.text for found in world.job(clone, "shop", "", 0).commands() if HARD in found.text]
    assert HARD in text.splitlines()
