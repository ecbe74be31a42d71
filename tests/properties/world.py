"""One real git repository, the command line in it, and what people and CI wrote there so far."""

import copy
import os
import shutil
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.crash.indoors import Indoors
from tests.crash.zygote import Run

from .apps import SPEC, App, is_image, read_app

LOCK, KEPT, PATCHES = "gitopsgen.lock", ".gitopsgen/kept", ".gitopsgen/patches"
STAGING, EJECTED = ".gitopsgen/staging", ".gitopsgen/ejected"
# The exit codes whose reason helps to understand a failure.
_TELLING = (3, 4, 5, 6)
_PERSONS = {
    "package.json": "{}\n",
    "package-lock.json": "{}\n",
    "app.js": "console.log(1)\n",
    ".gitignore": "mine/\n# and mine\n",
    ".pre-commit-config.yaml": "repos:\n- repo: local\n  hooks: []  # mine\n",
}
_CONFIG = """\
[user]
	name = a
	email = a@example.com
[gc]
	auto = 0
[init]
	defaultBranch = main
"""


class Broken(AssertionError):  # noqa: N818 - it is an assertion with a short name
    """An invariant does not hold; the first word of the text says which."""


class File(NamedTuple):
    """What lies at a path."""

    mode: int
    data: bytes
    changed: int


Tree = dict[str, File]


@dataclass
class People:
    """What people and CI wrote and did not take back: `written` gives each mark the path where it was written.

    `aside` are marks that a person gave up with --take or --drop, until the next run forgets them. `absent` are
    generated files that a person deleted. `image` is the text that CI recorded last, at `image_at`; it `image_stays`
    there when its environment moved on while the file was ejected. `beside` are the texts at other places that the
    lock knows, empty where CI recorded nothing: two branches that moved the environment, each to a place of its own.
    """

    written: dict[str, str] = field(default_factory=dict)
    aside: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    image: bytes | None = None
    image_at: str = ""
    image_stays: bool = False
    beside: dict[str, bytes] = field(default_factory=dict)

    def copy(self) -> "People":
        return copy.deepcopy(self)


class World:
    """The repository at `root`."""

    def __init__(self, folder: Path, server: Indoors) -> None:
        self.root, self.copied = folder / "app", folder / "copy"
        self.server = server
        self.people = People()
        self.committed = People()
        self.base: People | None = None
        self.other: People | None = None
        self.trail: list[str] = []
        self.mark = ""
        self.outcomes: dict[str, int] = {}
        self.root.mkdir()
        (folder / "gitconfig").write_text(_CONFIG)
        self._env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
            "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
        }
        for path, text in {**_PERSONS, SPEC: App().text()}.items():
            self.write(path, text.encode())
        self.git("init", "-q")
        self.git("config", "core.autocrlf", "false")

    # -- files -----------------------------------------------------------------------------------------------------

    def read(self, path: str) -> bytes:
        """Return what lies at `path`, nothing when there is no file."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return b""

    def write(self, path: str, data: bytes) -> None:
        """Write as an editor does: in place."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(data)

    def edit(self, path: str, data: bytes) -> None:
        """Let a person write `data`: what they wrote there before and is not in it they took back themselves."""
        self.write(path, data)
        self.forget(path, data)

    def forget(self, path: str, data: bytes = b"") -> None:
        """Note that a person gave up their marks at `path` that are not in `data`."""
        gone = [mark for mark, home in self.people.written.items() if home == path and mark.encode() not in data]
        for mark in gone:
            del self.people.written[mark]

    def exists(self, path: str) -> bool:
        return os.path.lexists(self.root / path)

    def below(self, folder: str) -> list[str]:
        """Return the files below a folder."""
        found = []
        for at, folders, names in os.walk(self.root / folder):
            folders[:] = [name for name in folders if name != ".git"]
            found += [os.path.relpath(os.path.join(at, name), self.root) for name in names]
        return sorted(found)

    def tree(self, root: Path | None = None) -> Tree:
        """Return every file without git's own."""
        top, found = str(root or self.root), {}
        for at, folders, names in os.walk(top):
            if at == top and ".git" in folders:
                folders.remove(".git")
            for name in names:
                full = os.path.join(at, name)
                seen = os.lstat(full)
                with open(full, "rb") as file:
                    found[full[len(top) + 1 :]] = File(stat.S_IMODE(seen.st_mode), file.read(), seen.st_mtime_ns)
        return found

    def copy_tree(self) -> Path:
        """Return a copy without git's own; its files are links, which whoever writes them has to replace."""
        shutil.rmtree(self.copied, ignore_errors=True)
        shutil.copytree(self.root, self.copied, copy_function=os.link, ignore=shutil.ignore_patterns(".git"))
        return self.copied

    # -- what the files say -------------------------------------------------------------------------------------------

    def app(self) -> App:
        """Return what the spec says."""
        app = read_app(self.read(SPEC).decode())
        assert app is not None, self.read(SPEC).decode()
        return app

    def lock_lines(self, kind: str) -> list[list[str]]:
        """Return the lines of one kind in the lock, split in words; the last word is the path."""
        lines = self.read(LOCK).decode().replace("\r\n", "\n").split("\n")
        return [line.split(" ", 5) for line in lines if line.startswith(kind + " ")]

    def outputs(self, *ownerships: str) -> list[str]:
        """Return the paths of one class in the lock."""
        return sorted({line[5] for line in self.lock_lines("file") if not ownerships or line[1] in ownerships})

    def image_files(self) -> list[str]:
        """Return the paths where the lock knows that an image is recorded, or will be."""
        return [path for path in self.outputs("once") if is_image(path)]

    def ejected(self) -> list[str]:
        lines = self.read(EJECTED).decode().split()
        return [line for line in lines if self.exists(line)]

    def patched(self) -> list[str]:
        """Return the files that have a patch."""
        names = [path.removeprefix(f"{PATCHES}/") for path in self.below(PATCHES)]
        return sorted({name.removesuffix(".yaml").removesuffix(".patch") for name in names})

    # -- programs --------------------------------------------------------------------------------------------------

    def git(self, *words: str, cwd: Path | None = None, stdin: bytes = b"", fails: bool = False) -> str:
        """Run git; it may only fail where that is expected."""
        return self.run(["git", *words], cwd=cwd, stdin=stdin, fails=fails).stdout.decode()

    def run(
        self, words: list[str], cwd: Path | None = None, stdin: bytes = b"", fails: bool = False, **env: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program."""
        done = subprocess.run(
            words, cwd=cwd or self.root, input=stdin, capture_output=True, check=False, env={**self._env, **env}
        )
        if done.returncode and not fails:
            raise AssertionError(f"{words}: {done.returncode}: {(done.stderr + done.stdout).decode()}")
        return done

    def gitopsgen(self, *words: str, at: int = 0) -> Run:
        """Run the command line; the operation number `at` is its last."""
        done = self.server.run(self.root, *words, at=at, mode="kill-after" if at else "")
        self.trail.append(f"    gitopsgen {' '.join(words)} -> {done.code}{f' (killed at {at})' if at else ''}")
        if done.code in _TELLING:
            self.trail += [f"      | {line[:200]}" for line in done.err.split("\n")[:6] if line]
        return done
