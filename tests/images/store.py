"""buildah with a store of images of our own, as root and without a daemon; nothing is ever pulled."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

# Many processes of one machine share it, as the worktrees of one checkout do.
HOME = (Path(__file__).resolve().parents[2] / ".tools").resolve() / "images"
_STORE, _RUN = HOME / "store", HOME / "run"


class Image(NamedTuple):
    """The configuration of an image, as a container engine reads it."""

    user: str
    command: list[str]
    environment: dict[str, str]
    folder: str
    health: list[str]
    labels: Mapping[str, str]
    stop: str
    layers: int


def buildah(*words: str, text: str | None = None) -> str:
    """Run buildah on our store and return what it prints. Raises AssertionError with what it said when it fails."""
    command = ["buildah", "--root", str(_STORE), "--runroot", str(_RUN), "--storage-driver", _driver(), *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise AssertionError(f"buildah {words[0]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return done.stdout


def _driver() -> str:
    """Return the quick way to keep layers, overlay, where the file system has it; else vfs, which copies them."""
    known = HOME / "driver"
    if not known.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        known.write_text("overlay" if _can_overlay() else "vfs", encoding="utf-8")
    return known.read_text(encoding="utf-8")


def _can_overlay() -> bool:
    folders = {name: HOME / "overlay" / name for name in ("lower", "upper", "work", "merged")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    options = f"lowerdir={folders['lower']},upperdir={folders['upper']},workdir={folders['work']}"
    command = ["mount", "-t", "overlay", "overlay", "-o", options, str(folders["merged"])]
    found = subprocess.run(command, capture_output=True, check=False).returncode == 0
    if found:
        subprocess.run(["umount", str(folders["merged"])], check=True)
    return found


def has(name: str) -> bool:
    """Whether the store holds an image."""
    return any(name in (image["names"] or ()) for image in json.loads(buildah("images", "--json") or "[]"))


def build(name: str, context: Path, *options: str, dockerfile: Path | None = None) -> str:
    """Build an image by a Dockerfile and return what was printed."""
    return buildah(
        *("build", "--isolation", "chroot", "--pull-never", "--format", "docker", "--layers", "--tag", name),
        *("--file", str(dockerfile or context / "Dockerfile"), *options, str(context)),
    )


def add(name: str, *sources: Path) -> None:
    """Make an image of one layer out of folders or archives."""
    container = buildah("from", "scratch").strip()
    try:
        for source in sources:
            buildah("add", "--quiet", container, str(source), "/")
        buildah("commit", "--quiet", "--format", "docker", container, name)
    finally:
        buildah("rm", container)


def inspect(name: str) -> Image:
    """Return the configuration of an image of the store."""
    found: dict[str, Any] = json.loads(buildah("inspect", "--type", "image", name))["Docker"]
    config = found["config"]
    return Image(
        config.get("User") or "",
        [*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())],
        dict(entry.split("=", 1) for entry in config.get("Env") or ()),
        config.get("WorkingDir") or "/",
        (config.get("Healthcheck") or {}).get("Test") or [],
        config.get("Labels") or {},
        config.get("StopSignal") or "SIGTERM",
        len(found["rootfs"]["diff_ids"]),
    )


def holding(word: str, *names: str) -> list[str]:
    """Return where a word stands in images: files of any layer, replaced ones too, or configuration and history."""
    folders = dict.fromkeys(str(folder) for name in names for folder in _layers(name))
    command = ["grep", "--recursive", "--files-with-matches", "--fixed-strings", "--devices=skip", word, *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode < 2, done.stderr
    said = [name for name in names if word in buildah("inspect", "--type", "image", name)]
    return [*done.stdout.splitlines(), *(f"the configuration of {name}" for name in said)]


def _layers(name: str) -> Iterator[Path]:
    """Yield the folder of each layer of an image, the last one first, as the store keeps them."""
    driver = _driver()
    images, layers = (
        json.loads((_STORE / f"{driver}-{kind}/{kind}.json").read_text(encoding="utf-8"))
        for kind in ("images", "layers")
    )
    parents = {layer["id"]: layer.get("parent") for layer in layers}
    [layer] = [image["layer"] for image in images if f"{name}:latest" in (image.get("names") or ())]
    while layer:
        yield _STORE / (f"overlay/{layer}/diff" if driver == "overlay" else f"vfs/dir/{layer}")
        layer = parents[layer]


@contextmanager
def mounted(name: str) -> Iterator[Path]:
    """Mount the file system of an image for the time of the block."""
    container = buildah("from", "--pull-never", name).strip()
    try:
        yield Path(buildah("mount", container).strip())
        buildah("umount", container)
    finally:
        buildah("rm", container)


def unmount_all() -> None:
    """Unmount what a build that failed has left mounted, so that the store can be deleted."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        places = [line.split(" ")[1] for line in mounts]
    for place in sorted((place for place in places if place.startswith(f"{HOME}/")), reverse=True):
        subprocess.run(["umount", "--lazy", place], check=False)


def size(folder: Path) -> int:
    """Return the bytes of all files below a folder, each hard link once."""
    seen = {(one.st_dev, one.st_ino): one.st_size for one in map(os.lstat, _files(folder))}
    return sum(seen.values())


def _files(folder: Path) -> Iterator[str]:
    for where, _, names in os.walk(folder):
        yield from (os.path.join(where, name) for name in names)
