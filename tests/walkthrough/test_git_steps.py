"""The git steps that `gitopsgen init` prints, run as they are printed, against a bare repository on disk."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from .project import gitopsgen

URL = "https://github.com/acme/storefront.git"
INIT = ("--example", "express", "--yes", "--mode", "pull", "--image", "docker.io/acme/storefront")


@dataclass(frozen=True)
class Desk:
    """A person's machine: a home folder, and a remote that answers to the URL of the project."""

    home: Path
    remote: Path

    def variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        return kept | {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1"}

    def run(self, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=folder, env=self.variables(), capture_output=True, text=True, timeout=60, check=False
        )

    def git(self, folder: Path, *arguments: str) -> str:
        result = self.run(folder, "git", *arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def init(self, folder: Path) -> list[str]:
        """Let gitopsgen begin in a folder; return the git commands that it prints."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        found = gitopsgen("init", str(folder), *INIT, "--set", f"repository={URL}", **self.variables())
        return commands(found.stdout, "Commit and push")

    def main(self) -> dict[str, tuple[str, str]]:
        """Return mode and blob of every file on the remote's main."""
        lines = self.git(self.remote, "ls-tree", "-r", "-z", "main").split("\0")[:-1]
        entries = (line.split("\t", 1) for line in lines)
        return {path: (facts.split()[0], facts.split()[2]) for facts, path in entries}


def commands(printed: str, title: str) -> list[str]:
    """Return the commands of a step: the lines that are indented by eight, up to the next number."""
    steps = re.split(r"^ ?\d+\. ", printed, flags=re.MULTILINE)
    (step,) = (text for text in steps if text.startswith(f"{title}\n"))
    return [line[8:] for line in step.splitlines() if line.startswith("        ")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "home", tmp_path / "remote.git")
    made.home.mkdir()
    made.git(tmp_path, "init", "-q", "--bare", "-b", "main", str(made.remote))
    for name, value in {
        "user.name": "Ada",
        "user.email": "ada@example.com",
        f"url.file://{made.remote}.insteadOf": URL,
    }.items():
        made.git(tmp_path, "config", "--global", name, value)
    return made


def run_steps(desk: Desk, folder: Path, steps: list[str]) -> subprocess.CompletedProcess[str]:
    return desk.run(folder, "sh", "-c", "\n".join(steps))


def on_disk(desk: Desk, folder: Path) -> dict[str, tuple[str, str]]:
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and name.parts[0] != ".git":
            blob = desk.git(folder, "hash-object", "--", str(name)).strip()
            found[name.as_posix()] = ("100755" if os.access(path, os.X_OK) else "100644", blob)
    return found


def test_the_steps_put_every_file_on_main(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "storefront"
    steps = desk.init(folder)
    assert any(re.match("git add", step) for step in steps)
    result = run_steps(desk, folder, steps)
    assert result.returncode == 0, result.stderr
    pushed = desk.main()
    assert pushed == on_disk(desk, folder)
    assert {"gitopsgen.lock", "gitopsgen.yaml", ".gitignore", ".github/workflows/storefront.yaml"} <= set(pushed)
    scripts = {path: mode for path, (mode, _) in pushed.items() if path.endswith(".sh")}
    assert len(scripts) == 7
    assert set(scripts.values()) == {"100755"}
    assert desk.git(folder, "status", "--porcelain", "--branch") == "## main...origin/main\n"


def test_the_steps_can_be_run_again(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "storefront"
    steps = desk.init(folder)
    run_steps(desk, folder, steps)
    first = desk.git(desk.remote, "rev-parse", "main")
    again = run_steps(desk, folder, steps)
    assert again.returncode == 0, again.stderr
    assert desk.git(desk.remote, "rev-parse", "main") == first
    assert desk.git(folder, "status", "--porcelain", "--branch") == "## main...origin/main\n"


def test_the_steps_that_setup_prints_later_push_what_changed(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "storefront"
    run_steps(desk, folder, desk.init(folder))
    spec = folder / "gitopsgen.yaml"
    spec.write_text(spec.read_text(encoding="utf-8") + "replicas: 3\n", encoding="utf-8")
    gitopsgen("generate", "-C", str(folder), **desk.variables())
    steps = commands(gitopsgen("setup", "-C", str(folder), **desk.variables()).stdout, "Commit and push")
    assert run_steps(desk, folder, steps).returncode == 0
    changed = desk.git(desk.remote, "diff", "--name-only", "main~1", "main").split()
    assert changed == ["gitopsgen.lock", "gitopsgen.yaml", "k8s/base/deployment.yaml"]


def test_the_remote_of_an_existing_clone_stays(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    desk.git(tmp_path, "clone", "-q", f"file://{desk.remote}", str(folder))
    (folder / "README.md").write_text("Ours.\n", encoding="utf-8")
    desk.git(folder, "add", "--all")
    desk.git(folder, "commit", "-q", "-m", "begin")
    result = run_steps(desk, folder, desk.init(folder))
    assert result.returncode == 0, result.stderr
    assert desk.git(folder, "remote", "get-url", "origin").strip() == f"file://{desk.remote}"
    assert desk.git(desk.remote, "rev-list", "--count", "main").strip() == "2"
    assert "README.md" in desk.main()


def test_a_folder_of_a_larger_repository_does_not_become_a_repository(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    desk.git(tmp_path, "clone", "-q", f"file://{desk.remote}", str(folder))
    service = folder / "services/api"
    result = run_steps(desk, service, desk.init(service))
    assert result.returncode == 0, result.stderr
    assert not (service / ".git").exists()
    assert "services/api/gitopsgen.lock" in desk.main()
