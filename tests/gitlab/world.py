"""What a pipeline of GitLab runs in: a clone, its remote behind git's HTTP server, and gitlab-ci-local in a shell."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from gitopsgen.compiler import generate
from tests.live.http_remote import serve
from tests.live.scripts import OVERLAY, digest, environment, git, recorded_revision, write

HERE = Path(__file__).parent
TOOL = HERE.parents[1] / ".tools" / "gitlab"
PROGRAM = (
    str(TOOL / "bin" / "node"),
    str(TOOL / "node_modules/gitlab-ci-local/dist/index.js"),
    *("--ignore-predefined-vars", "CI_PROJECT_URL,CI_JOB_TOKEN,CI_REGISTRY_USER,CI_REGISTRY_PASSWORD"),
)
# Each job in a copy of its own; what it hands over goes to the other jobs only.
SHELL = ("--force-shell-executor", "--shell-isolation", "--no-artifacts-to-source")
USER, TOKEN = "gitlab-ci-token", "the-token-of-the-job"


class World(NamedTuple):
    """A folder with the remote `acme/shop.git`, a clone of it, and the address that it is served at."""

    path: Path
    url: str

    @property
    def clone(self) -> Path:
        return self.path / "clone"

    def commit(self, files: dict[str, str]) -> str:
        """Push a commit of files on top of what the remote has; return its id."""
        git(self.clone, "fetch", "-q", f"file://{self.path}/acme/shop.git", "main")
        git(self.clone, "reset", "-q", "--soft" if not files else "--hard", "FETCH_HEAD")
        for name, text in files.items():
            write(self.clone / name, text)
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", "change")
        git(self.clone, "push", "-q", f"file://{self.path}/acme/shop.git", "HEAD:main")
        return git(self.clone, "rev-parse", "HEAD")

    def run(self, *arguments: str, number: int = 1, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run gitlab-ci-local in the clone, as a push would run the pipeline."""
        given = {
            "CI_PROJECT_URL": f"{self.url}/acme/shop",
            "CI_JOB_TOKEN": TOKEN,
            "CI_REGISTRY_USER": USER,
            "CI_REGISTRY_PASSWORD": TOKEN,
            "DOCKER_DIGEST": digest(number),
            **variables,
        }
        options = [part for name, value in given.items() for part in ("--variable", f"{name}={value}")]
        return subprocess.run(
            [*PROGRAM, *arguments, *options],
            cwd=self.clone,
            env=environment(self.path, PATH=f"{self.path / 'tools'}:{os.environ['PATH']}"),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def deliver(self, number: int = 1, **variables: str) -> str:
        """Run every job that a push starts; return what was printed."""
        done = self.run(*SHELL, number=number, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def recorded(self) -> tuple[str, str]:
        """Return the revision and the digest that the remote records."""
        text = git(self.path / "acme/shop.git", "show", f"main:{OVERLAY}/image/kustomization.yaml")
        [found] = [line.split(": ")[1] for line in text.splitlines() if line.strip().startswith("digest: ")]
        return recorded_revision(text), found


@contextmanager
def laid_out(path: Path, files: dict[str, str]) -> Iterator[World]:
    """Generate for the spec among some files, push all, and serve the remote to a job's token; docker is a stand-in."""
    git(path, "init", "-q", "--bare", "-b", "main", "acme/shop.git")
    git(path / "acme/shop.git", "config", "http.receivepack", "true")
    git(path, "clone", "-q", "acme/shop.git", "clone")
    git(path / "clone", "remote", "set-url", "origin", "https://gitlab.example.com/acme/shop.git")
    git(path / "clone", "checkout", "-q", "-b", "main")
    (path / "tools").mkdir()
    shutil.copy(HERE / "docker", path / "tools")
    if shutil.which("rsync") is None:
        shutil.copy(HERE / "rsync", path / "tools")
    for name, text in {**files, ".git/info/exclude": ".gitlab-ci-local/\n"}.items():
        write(path / "clone" / name, text)
    assert generate(str(path / "clone")).exit_code == 0
    git(path / "clone", "add", "-A")
    git(path / "clone", "commit", "-q", "-m", "first")
    git(path / "clone", "push", "-q", f"file://{path}/acme/shop.git", "HEAD:main")
    with serve(path, USER, TOKEN) as url:
        yield World(path, url)
