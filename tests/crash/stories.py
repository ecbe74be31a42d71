"""What is interrupted: repositories before a run, the run, and what of them a person wrote."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.trees import OVERRIDES, PUSH, SMALLEST, write_tree

from .zygote import Run, Zygote

SPEC, LOCK = "gitopsgen.yaml", "gitopsgen.lock"
STAGING = ".gitopsgen/staging"
IMAGE = "k8s/overlays/production/image/kustomization.yaml"
WORKSPACE, MONO = "gitopsgen.workspace.yaml", "apiVersion: gitopsgen/v1\nservices: [services/shop]\n"
SERVICE, DEPLOYMENT = "k8s/base/service.yaml", "k8s/base/deployment.yaml"
# Neither the spec before nor the one after: what somebody chooses who comes back to a killed run.
# The smallest spec as the previews wanted it.
OLD = """\
apiVersion: gitopsgen/v1alpha1  # since spring
name: storefront
delivery: operator
image: docker.io/acme/storefront
git: {url: https://github.com/acme/storefront.git}
runtime: {name: node}
ports: [3000]  # behind the proxy
"""
THIRD = SMALLEST.replace("port: 3000", "port: 4000") + "replicas: 3\n"
BUMPED = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages: []  # written by CI\n"
PERSONS = {
    "README.md": "# Storefront\n",
    "package.json": "{}\n",
    "package-lock.json": "{}\n",
    "app.js": "console.log(1)\n",
    ".gitignore": "mine/\n# and mine\n",
    ".pre-commit-config.yaml": "repos:\n- repo: local\n  hooks: []  # mine\n",
    "k8s/base/notes.txt": "mine\n",
}
# A person's lines in these are around a block of ours.
SHARED = (".gitignore", ".pre-commit-config.yaml")
EDIT = "# my own line\n"


class Story(NamedTuple):
    """A repository at `start`, and the command that is interrupted there.

    `theirs` are a person's texts by path; `code` is the exit code of a run that nothing befalls.
    """

    name: str
    words: tuple[str, ...]
    start: Path
    theirs: dict[str, str]
    code: int = 0

    def copy(self, to: Path) -> Path:
        """Return a copy of the repository, at a place where none is yet."""
        shutil.copytree(self.start, to, symlinks=True)
        return to

    def go_on(self, server: Zygote, folder: Path) -> Run:
        """Do what a person does who comes back to a run that was killed: the same again, then `generate`."""
        if self.words[0] == "init" and (folder / SPEC).exists():
            return server.run(folder, "generate")
        run = server.run(folder, *self.words)
        # A run that came to its end before it was killed leaves nothing to drop or to give back.
        if self.words[0] == "generate" or (run.code != self.code and "path.unknown" not in run.err):
            return run
        return server.run(folder, "generate")


def _generated(server: Zygote, folder: Path, spec: str = SMALLEST) -> dict[str, str]:
    """Lay out an app that was generated, and whose image CI has written since; return the person's texts."""
    write_tree(folder, {**PERSONS, SPEC: spec})
    run = server.run(folder, "generate")
    assert run.code == 0, run.said
    (folder / IMAGE).write_text(BUMPED)
    return {**PERSONS, IMAGE: BUMPED}


def _edit(folder: Path, *paths: str) -> dict[str, str]:
    for path in paths:
        with open(folder / path, "a", encoding="utf-8") as file:
            file.write(EDIT)
    return {path: (folder / path).read_text() for path in paths}


def _first(server: Zygote, folder: Path) -> dict[str, str]:
    write_tree(folder, {**PERSONS, SPEC: SMALLEST})
    return PERSONS


def _to_push(server: Zygote, folder: Path) -> dict[str, str]:
    theirs = _generated(server, folder)
    (folder / SPEC).write_text(PUSH)
    return theirs


def _to_pull(server: Zygote, folder: Path) -> dict[str, str]:
    theirs = _generated(server, folder, PUSH)
    (folder / SPEC).write_text(SMALLEST)
    return theirs


def _moved(server: Zygote, folder: Path) -> dict[str, str]:
    theirs = _generated(server, folder)
    (folder / SPEC).write_text(SMALLEST + "manifests: deploy\n")
    return theirs


def _moved_by_hand(server: Zygote, folder: Path) -> dict[str, str]:
    """A service's folder has another name, and its manifests shall lie elsewhere; there is a recorded edit."""
    theirs = _shared(server, folder)
    (folder / "services").rename(folder / "apps")
    (folder / WORKSPACE).write_text(MONO.replace("services/shop", "apps/shop") + "defaults: {manifests: deploy}\n")
    return {path.replace("services/", "apps/"): text for path, text in theirs.items()}


def _shared(server: Zygote, folder: Path) -> dict[str, str]:
    """Lay out a workspace of one service, with an edit that was adopted; return the person's texts."""
    home = "services/shop/"
    own = {name: PERSONS[name] for name in ("package.json", "package-lock.json", "app.js", "k8s/base/notes.txt")}
    theirs = {f"{home}{name}": text for name, text in own.items()}
    write_tree(folder, {**theirs, f"{home}{SPEC}": SMALLEST, WORKSPACE: MONO})
    assert server.run(folder, "generate").code == 0
    (folder / f"{home}{IMAGE}").write_text(BUMPED)
    _edit(folder, f"{home}{SERVICE}")
    assert server.run(folder, "adopt", f"{home}{SERVICE}").code == 0
    return {**theirs, f"{home}{IMAGE}": BUMPED}


def _stand_in(server: Zygote, folder: Path) -> dict[str, str]:
    """The image is still ours: it follows the spec, and goes where the manifests go."""
    theirs = {path: text for path, text in _generated(server, folder).items() if path != IMAGE}
    (folder / IMAGE).unlink()
    assert server.run(folder, "generate", "--take", IMAGE).code == 0
    (folder / SPEC).write_text(PUSH + "manifests: deploy\n")
    return theirs


def _blocks(server: Zygote, folder: Path) -> dict[str, str]:
    theirs = _generated(server, folder)
    override = {f"{OVERRIDES}/runtime/node/gitignore": "node_modules/\nmore/\n"}
    write_tree(folder, override)
    return {**theirs, **override}


def _edited(server: Zygote, folder: Path) -> dict[str, str]:
    theirs = _generated(server, folder)
    return {**theirs, **_edit(folder, "Dockerfile", SERVICE)}


def _edited_and_changed(server: Zygote, folder: Path) -> dict[str, str]:
    theirs = _to_push(server, folder)
    return {**theirs, **_edit(folder, "Dockerfile", SERVICE)}


def _adopted(server: Zygote, folder: Path) -> dict[str, str]:
    theirs = _edited(server, folder)
    run = server.run(folder, "adopt", "Dockerfile", SERVICE)
    assert run.code == 0, run.said
    return theirs


def _adopted_and_changed(server: Zygote, folder: Path) -> dict[str, str]:
    """The patches go on: the edited lines are in every new text."""
    theirs = _adopted(server, folder)
    (folder / SPEC).write_text(PUSH)
    return {path: text for path, text in theirs.items() if path not in ("Dockerfile", SERVICE)}


def _dropping(server: Zygote, folder: Path) -> dict[str, str]:
    theirs = _adopted(server, folder)
    del theirs["Dockerfile"]
    return theirs


def _plain(server: Zygote, folder: Path) -> dict[str, str]:
    return _generated(server, folder)


def _ejected(server: Zygote, folder: Path) -> dict[str, str]:
    theirs = _generated(server, folder)
    run = server.run(folder, "eject", "Dockerfile", SERVICE)
    assert run.code == 0, run.said
    return theirs


def _bare(server: Zygote, folder: Path) -> dict[str, str]:
    write_tree(folder, PERSONS)
    return PERSONS


def _by_hand(server: Zygote, folder: Path) -> dict[str, str]:
    theirs = {**PERSONS, "Dockerfile": "FROM docker.io/library/node:26-alpine\n", SERVICE: "# mine\nkind: Service\n"}
    write_tree(folder, theirs)
    return theirs


def _not_fitting(server: Zygote, folder: Path) -> dict[str, str]:
    """One of two adopted edits fits no more: what it was about has gone from the template."""
    theirs = _generated(server, folder, SMALLEST.replace("port:", "replicas: 2\nport:"))
    text = (folder / DEPLOYMENT).read_text()
    (folder / DEPLOYMENT).write_text(text.replace("replicas: 2", "replicas: 7") + EDIT)
    assert server.run(folder, "adopt", DEPLOYMENT).code == 0
    (folder / SPEC).write_text(SMALLEST.replace("port:", "replicas: 3\nport:"))
    return theirs


def _old(server: Zygote, folder: Path) -> dict[str, str]:
    theirs = _generated(server, folder)
    (folder / SPEC).write_text(OLD)
    return theirs


def _staged(server: Zygote, folder: Path) -> dict[str, str]:
    """A new spec is staged, and nothing that follows from it. Git's own files lie elsewhere: nothing changes there."""
    theirs = _to_push(server, folder)
    for words in (("init", "-q", f"--separate-git-dir={folder}-git"), ("add", "-A")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return theirs


_INIT = ("--yes", "--mode", "pull", "--image", "docker.io/acme/storefront", "--name", "storefront", "--port", "3000")
_INIT_FULL = ("init", *_INIT, "--runtime", "node", "--set", "repository=https://github.com/acme/storefront.git")

_Start = Callable[[Zygote, Path], dict[str, str]]
STORIES: dict[str, tuple[_Start, tuple[str, ...]]] = {
    "first": (_first, ("generate",)),
    "pull to push": (_to_push, ("generate",)),
    "push to pull": (_to_pull, ("generate",)),
    "moved": (_moved, ("generate",)),
    "by hand": (_moved_by_hand, ("generate",)),
    "stand-in moved": (_stand_in, ("generate",)),
    "block": (_blocks, ("generate",)),
    "patched": (_adopted_and_changed, ("generate",)),
    "take": (_edited_and_changed, ("generate", "--take", "Dockerfile", "--take", SERVICE)),
    "keep": (_edited_and_changed, ("generate", "--keep", "Dockerfile", "--keep", SERVICE)),
    "adopt": (_edited, ("adopt", "Dockerfile", SERVICE)),
    "refresh": (_not_fitting, ("adopt", "--refresh", DEPLOYMENT)),
    "drop": (_dropping, ("adopt", "--drop", "Dockerfile")),
    "eject": (_plain, ("eject", "Dockerfile", SERVICE)),
    "eject edited": (_edited, ("eject", "Dockerfile", SERVICE)),
    "eject back": (_ejected, ("eject", "--back", "Dockerfile", SERVICE)),
    "upgrade": (_old, ("upgrade",)),
    "hook": (_staged, ("hook", "run")),
    "init": (_bare, _INIT_FULL),
    "init adopt": (_by_hand, (*_INIT_FULL, "--adopt")),
}


def build(name: str, server: Zygote, folder: Path) -> Story:
    """Lay out the story of that name below `folder`."""
    make, words = STORIES[name]
    start = folder / "start"
    start.mkdir()
    return Story(name, words, start, make(server, start), code=1 if name == "hook" else 0)


Tree = dict[str, tuple[int, bytes]]


def tree(folder: Path, *, without: tuple[str, ...] = ()) -> Tree:
    """Return mode and bytes of every file, and every folder, by path."""
    found: Tree = {}
    for at, folders, names in os.walk(folder):
        for name in folders + names:
            full = os.path.join(at, name)
            path = os.path.relpath(full, folder)
            if path.startswith(without) if without else False:
                continue
            kind = os.lstat(full).st_mode
            found[path] = (kind, Path(full).read_bytes() if os.path.isfile(full) else b"")
    return found


def differences(found: Tree, wanted: Tree) -> list[str]:
    """Say in words what is not as it should be."""
    said = []
    for path in sorted({*found, *wanted}):
        if path not in found:
            said.append(f"{path} is missing")
        elif path not in wanted:
            said.append(f"{path} is left over")
        elif found[path][0] != wanted[path][0]:
            said.append(f"{path} has mode {found[path][0]:o}, not {wanted[path][0]:o}")
        elif found[path] != wanted[path]:
            said.append(f"{path} differs: {_first_difference(found[path][1], wanted[path][1])}")
    return said


def _first_difference(found: bytes, wanted: bytes) -> str:
    pairs = zip([*found.split(b"\n"), b"<end>"], [*wanted.split(b"\n"), b"<end>"], strict=False)
    return next((f"{one[:100]!r}, not {two[:100]!r}" for one, two in pairs if one != two), "in length")


def lost(story: Story, folder: Path) -> list[str]:
    """Return what a person wrote that is nowhere any more: not in its place, not put aside, and not moved."""
    everywhere = {path: text for path, (_, text) in tree(folder).items()}
    gone = []
    for path, text in story.theirs.items():
        if path in SHARED:
            lines = everywhere.get(path, b"").split(b"\n")
            gone += [f"{path}: {line!r}" for line in text.encode().split(b"\n") if line not in lines]
        elif everywhere.get(path) != text.encode():
            places = [name for name in everywhere if name.startswith(f".gitopsgen/kept/{path}")]
            # CI's file goes along when its folder moves.
            places += [
                name for name in everywhere if path.endswith(IMAGE) and name.endswith("/image/kustomization.yaml")
            ]
            gone += [] if text.encode() in map(everywhere.__getitem__, places) else [path]
    return gone


def unfinished(folder: Path) -> list[str]:
    """Return what only a run that is under way may leave: temporary files, and intents in the lock."""
    lock = folder / LOCK
    intents = [line for line in lock.read_text().split("\n") if line.startswith("intent")] if lock.exists() else []
    names = [path for path in tree(folder) if path.endswith(".tmp") or path.startswith(STAGING)]
    return intents + names
