"""Version files are read alike for every runtime: the newest release of the version that they name, and it is said."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.detect import detect
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue

Plant = Callable[[Mapping[str, str]], Path]
CATALOGUE = Catalogue((BUILT_IN,))
# The name of a runtime's tool in .tool-versions, and what is there besides so that the version matters.
TOOLS = {
    "bun": "bun",
    "clojure": "java temurin-",
    "dart": "dart",
    "deno": "deno",
    "elixir": "elixir",
    "erlang": "erlang",
    "go": "golang",
    "java": "java temurin-",
    "kotlin": "java openjdk-",
    "node": "nodejs",
    "php": "php",
    "python": "python",
    "ruby": "ruby",
    "rust": "rust",
    "scala": "java temurin-",
    "static": "nodejs",
    "swift": "swift",
}
OWN_FILES = {
    ("node", ".nvmrc"): "v{}",
    ("node", ".node-version"): "{}",
    ("static", ".nvmrc"): "v{}",
    ("bun", ".bun-version"): "{}",
    ("deno", ".dvmrc"): "v{}",
    ("python", ".python-version"): "{}",
    ("python", "runtime.txt"): "python-{}",
    ("ruby", ".ruby-version"): "ruby-{}",
    ("go", ".go-version"): "{}",
    ("java", ".java-version"): "{}",
    ("java", ".sdkmanrc"): "java={}-tem",
    ("scala", ".java-version"): "temurin-{}",
    ("clojure", ".sdkmanrc"): "java={}-tem",
    ("php", ".php-version"): "{}",
    ("rust", "rust-toolchain"): "{}",
    ("rust", "rust-toolchain.toml"): '[toolchain]\nchannel = "{}"',
    ("elixir", ".elixir-version"): "{}",
    ("swift", ".swift-version"): "{}",
}


def manifest(runtime: str) -> Mapping[str, Any]:
    pack = CATALOGUE.pack("runtime", runtime)
    assert pack
    return pack.manifest


def line(runtime: str) -> str:
    """Return the newest version of a runtime that is offered, with as many numbers as its offered versions have."""
    return max(list[str](manifest(runtime)["data"]["versions"]), key=lambda key: [int(part) for part in key.split(".")])


def version(root: Path, runtime: str, folder: str = "") -> tuple[Any, str]:
    found = detect(str(root), [manifest(runtime)], folder, {"runtime.name": runtime})
    return next(((fact.value, fact.evidence) for fact in found.facts if fact.field == "runtime.version"), (None, ""))


@pytest.mark.parametrize("runtime", sorted({*CATALOGUE.names("runtime")} - {"dockerfile"}))
def test_every_runtime_reads_tool_versions(plant: Plant, runtime: str) -> None:
    if runtime == "dotnet":
        assert version(plant({".tool-versions": "dotnet-core 9.0.100\n"}), runtime)[0] == "9"
        return
    exact = f"{line(runtime)}.1"
    tool = TOOLS[runtime]
    found, evidence = version(
        plant({".tool-versions": f"other 1\n{tool if '-' in tool else f'{tool} '}{exact}\n"}), runtime
    )

    assert found == line(runtime)
    assert evidence == f".tool-versions:2: {exact}, the newest release of {found} is taken"


@pytest.mark.parametrize(("runtime", "name"), OWN_FILES)
def test_every_runtime_reads_its_own_file(plant: Plant, runtime: str, name: str) -> None:
    exact = f"{line(runtime)}.1"
    found, evidence = version(plant({name: OWN_FILES[runtime, name].format(exact) + "\n"}), runtime)

    assert found == line(runtime)
    assert re.fullmatch(
        rf"{re.escape(name)}\S*( toolchain\.channel, line 2|:1): {exact}, the newest release .*", evidence
    )


@pytest.mark.parametrize("name", ["mise.toml", ".mise.toml"])
@pytest.mark.parametrize(
    "runtime", ["node", "python", "go", "java", "ruby", "php", "rust", "elixir", "erlang", "swift"]
)
def test_mise_is_read_too(plant: Plant, runtime: str, name: str) -> None:
    found, evidence = version(plant({name: f'[tools]\n{runtime} = "{line(runtime)}"\n'}), runtime)

    assert (found, evidence) == (line(runtime), f"{name} tools.{runtime}, line 2")


@pytest.mark.parametrize(
    ("runtime", "tool"), [("go", "golang 1.21.4"), ("rust", "rust 1.70.0"), ("swift", "swift 5.9")]
)
def test_what_compiles_older_code_takes_the_newest_for_one_that_is_not_offered(
    plant: Plant, runtime: str, tool: str
) -> None:
    found, evidence = version(plant({".tool-versions": f"{tool}\n"}), runtime)

    assert found == line(runtime)
    assert f"at least {tool.split()[1]}" in evidence or len(manifest(runtime)["data"]["versions"]) == 1


@pytest.mark.parametrize(
    ("runtime", "tool"), [("node", "nodejs 16.1.0"), ("python", "python 3.8.1"), ("ruby", "ruby 2.7")]
)
def test_what_does_not_is_left_to_a_person(plant: Plant, runtime: str, tool: str) -> None:
    root = plant({".tool-versions": f"{tool}\n"})
    found = detect(str(root), [manifest(runtime)], "", {"runtime.name": runtime})

    assert "runtime.version" not in {fact.field for fact in found.facts}
    assert [ask.field for ask in found.asks if ask.field == "runtime.version"] == ["runtime.version"]


@pytest.mark.parametrize("runtime", ["node", "python", "go", "java", "ruby", "php", "rust", "deno", "bun"])
def test_a_version_file_of_the_root_counts_in_the_folders(plant: Plant, runtime: str) -> None:
    tool = TOOLS[runtime]
    text = f"{tool if '-' in tool else f'{tool} '}{line(runtime)}\n"
    root = plant({".tool-versions": text, "apps/api/README.md": ""})

    assert version(root, runtime, "apps/api") == (line(runtime), "../../.tool-versions:1")


@pytest.mark.parametrize(
    ("runtime", "files", "said"),
    [
        (
            "node",
            {"package.json": "{}", ".nvmrc": "v20.11.0\n"},
            ".nvmrc:1 says v20.11.0; none of 26, 24, 22 fits: "
            "20.11.0 has had no security fixes since 2026-04-30; the default is 24",
        ),
        (
            "python",
            {"requirements.txt": "", ".python-version": "3.9\n"},
            "3.9 has had no security fixes since 2025-10-31",
        ),
        ("ruby", {"Gemfile": "", ".ruby-version": "3.2.1\n"}, "3.2.1 has had no security fixes since 2026-03-31"),
    ],
)
def test_a_version_that_is_gone_is_said_to_be(plant: Plant, runtime: str, files: Mapping[str, str], said: str) -> None:
    found = detect(str(plant(files)), [manifest(runtime)])

    assert said in found.doubts["runtime.version"]


def test_a_version_that_never_was_is_only_not_offered(plant: Plant) -> None:
    found = detect(str(plant({"package.json": "{}", ".nvmrc": "77\n"})), [manifest("node")])

    assert found.doubts["runtime.version"] == ".nvmrc:1 says 77; none of 26, 24, 22 fits"
