"""apply is all or nothing: each story makes the real file system refuse in the middle of a run."""

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gitopsgen.core.errors import WriteError
from gitopsgen.core.repopath import Root
from gitopsgen.repo.apply import apply
from gitopsgen.repo.lock import LOCK_NAME

from .trees import build, generate, locks, look, rendered, tree


def everything(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Return text, mode and time of each file, and of each folder that it exists."""
    found = {}
    for path in sorted(folder.rglob("*")):
        kind = path.lstat()
        text = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[path.relative_to(folder).as_posix()] = (text, kind.st_mode, kind.st_mtime_ns if path.is_file() else 0)
    return found


def fails(folder: Path, files: list, disturb, path: str, reason: str) -> None:  # type: ignore[type-arg,no-untyped-def]
    """Decide, let `disturb` change the disk, apply: it must fail and leave the disk as `disturb` left it."""
    decision = look(folder, files)
    assert not decision.conflicts
    both = locks(folder, decision)
    disturb()
    before = everything(folder)
    with pytest.raises(WriteError, match=reason) as caught:
        apply(Root(str(folder)), decision.changes, both)
    assert caught.value.path == path
    assert everything(folder) == before


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    generate(tmp_path, [rendered("a", "1"), rendered("old/o", "1"), rendered("z", "1", mode=0o755)])
    return tmp_path


FILES = [rendered("a", "2"), rendered("new/deep/n", "2"), rendered("z", "2")]


def test_succeeds_when_undisturbed(repo: Path) -> None:
    generate(repo, FILES)
    assert tree(repo) == {"a": b"2", "new/deep/n": b"2", "z": b"2"}
    assert not [name for name in tree(repo, lock=True) if "staging" in name]


def test_target_edited_meanwhile(repo: Path) -> None:
    fails(repo, FILES, lambda: build(repo, {"z": "mine"}), "z", "changed while generating, run again")


def test_target_created_meanwhile(repo: Path) -> None:
    fails(repo, FILES, lambda: build(repo, {"new/deep/n": "mine"}), "new/deep/n", "changed while generating")


def test_target_deleted_meanwhile(repo: Path) -> None:
    fails(repo, FILES, (repo / "z").unlink, "z", "changed while generating")


def test_orphan_edited_meanwhile(repo: Path) -> None:
    fails(repo, FILES, lambda: build(repo, {"old/o": "mine"}), "old/o", "changed while generating")


def test_target_became_a_folder(repo: Path) -> None:
    def disturb() -> None:
        (repo / "z").unlink()
        (repo / "z").mkdir()

    fails(repo, FILES, disturb, "z", "not a regular file")


def test_target_became_a_link(repo: Path) -> None:
    def disturb() -> None:
        (repo / "z").unlink()
        (repo / "z").symlink_to("a")

    fails(repo, FILES, disturb, "z", "not a regular file")


def test_folder_became_a_link_out_of_the_repository(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    fails(repo, FILES, lambda: (repo / "new").symlink_to(outside), "new/deep/n", "leaves the repository")
    assert not list(outside.iterdir())


def test_lock_became_a_folder(repo: Path) -> None:
    def disturb() -> None:
        (repo / LOCK_NAME).unlink()
        (repo / LOCK_NAME).mkdir()

    fails(repo, FILES, disturb, LOCK_NAME, "not a regular file")


def test_folder_is_a_file(repo: Path) -> None:
    fails(repo, FILES, lambda: build(repo, {"new": "a file"}), "new/deep/n", "exists|directory")


def test_name_that_the_file_system_refuses(repo: Path) -> None:
    name = "y" * 300
    fails(repo, [*FILES, rendered("m/" + name, "2")], lambda: None, "m/" + name, "too long")


def test_disk_full(repo: Path) -> None:
    """A limit on the size of files makes write() fail for good, as a full disk does."""
    big = [rendered("a", "2"), rendered("new/n", "x" * 100_000), rendered("z", "2")]
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:

        def disturb() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, old[1]))

        fails(repo, big, disturb, "new/n", "too large")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)


def test_permission_denied_for_an_ordinary_user(repo: Path) -> None:
    """Runs as nobody where the tests are root, because root is refused nothing."""
    source = f"""
import os, sys
sys.path[:0] = {[str(Path(__file__).parents[1]), *sys.path]!r}
from pathlib import Path
from repo.test_apply import FILES, fails
folder = Path({str(repo)!r})
for path in (folder, *folder.rglob("*")):
    os.chown(path, 65534, 65534) if os.getuid() == 0 else None
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
fails(folder, FILES, lambda: (folder / "old").chmod(0o500), "old/o", "denied")
(folder / "old").chmod(0o700)
"""
    for parent in repo.parents:
        if "pytest-of" in str(parent):
            parent.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_interrupt_undoes_what_was_done(repo: Path) -> None:
    """Ctrl-C in the middle: the same way back as for a refused write."""
    decision = look(repo, FILES)
    both = locks(repo, decision)
    before = everything(repo)
    root = _InterruptedRoot(str(repo))
    with pytest.raises(KeyboardInterrupt):
        apply(root, decision.changes, both)
    assert everything(repo) == before


class _InterruptedRoot(Root):
    """A root whose user presses Ctrl-C just before the last file is looked at."""

    def read(self, path):  # type: ignore[no-untyped-def]
        if path == "z":
            raise KeyboardInterrupt
        return super().read(path)


def test_staged_text_that_vanished(repo: Path) -> None:
    """Somebody cleans up while we write: the rename itself fails, after the old file got its second name."""
    decision = look(repo, FILES)
    before = everything(repo)
    with pytest.raises(WriteError, match="No such file"):
        apply(_CleanedRoot(str(repo)), decision.changes, locks(repo, decision))
    assert everything(repo) == before


class _CleanedRoot(Root):
    """A root whose staged texts are deleted just before the last file is looked at."""

    def read(self, path):  # type: ignore[no-untyped-def]
        if path == "z":
            for name in Path(self.path).glob(".gitopsgen/staging/*"):
                if name.read_bytes() == b"2":
                    name.unlink()
        return super().read(path)


@pytest.mark.parametrize("delay", range(25))
def test_killed_run_is_finished_by_the_next_one(repo: Path, delay: int) -> None:
    """Killed at any point: nobody's work is called a conflict, and the same spec gives the same files."""
    child = os.fork()
    if child == 0:
        generate(repo, FILES)
        os._exit(0)
    time.sleep(delay * 0.0001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert not look(repo, FILES).conflicts
    generate(repo, FILES)
    assert tree(repo) == {"a": b"2", "new/deep/n": b"2", "z": b"2"}


def test_conflicts_never_reach_the_disk(repo: Path) -> None:
    build(repo, {"a": "mine"})
    decision = look(repo, FILES)
    with pytest.raises(ValueError, match="conflicts"):
        apply(Root(str(repo)), decision.changes, locks(repo, decision))


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS, errno.EPERM])
def test_a_file_system_without_hard_links_gets_a_copy(repo: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """There is no such file system to be had here: the call of the system that would refuse does refuse."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    decision = look(repo, FILES)
    before = everything(repo)
    with pytest.raises(KeyboardInterrupt):
        apply(_InterruptedRoot(str(repo)), decision.changes, locks(repo, decision))
    assert {name: kept[:2] for name, kept in everything(repo).items()} == {
        name: kept[:2] for name, kept in before.items()
    }
    generate(repo, FILES)
    assert tree(repo) == {"a": b"2", "new/deep/n": b"2", "z": b"2"}
