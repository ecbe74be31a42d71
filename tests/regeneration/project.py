"""A generated repository with real git, and a person who works in it.

A command runs in a process that is forked from one which has imported everything: as real as a new one, and ten times
as quick.
"""

import atexit
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from gitopsgen import __version__
from gitopsgen.entry import main
from gitopsgen.unchanged import unchanged
from tests.trees import PUSH, SMALLEST, Ran, read_tree, write_tree

APP = {
    "package.json": '{"name": "storefront"}\n',
    "package-lock.json": '{"name": "storefront"}\n',
    "app.js": "// app\n",
}
NOBODY = 65534
_AUTHOR = {f"GIT_{role}_{what}": "a@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Project:
    """A folder with git in it; `home` is the person's, without anybody's configuration."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root, self.home = root, home
        home.mkdir(parents=True, exist_ok=True)
        git = {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "GIT_EDITOR": "true", "LC_ALL": "C", **_AUTHOR}
        self.environment = {"PATH": os.environ["PATH"], **git}

    def ours(self, *words: str, nobody: bool = False) -> Ran:
        """Run gitopsgen; `nobody` runs it as an ordinary user, whom the file system can refuse something."""
        _warm_up()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # the runner's own thread takes no part
                child = os.fork()
            if child == 0:
                self._live(words, out.fileno(), err.fileno(), nobody=nobody)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            said = []
            for file in (out, err):
                file.seek(0)
                said.append(file.read().decode())
        ran = Ran(code, *said)
        assert "Traceback" not in ran.err, ran.err
        assert code in range(7), ran
        if words == ("check",) and not nobody:
            assert code == 0 or not unchanged(str(self.root), __version__), "the quick check knows less, never other"
        return ran

    def _live(self, words: tuple[str, ...], out: int, err: int, *, nobody: bool) -> None:
        """Be the child: run the command line and leave."""
        code = 70
        try:
            os.dup2(out, 1)
            os.dup2(err, 2)
            sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY))
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            os.environ.clear()
            os.environ.update(self.environment)
            if nobody and os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            os.chdir(self.root)
            sys.argv = ["gitopsgen", *words]
            code = main()
        except BaseException:  # noqa: BLE001 - a traceback is what the tests look for
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def check(self) -> int:
        return self.ours("check").code

    def generate(self, *words: str) -> Ran:
        """Generate, which must not refuse, and leaves nothing to do."""
        ran = self.ours("generate", *words)
        assert ran.code == 0, ran
        assert self.check() == 0
        return ran

    def sh(self, *words: str) -> Ran:
        """Run any other program."""
        done = subprocess.run(
            words,
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def git(self, *words: str) -> str:
        """Run git, which must not refuse."""
        ran = self.sh("git", *words)
        assert ran.code == 0, ran
        return ran.out

    def clone(self, name: str, *options: str) -> "Project":
        """Clone the repository beside it."""
        found = Project(self.root.parent / name, self.home)
        self.git("clone", "--quiet", *options, str(self.root), str(found.root))
        return found

    def commit(self, message: str = "Change") -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def read(self, name: str) -> str:
        return (self.root / name).read_bytes().decode()

    def write(self, name: str, text: str) -> None:
        write_tree(self.root, {name: text})

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a text in a file, which must be there."""
        text = self.read(name)
        assert old in text, text
        self.write(name, text.replace(old, new))

    def delete(self, name: str) -> None:
        (self.root / name).unlink()

    def has(self, name: str) -> bool:
        return os.path.lexists(self.root / name)

    def tree(self) -> dict[str, str]:
        return read_tree(self.root)

    def verdicts(self) -> dict[str, str]:
        """Return what `status` says of each file of ours that is not as it should be."""
        rows = [line.split() for line in self.ours("status").out.splitlines()]
        return {row[3]: row[0] for row in rows if row[0] not in ("keep", "-") and row[3] != "gitopsgen.lock"}


def project(folder: Path, files: Mapping[str, str] = APP, *, spec: str = SMALLEST) -> Project:
    """Return a repository with its spec, generated and committed."""
    found = Project(folder / "shop", folder / "home")
    shutil.copytree(_delivered(spec, tuple(files.items())), found.root, symlinks=True)
    found.git("update-index", "--refresh")
    return found


@cache
def _delivered(spec: str, files: tuple[tuple[str, str], ...]) -> Path:
    """Generate and commit a repository once; the tests work in copies of it."""
    folder = Path(tempfile.mkdtemp(prefix="regeneration-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    found = Project(folder / "shop", folder / "home")
    write_tree(found.root, {**dict(files), "gitopsgen.yaml": spec})
    found.git("init", "--quiet", "--initial-branch=main", "--template=")
    found.generate()
    found.commit("Deliver")
    return found.root


def empty(folder: Path, files: Mapping[str, str], *, spec: str = SMALLEST) -> Project:
    """Return a repository with git and a spec, in which nothing was generated yet."""
    found = Project(folder / "shop", folder / "home")
    write_tree(found.root, {**APP, **files, "gitopsgen.yaml": spec})
    found.git("init", "--quiet", "--initial-branch=main", "--template=")
    return found


def commands(text: str) -> list[list[str]]:
    """Return the commands in back quotes that are in a text, as words without the program's name."""
    return [shlex.split(found)[1:] for found in re.findall(r"`(gitopsgen [^`]+)`", text)]


@cache
def _warm_up() -> None:
    """Import everything and compile the templates once, instead of in every run."""
    import importlib

    from gitopsgen.cli.main import LazyGroup
    from gitopsgen.compiler import generate

    for name in LazyGroup.commands_by_name:
        importlib.import_module(f"gitopsgen.cli.{name}")
    importlib.import_module("gitopsgen.patch.engine")
    for text in (SMALLEST, PUSH):
        with tempfile.TemporaryDirectory() as folder:
            # With an app, whose files are read too.
            generate(str(write_tree(Path(folder), APP | {"gitopsgen.yaml": text})))
