"""Repositories with real git, where `gitopsgen` is the program that is being tested."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.trees import SMALLEST, Ran, write_tree

SPEC = SMALLEST
FILES = {
    "gitopsgen.yaml": SPEC,
    "package.json": '{"name": "storefront"}\n',
    "package-lock.json": '{"name": "storefront"}\n',
    "app.js": "// app\n",
    "README.md": "A shop.\n",
}


def environment(home: Path) -> dict[str, str]:
    """Return an environment without anybody's configuration, whose `gitopsgen` is ours."""
    programs = home / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    ours = programs / "gitopsgen"
    ours.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gitopsgen "$@"\n')
    ours.chmod(0o755)
    git = {f"GIT_{role}_{what}": "a@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C",
        **git,
    }


class Repository:
    """A git repository, and a person who works in it."""

    def __init__(self, root: Path, home: Path, files: Mapping[str, str] = FILES, app: str = "") -> None:
        self.root, self.app = root, root / app
        self.environment = environment(home)
        write_tree(self.app, files)
        self.git("init", "--quiet", "--initial-branch=main")

    def run(self, *words: str, cwd: Path | None = None, variables: Mapping[str, str] | None = None) -> Ran:
        """Run a program in the repository; `variables` are added to its environment."""
        done = subprocess.run(
            words,
            cwd=cwd or self.root,
            env={**self.environment, **(variables or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def elsewhere(self, root: Path) -> "Repository":
        """Return another working tree, in which the same person works; its app is at the top."""
        other = Repository.__new__(Repository)
        other.root = other.app = root
        other.environment = self.environment
        return other

    def git(self, *words: str, cwd: Path | None = None) -> str:
        """Run git, which must not refuse."""
        ran = self.run("git", *words, cwd=cwd)
        assert ran.code == 0, ran
        return ran.out

    def ours(self, *words: str, cwd: Path | None = None) -> Ran:
        """Run gitopsgen in the app."""
        return self.run("gitopsgen", *words, cwd=cwd or self.app)

    def delivered(self) -> "Repository":
        """Generate and commit everything, before there is a hook."""
        assert self.ours("generate").code == 0
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Deliver")
        return self

    def commit(self, *words: str, cwd: Path | None = None) -> Ran:
        """Try to commit."""
        return self.run("git", "commit", "--quiet", "--message", "Change", *words, cwd=cwd)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file of the app."""
        path = self.app / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def staged(self) -> list[str]:
        return self.git("diff", "--cached", "--name-only").split()

    @property
    def commits(self) -> int:
        return int(self.git("rev-list", "--count", "HEAD"))


def stage_as_told(repo: Repository, ran: Ran, cwd: Path | None = None) -> None:
    """Run the line that the hook prints."""
    lines = [line.strip() for line in (ran.out + ran.err).splitlines()]
    [line] = [line for line in lines if line.startswith("git add -- ")]
    repo.git(*shlex.split(line)[1:], cwd=cwd)
