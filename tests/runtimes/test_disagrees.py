"""What version files, lock files and manifests say against the spec is told by a full run, and nothing that fits it."""

from pathlib import Path

import pytest

from gitopsgen import __version__
from gitopsgen.compiler import generate, inspect
from gitopsgen.unchanged import unchanged
from tests.runtimes.test_paths import NODE, write
from tests.trees import write_tree

PNPM = {"package.json": '{"packageManager": "pnpm@9.15.0", "engines": {"node": ">=20"}}', "pnpm-lock.yaml": ""}
SPEC = 'name: node, version: "22", packageManager: pnpm, packageManagerVersion: "9.15.0"'


def told(root: Path) -> list[str]:
    found = [one for one in inspect(str(root)).diagnostics if one.code == "runtime.disagrees"]
    assert all(one.severity == "warning" and one.cure and one.position for one in found)
    return [one.message for one in found]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, []),
        ({".node-version": "22.4.0\n", ".nvmrc": "v22\n"}, []),
        ({".node-version": "24\n"}, ["version 22", ".node-version:1 says 24"]),
        ({"package-lock.json": "{}"}, ["packageManager pnpm", "package-lock.json says npm"]),
        ({"package.json": '{"packageManager": "pnpm@9.16.1"}'}, ["packageManagerVersion 9.15.0", "says 9.16.1"]),
        (
            {"package.json": '{"engines": {"node": "^24"}}'},
            ["version 22", "package.json engines.node, line 1 says ^24"],
        ),
    ],
)
def test_only_what_contradicts_the_spec_is_told(tmp_path: Path, files: dict[str, str], said: list[str]) -> None:
    write(tmp_path, SPEC, **{**PNPM, "app.js": "", **files})
    messages = told(tmp_path)
    assert len(messages) == bool(said)
    assert all(part in message for message in messages for part in said)


@pytest.mark.parametrize(
    ("section", "files"),
    [
        ('name: node, version: "22.20.0"', {**NODE, ".nvmrc": "22\n"}),
        ("name: java, packageManager: maven", {"pom.xml": "<project/>", "mvnw": "", ".java-version": "17\n"}),
        ('name: go, version: "1.27"', {"go.mod": "module x\n\ngo 1.22\n"}),
        ("name: static", {"index.html": "", "package-lock.json": "{}"}),
        ("name: static, packageManager: none", {"index.html": "", "package-lock.json": "{}"}),
        ("name: dockerfile", {"Dockerfile": "FROM node:18\n"}),
    ],
)
def test_what_differs_for_a_reason_is_not_told(tmp_path: Path, section: str, files: dict[str, str]) -> None:
    write(tmp_path, section, **files)
    assert told(tmp_path) == []


def test_what_differs_on_purpose_is_excluded(tmp_path: Path) -> None:
    write(
        tmp_path, f"{SPEC}, exclude: [.nvmrc, package-lock.json]", **PNPM, **{".nvmrc": "18\n", "package-lock.json": ""}
    )
    assert told(tmp_path) == []


def test_our_own_dockerfile_says_nothing_and_the_fast_path_stays_fast(tmp_path: Path) -> None:
    write(tmp_path, SPEC, **PNPM, **{"app.js": ""})
    assert generate(str(tmp_path)).exit_code == 0
    assert told(tmp_path) == []
    write_tree(tmp_path, {".nvmrc": "24\n"})
    assert unchanged(str(tmp_path), __version__)
    assert len(told(tmp_path)) == 1 and inspect(str(tmp_path)).exit_code == 0
