"""The runtime as templates see it: its section of the spec, and what follows from it and the pack's data."""

import fnmatch
import functools
import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from gitopsgen.core.command import Command
from gitopsgen.packs.catalogue import Pack
from gitopsgen.packs.lifetime import base_of
from gitopsgen.plan.defaults import system
from gitopsgen.plan.model import Credential
from gitopsgen.spec.rules import build_credential

# The user of every image and pod that its base image does not tie to another one.
USER = 10001
# What the spec says for no command at all, where the pack has one.
NO_COMMAND = "none"
_FIELD = re.compile(r"\{([A-Za-z]+)\}")
_ABSENT: dict[str, Any] = {"workspaces": (), "exclude": (), "packages": (), "buildArgs": {}, "buildSecrets": {}}


def runtime_system(pack: Pack, written: dict[str, Any], port: int, maker: Pack | None = None) -> dict[str, Any]:
    """Return the section with every common field filled in, and what follows from it beside the fields.

    `release`: the exact version. `base`: the distribution of its images, empty when there is but one. `toolchain`:
    the image in which CI can install and test, empty when the pack names none. `dockerfile`, `dockerignore`: the
    paths of these files. `command`: the start as one text. `beside`: how further files of the image begin. `copied`:
    the paths of `include`, `named` those among them that the pack would take for tests, `samples` those that begin as
    files with secrets do, `excluded` those of `exclude`. `lockFiles`: the paths of the files that say what the
    dependencies are. `secretMounts`: the flags of a RUN that sees the build secrets. `secretFiles`: whether what
    installs for tests wants any of them in a file. `user`: the numeric user of the image. `folder` is empty for the
    root, where all paths start. `frontend`: what builds the pages of the app, a section like this one by the pack
    `maker`; empty without one.
    """
    section = {**_ABSENT, **system(pack, written)}
    data = section["data"]
    version = section.get("version", "")
    section["release"] = data.get("versions", {}).get(version, version)
    section["base"] = base_of(data.get("bases", {}), section["release"])
    for field in pack.get("defaults", {}):
        if field not in written:
            section[field] = _filled(section[field], {**section, "port": port})
    # Commands are code; no command is no step at all, which templates ask for by its emptiness.
    for field in ("install", "test", "build"):
        command = section.get(field) or NO_COMMAND
        section[field] = Command("" if command == NO_COMMAND else command)
    section["folder"] = folder = section.get("folder", ".").removeprefix(".")
    section["dockerfile"] = posixpath.join(folder, section.get("dockerfile", "Dockerfile"))
    section["beside"] = _beside(section["dockerfile"])
    # BuildKit reads the second one; the first is what every builder knows.
    section["dockerignore"] = f"{section['dockerfile']}.dockerignore" if folder else ".dockerignore"
    section["command"] = " ".join(section.get("start") or ())
    section["copied"] = [posixpath.join(folder, name) for name in section.get("include") or ()]
    section["excluded"] = [posixpath.join(folder, name) for name in section["exclude"]]
    section["named"] = _named_tests(section["copied"], data.get("ignore", {}).get("tests", ()))
    home = "" if section["workspaces"] else folder
    needed = [posixpath.join(home, name) for name in section.get("installFiles") or ()]
    section["samples"] = _samples([*section["copied"], *needed])
    section["lockFiles"] = [posixpath.join(home, name) for name in section.get("lockFiles") or ()]
    section["secretMounts"] = [_mount(name, secret) for name, secret in section["buildSecrets"].items()]
    files = any("target" in secret for secret in section["buildSecrets"].values())
    section["secretFiles"] = bool(files and section["install"] and section["test"])
    section["frontend"] = _frontend(section, port, maker)
    section.setdefault("user", data.get("user", USER))
    section.setdefault("toolchain", _toolchain(data.get("toolchain", {}), section))
    return section


def _frontend(section: Mapping[str, Any], port: int, maker: Pack | None) -> dict[str, Any]:
    """Return what builds the pages, in `home` below the app's folder, with the same secrets for its packages.

    `files` are the paths of all that its package manager reads.
    """
    written = section.get("frontend")
    if maker is None or not written:
        return {}
    home = written.get("folder", ".").removeprefix(".")
    folder = posixpath.join(section["folder"], home).rstrip("/")
    built = runtime_system(maker, {**written, "folder": folder, "buildSecrets": section["buildSecrets"]}, port)
    files = [*built["lockFiles"], *(posixpath.join(folder, name) for name in built["installFiles"])]
    return {**built, "home": home, "files": files}


def _filled(value: Any, section: Mapping[str, Any]) -> Any:
    """Put fields that a default names, `{field}`, and `{port}` into its texts; other braces are plain text."""
    if isinstance(value, str):
        return _FIELD.sub(lambda hole: str(section.get(hole[1], hole[0])), value)
    return [_filled(item, section) for item in value] if isinstance(value, list) else value


def _named_tests(copied: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Return what the spec names although it looks like a test: somebody knows better than a pattern."""
    names = _one_of(tuple(pattern.rpartition("/")[2] for pattern in patterns))
    return [path for path in copied if names.match(posixpath.basename(path))]


@functools.lru_cache(maxsize=64)
def _one_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Return what matches a name that is as any of the patterns; none when there are none."""
    return re.compile("|".join(map(fnmatch.translate, patterns)) or r"(?!)")


def _beside(dockerfile: str) -> str:
    """Return the path with another name: whatever begins with that of a Dockerfile, tools take for one."""
    folder, name = posixpath.split(dockerfile)
    return posixpath.join(folder, re.sub("dockerfile", "site", name, flags=re.IGNORECASE))


def _samples(paths: Sequence[str]) -> list[str]:
    """Return the files named `.env.example` and the like; those with secrets the spec's rules have refused."""
    return [path for path in paths if "*" not in path and posixpath.basename(path).startswith(".env")]


def _mount(name: str, secret: Mapping[str, str]) -> str:
    places = "".join(f",{key}={secret[key]}" for key in ("target", "env") if key in secret)
    return f"--mount=type=secret,id={name}{places},required=true"


def _toolchain(image: Mapping[str, str], section: Mapping[str, Any]) -> str:
    suffix = image.get("suffix", "").replace("{base}", section["base"])
    return f"{image['image']}:{section['release']}{suffix}" if image else ""


def build_options(runtime: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the step that builds the image.

    `dockerfile` is a path; `args` are texts NAME=value; `secrets` are pairs of the id of a mount and the CI secret.
    """
    return {
        "dockerfile": runtime["dockerfile"],
        "args": [f"{name}={value}" for name, value in runtime["buildArgs"].items()],
        "secrets": [{"id": name, "credential": build_credential(name)} for name in runtime["buildSecrets"]],
    }


def build_credentials(runtime: Mapping[str, Any], pack: Pack, environment: str) -> list[Credential]:
    """Return the CI secrets that the build of the image needs.

    Tests that install the same packages run for pull requests, outside every environment: then one secret of the whole
    repository serves both, as a second copy behind an environment would protect nothing.
    """
    tested = runtime["test"] and runtime["install"]
    names = {name: build_credential(name) for name in runtime["buildSecrets"]}
    return [
        Credential(
            key,
            key,
            "secret",
            "" if tested else environment,
            f"the build secret {name} of the image"
            + (", and of the packages that the tests install" if tested else ""),
            "",
            pack.id,
        )
        for name, key in names.items()
    ]


def install_command(runtime: Mapping[str, Any], pack: Pack, scripts: str) -> tuple[str, dict[str, Credential]]:
    """Return what installs the dependencies for tests, and its credentials by the variable that holds each.

    A secret that the image's build finds in a file is one here too, while the command runs: a script in the folder
    `scripts` makes it, below the home folder that CI has. Runs that get no secrets (pull requests of forks) have an
    empty variable, and no file.
    """
    credentials: dict[str, Credential] = {}
    files: list[str] = []
    for credential, secret in zip(build_credentials(runtime, pack, ""), runtime["buildSecrets"].values(), strict=True):
        variable = secret.get("env", credential.name)
        credentials[variable] = credential._replace(name=variable)
        if "target" in secret:
            files.append(f'"{variable}={_on_runner(secret["target"], pack)}"')
    command = runtime["install"]
    if not command:
        return Command(""), {}
    if files:
        script = posixpath.relpath(f"{scripts}/with-secrets.sh", runtime["folder"] or ".")
        # A path that does not start at the root of the repository looks like one that does not.
        script = f"./{script}" if runtime["folder"] and not script.startswith("../") else script
        command = " ".join(["sh", script, *files, shlex.quote(command)])
    return Command(command), credentials


def _on_runner(target: str, pack: Pack) -> str:
    """Return where CI has a file of the image's build, as a word for the shell inside double quotes."""
    homes = {"/root": "${HOME}", **pack.get("data", {}).get("homes", {})}
    folder = max((folder for folder in homes if target.startswith(f"{folder}/")), key=len, default="")
    return f"{homes[folder]}{target.removeprefix(folder)}" if folder else target
