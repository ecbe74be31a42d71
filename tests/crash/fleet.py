"""Many small apps whose specs change all the time, and what a person and CI write in some of them."""

import random
import signal
from pathlib import Path
from typing import NamedTuple

from tests.trees import CLUSTER, SMALLEST, write_tree

from .stories import BUMPED, EDIT, IMAGE, LOCK, PERSONS, SERVICE, SPEC, STAGING, Tree, differences, tree, unfinished
from .zygote import Kill, Zygote

_SPECS = tuple(
    SMALLEST.replace("storefront", name).replace("mode: pull", f"mode: {mode}") + f"replicas: {replicas}\n" + cluster
    for name in ("storefront", "shop")
    for mode, cluster in (("pull", ""), ("push", CLUSTER))
    for replicas in (2, 3)
)
_EDITABLE = ("Dockerfile", SERVICE)
# Most kills come in this share of a run, whose order is another one every time: the rest would only cost time.
_SHARE = 0.3


class Numbers(NamedTuple):
    """What a series of rounds came to."""

    kills: int = 0
    while_writing: int = 0
    apps_cut_short: int = 0
    edits: int = 0
    lost: tuple[str, ...] = ()
    wrong_verdicts: tuple[str, ...] = ()
    wrong_trees: tuple[str, ...] = ()

    def text(self) -> str:
        return (
            f"{self.kills} kills, {self.while_writing} of them while files were written "
            f"({self.apps_cut_short} apps cut short); {self.edits} edits by people and CI, {len(self.lost)} lost; "
            f"{len(self.wrong_verdicts)} wrong verdicts, {len(self.wrong_trees)} wrong trees"
        )


class Fleet:
    """Apps below one folder, run by one call."""

    def __init__(self, folder: Path, server: Zygote, count: int, seed: int) -> None:
        self._folder, self._server = folder, server
        self._random = random.Random(seed)  # noqa: S311 - not a secret
        self.apps = [f"app-{number:03}" for number in range(count)]
        self._specs: dict[str, str] = {}
        self._fresh = {text: _fresh(folder / f"fresh-{at}", server, text) for at, text in enumerate(_SPECS)}
        self._edits: dict[tuple[str, str], str] = {}
        self._bumps: dict[str, str] = {}
        self.numbers = Numbers()
        self._duration = 0.0

    def lay_out(self) -> None:
        """Write the apps, and generate them; once more to see how long that takes."""
        for app in self.apps:
            write_tree(self._folder / app, PERSONS)
        self.change_specs()
        self.complete()
        self.change_specs()
        self._duration = self._server.run(self._folder, "generate", *self.apps).seconds

    def change_specs(self) -> None:
        """Give every app another spec than it had."""
        for app in self.apps:
            others = [text for text in _SPECS if text != self._specs.get(app)]
            self._specs[app] = self._random.choice(others)
            (self._folder / app / SPEC).write_text(self._specs[app])

    def write_by_hand(self) -> None:
        """Edit a generated file in some apps, and let CI write the image of some."""
        for app in self._random.sample(self.apps, 2):
            path = self._random.choice(_EDITABLE)
            text = (self._folder / app / path).read_text() + EDIT
            (self._folder / app / path).write_text(text)
            self._edits[app, path] = text
        for app in self._random.sample(self.apps, 2):
            self._bumps[app] = f"{BUMPED}# {self._random.random()}\n"
            (self._folder / app / IMAGE).write_text(self._bumps[app])
        self.numbers = self.numbers._replace(edits=self.numbers.edits + 4)

    def kill(self) -> None:
        """Run, and kill at a random moment: the whole group of processes, or only the parent of the workers."""
        self._random.shuffle(self.apps)
        run = self._server.run(self._folder, "generate", *self.apps, kill=self._moment())
        short = sum(self._is_cut_short(app) for app in self.apps)
        old = self.numbers
        self.numbers = old._replace(
            kills=old.kills + (run.code == -signal.SIGKILL),
            while_writing=old.while_writing + bool(short),
            apps_cut_short=old.apps_cut_short + short,
        )

    def _moment(self) -> Kill:
        """Choose any time; or, each second time, one while a certain app is being written."""
        only_parent = self._random.random() < 0.25
        if self._random.random() < 0.5:
            return Kill(self._duration * _SHARE * self._random.random(), "", only_parent)
        edited = {app for app, _ in self._edits}
        early = [app for app in self.apps[: int(len(self.apps) * _SHARE)] if app not in edited]
        staging = self._folder / self._random.choice(early) / STAGING
        return Kill(self._random.random() * 0.003, str(staging), only_parent)

    def _is_cut_short(self, app: str) -> bool:
        folder = self._folder / app
        return (folder / STAGING).exists() or b"\nintent " in (folder / LOCK).read_bytes()

    def look_after_edits(self) -> None:
        """Every text of a person or of CI is where it was written, byte for byte."""
        written = {**self._edits, **{(app, IMAGE): text for app, text in self._bumps.items()}}
        gone = [f"{app}/{path}" for (app, path), text in written.items() if self._read(app, path) != text]
        self.numbers = self.numbers._replace(lost=(*self.numbers.lost, *gone))

    def _read(self, app: str, path: str) -> str | None:
        name = self._folder / app / path
        return name.read_text() if name.exists() else None

    def complete(self) -> None:
        """Let one run come to its end, and compare verdicts and trees; then give up the edits."""
        run = self._server.run(self._folder, "generate", *self.apps)
        edited = {app for app, _ in self._edits}
        told = {line.removeprefix("./").removesuffix(":") for line in run.err.split("\n") if _names_app(line)}
        self._note_verdicts([f"{app}: a conflict without an edit" for app in sorted(told - edited)])
        self._note_verdicts([f"{app}: the edit was not told" for app in sorted(edited - told)])
        self._note_verdicts([f"exit {run.code}: {run.said[-300:]}"] if run.code != (4 if edited else 0) else [])
        self.look_after_edits()
        for app in sorted(edited):
            words = [word for name, path in self._edits if name == app for word in ("--take", path)]
            taken = self._server.run(self._folder / app, "generate", *words)
            self._note_verdicts([f"{app}: --take: exit {taken.code}: {taken.said}"] if taken.code else [])
        self._edits.clear()
        wrong = [f"{app}: {what}" for app in self.apps for what in self._wrong(app)]
        self.numbers = self.numbers._replace(wrong_trees=(*self.numbers.wrong_trees, *wrong))

    def _note_verdicts(self, wrong: list[str]) -> None:
        self.numbers = self.numbers._replace(wrong_verdicts=(*self.numbers.wrong_verdicts, *wrong))

    def _wrong(self, app: str) -> list[str]:
        folder = self._folder / app
        return [*differences(_comparable(folder), self._fresh[self._specs[app]])[:3], *unfinished(folder)]


def _names_app(line: str) -> bool:
    return line.removeprefix("./").startswith("app-") and line.endswith(":")


def _fresh(folder: Path, server: Zygote, spec: str) -> Tree:
    write_tree(folder, {**PERSONS, SPEC: spec})
    run = server.run(folder, "generate")
    assert run.code == 0, run.said
    return _comparable(folder)


def _comparable(folder: Path) -> Tree:
    """Return the tree without what is CI's, and without what was put aside."""
    found = {path: what for path, what in tree(folder).items() if path != IMAGE and ".gitopsgen/kept" not in path}
    mode, lock = found[LOCK]
    return {**found, LOCK: (mode, b"\n".join(line for line in lock.split(b"\n") if not line.startswith(b"file once")))}
