"""What `pin` says of each thing: where it comes from, and whether it stands still."""

import json
from pathlib import Path

import pytest

from tests.trees import SMALLEST, run, write_tree

DIGEST = "sha256:" + "0" * 64


def pins(root: Path, runtime: str) -> dict[str, dict[str, str]]:
    write_tree(root, {"gitopsgen.yaml": SMALLEST.replace("runtime: node", f"runtime: {runtime}")})
    ran = run("pin", "--format", "json", cwd=root)
    assert ran.code == 0, ran
    return {pin["name"]: pin for pin in json.loads(ran.out)["pins"]}


@pytest.mark.parametrize(
    ("runtime", "name", "source"),
    [
        ("node", "node", "https://hub.docker.com/_/node"),
        ("node", "actions/setup-node", "https://github.com/actions/setup-node"),
        ("node", "docker/dockerfile", "https://hub.docker.com/r/docker/dockerfile"),
        ("{name: node, packageManager: bun}", "oven/bun", "https://hub.docker.com/r/oven/bun"),
        ("static", "nginxinc/nginx-unprivileged", "https://hub.docker.com/r/nginxinc/nginx-unprivileged"),
        ("go", "gcr.io/distroless/static-debian13", "https://gcr.io/distroless/static-debian13"),
        ("{name: dotnet, project: A.csproj}", "mcr.microsoft.com/dotnet/sdk", "https://mcr.microsoft.com/dotnet/sdk"),
    ],
)
def test_each_thing_has_a_source_of_its_own(tmp_path: Path, runtime: str, name: str, source: str) -> None:
    assert pins(tmp_path, runtime)[name]["source"] == source


def test_a_tag_that_moves_is_said_to_until_its_digest_is_recorded(tmp_path: Path) -> None:
    assert pins(tmp_path, "go")
    lines = run("pin", cwd=tmp_path).out.splitlines()
    moving = {line.split()[1] for line in lines if "its tag moves" in line}
    assert moving == {"docker/dockerfile", "gcr.io/distroless/static-debian13"}

    pin = f'images: {{"docker/dockerfile:1": {{digest: "{DIGEST}", checked: "2026-11-27"}}}}\n'
    write_tree(tmp_path, {".gitopsgen/pins.yaml": pin})
    assert run("generate", cwd=tmp_path).code == 0
    assert (tmp_path / "Dockerfile").read_text().startswith(f"# syntax=docker/dockerfile:1@{DIGEST}\n")
    [line] = [line for line in run("pin", cwd=tmp_path).out.splitlines() if "docker/dockerfile" in line]
    assert "its tag moves" not in line
