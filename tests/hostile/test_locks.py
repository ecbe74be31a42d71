"""A hostile lock in a repository that somebody checks, generates or adopts in: nothing outside of it is touched.

Around the repository lie files of somebody else. After each command they are what they were, byte for byte and by their
times; what was opened is watched from inside the process, and for some locks by strace too. GITOPSGEN_THOROUGH=1 runs
every command on every lock; otherwise each lock meets some of them.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.stories import LOCK, PERSONS, SPEC, Tree, tree
from tests.crash.zygote import FAST, PROJECT, Run, Zygote
from tests.trees import SMALLEST, write_tree

from .locks import BEHIND_LINKS, KINDS, SECRET, Hostile, groups

THOROUGH = os.environ.get("GITOPSGEN_THOROUGH") == "1"
_LOCKS = groups(2000 if THOROUGH else 60)
_COMMANDS = (
    ("check",),
    ("generate",),
    ("diff",),
    ("status",),
    ("adopt", "Dockerfile"),
    ("eject", "Dockerfile"),
    ("check", "--full", "--format", "json"),
    (FAST,),
)
_HARMLESS = (0, 1, 4)
_UNREADABLE = 6
_SLOWEST = 2.0  # seconds of computing: the clock of a busy machine says nothing
_PROGRAMS = tuple(os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, str(PROJECT)))
_ANSWERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Place:
    """A repository with links in it, and what lies around it."""

    def __init__(self, folder: Path, server: Zygote) -> None:
        self._folder, self._server = folder, server
        self.area = folder / "area"
        self.repo = self.area / "repo"
        self._pristine = folder / "pristine"
        _lay_out(self._pristine, server)
        self.renew()

    def renew(self) -> None:
        shutil.rmtree(self.area, ignore_errors=True)
        subprocess.run(["cp", "-a", str(self._pristine), str(self.area)], check=True)

    def meets(self, hostile: Hostile, words: tuple[str, ...]) -> list[str]:
        """Run one command with one lock, and return what went wrong."""
        good = (self.repo / LOCK).read_bytes()
        hostile.put(self.repo)
        before, around = tree(self.repo), _everything(self.area, self.repo)
        own = {path: what for path, what in before.items() if path in PERSONS or path.startswith(".git/")}
        run = self._server.run(self.repo, *words, watch=True)
        wrong = _judge(hostile, words, run)
        wrong += [f"around the repository: {what}" for what in _changed(around, _everything(self.area, self.repo))]
        after = tree(self.repo)
        wrong += [f"a person's {path} changed" for path in own if after.get(path) != own[path]]
        wrong += [f"touched {path}" for path in self._elsewhere(run)]
        if words[0] in ("check", "diff", "status", FAST) or run.code == _UNREADABLE:
            wrong += ["the repository changed"] if after != before else []
        if wrong or after != before or not stat.S_ISREG(os.lstat(self.repo / LOCK).st_mode):
            self.renew()
        else:
            (self.repo / LOCK).write_bytes(good)
        return [f"{' '.join(words)}: {hostile.name}: {what}" for what in wrong]

    def _elsewhere(self, run: Run) -> list[str]:
        """Return what was opened outside of the repository, or in git's own folder, over whatever links."""
        repo = os.path.realpath(self.repo)
        found = []
        for name in filter(None, run.touched):
            folder, last = os.path.split(name)
            real = os.path.join(os.path.realpath(folder), last)
            inside = real == repo or (real.startswith(repo + "/") and not real.startswith(f"{repo}/.git/"))
            if not (inside or real.startswith(_PROGRAMS) or real == os.devnull or _is_cache(real)):
                found.append(name)
        return found


def _is_cache(path: str) -> bool:
    return "/.cache/gitopsgen" in path


def _lay_out(area: Path, server: Zygote) -> None:
    repo = area / "repo"
    write_tree(area, {"outside/secret": SECRET, "outside/folder/secret": SECRET, "repo-beside/secret": SECRET})
    write_tree(repo, {**PERSONS, SPEC: SMALLEST})
    subprocess.run(["git", "init", "-q", str(repo)], check=True)
    write_tree(repo, {".git/hooks/pre-commit": SECRET})
    for folder in (area / "outside/empty", repo / ".git/empty"):
        folder.mkdir()
    run = server.run(repo, "generate")
    assert run.code == 0, run.said
    shutil.copy(repo / LOCK, area / "outside/lock")
    links = {
        "out": "../outside",
        "up": "..",
        "into-git": ".git",
        "linked-file": "../outside/secret",
        "chain": "out/folder",
        "devices": "/dev",
        "processes": "/proc",
        "loop": "loop",
        "k8s/here": "..",
    }
    for name, target in links.items():
        (repo / name).symlink_to(target)
    os.mkfifo(repo / "pipe")


def _everything(area: Path, repo: Path) -> dict[str, tuple[object, ...]]:
    """Return bytes, mode, times and number of all that lies around the repository."""
    found: dict[str, tuple[object, ...]] = {}
    for at, folders, names in os.walk(area):
        folders[:] = [name for name in folders if Path(at, name) != repo]
        for name in folders + names:
            path = Path(at, name)
            kind = path.lstat()
            text = path.read_bytes() if path.is_file() else b""
            found[str(path)] = (text, kind.st_mode, kind.st_ino, kind.st_mtime_ns, kind.st_ctime_ns, kind.st_nlink)
    return found


def _changed(before: dict[str, tuple[object, ...]], after: dict[str, tuple[object, ...]]) -> list[str]:
    return [path for path in sorted({*before, *after}) if before.get(path) != after.get(path)]


def _judge(hostile: Hostile, words: tuple[str, ...], run: Run) -> list[str]:
    """Return what is wrong with exit code, message and speed."""
    wrong = []
    fast = words[0] == FAST
    allowed = (1,) if hostile.refused and fast else (_UNREADABLE,) if hostile.refused else (*_HARMLESS, _UNREADABLE)
    if run.code not in allowed:
        wrong.append(f"exit {run.code}, not {allowed}: {run.said[-300:]!r}")
    if "Traceback" in run.said or "bug of gitopsgen" in run.said:
        wrong.append(f"no answer: {run.said[-300:]!r}")
    if run.code == _UNREADABLE and "json" not in words and not ("cure: " in run.err and LOCK in run.err):
        wrong.append(f"no cure: {run.said[-300:]!r}")
    if _ANSWERS.search(run.said):
        wrong.append(f"control characters reach the terminal: {run.said[-300:]!r}")
    if SECRET.strip() in run.said:
        wrong.append("the secret is printed")
    if run.cpu > _SLOWEST:
        wrong.append(f"{run.cpu:.1f} s")
    return wrong


def commands_for(number: int) -> tuple[tuple[str, ...], ...]:
    """Return the commands that a lock meets: all of them, or one, which is another for the next lock."""
    return _COMMANDS if THOROUGH else (_COMMANDS[number % len(_COMMANDS)],)


@pytest.fixture
def place(scratch: Path, gitopsgen: Zygote) -> Place:
    return Place(scratch, gitopsgen)


@pytest.mark.parametrize("group", _LOCKS)
def test_hostile_locks(group: str, place: Place) -> None:
    wrong = []
    for number, hostile in enumerate(_LOCKS[group], len(group)):
        for words in commands_for(number):
            wrong += place.meets(hostile, words)
    assert not wrong, f"{len(wrong)} problems:\n" + "\n".join(text[:600] for text in wrong[:25])


def test_there_are_enough_locks() -> None:
    assert sum(map(len, _LOCKS.values())) >= 200


def test_the_watching_sees_what_is_opened(place: Place, gitopsgen: Zygote) -> None:
    """If this did not find the spec, the test above could not find a secret."""
    run = gitopsgen.run(place.repo, "check", watch=True)
    assert run.code == 0, run.said
    assert os.path.join(os.path.realpath(place.repo), SPEC) in [os.path.realpath(name) for name in run.touched]


@pytest.mark.parametrize("kind", KINDS if THOROUGH else ["file", "deletion"])
@pytest.mark.parametrize("command", ["check", "generate"])
def test_the_system_saw_no_file_of_somebody_else(kind: str, command: str, place: Place, tmp_path: Path) -> None:
    """What no Python program can hide: strace shows every file that the process and all it starts ask for."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    calls = (
        "open,openat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,link,linkat,symlinkat,truncate,chmod"
    )
    watching = [strace, "-f", "-qq", "-e", f"trace={calls}", "-o", str(tmp_path / "calls")]
    seen = []
    for path in BEHIND_LINKS if THOROUGH else BEHIND_LINKS[:4]:
        with open(place.repo / LOCK, "a", encoding="utf-8") as file:
            file.write(KINDS[kind].replace("{digest}", "0" * 64).replace("{path}", path) + "\n")
        subprocess.run(
            [*watching, sys.executable, "-m", "gitopsgen", command],
            cwd=place.repo,
            env={**os.environ, "PYTHONPATH": str(PROJECT), "HOME": str(tmp_path)},
            capture_output=True,
            check=False,
        )
        names = re.findall(r'"([^"]*)"', (tmp_path / "calls").read_text())
        assert any(name.endswith(SPEC) for name in names)
        seen += [name for name in names if _is_elsewhere(name, place)]
        place.renew()
    assert seen == []


def _is_elsewhere(name: str, place: Place) -> bool:
    folder, last = os.path.split(os.path.join(place.repo, name))
    real = os.path.join(os.path.realpath(folder), last)
    area, repo = os.path.realpath(place.area), os.path.realpath(place.repo)
    return (real.startswith(area + "/") and not (real + "/").startswith(repo + "/")) or real.startswith(f"{repo}/.git/")


def test_a_good_lock_is_good(place: Place) -> None:
    """The repository with all its links is fine as long as the lock is its own."""
    before: Tree = tree(place.repo)
    wrong = place.meets(Hostile("its own", lambda _: None), ("generate",))
    assert wrong == []
    assert tree(place.repo) == before
