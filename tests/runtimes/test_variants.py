"""Whatever values the fields of a runtime have, alone or two at a time, an image can be described.

The values are those of the packs' schemas: every enum and flag, an example of every other field, and fields that are
left out.
"""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from allpairspy import AllPairs

from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.runtimes.golden import COMPILER, HEADER

CATALOGUE = Catalogue((BUILT_IN,))
_COMMON: dict[str, list[Any]] = {
    "folder": ["apps/web"],
    "workspaces": [["apps/web", "packages/ui"]],
    "build": ["make site", "none"],
    "test": ["none"],
    "install": ["none"],
    "packages": [["git"]],
    "buildArgs": [{"FLAVOUR": "full"}],
    "buildSecrets": [{"token": {"env": "TOKEN"}}],
}
_LEFT_OUT = object()


def _axes(runtime: str) -> dict[str, list[Any]]:
    """Return the values of each field; what the pack requires is never left out."""
    pack = CATALOGUE.pack("runtime", runtime)
    assert pack
    axes: dict[str, list[Any]] = {field: [_LEFT_OUT, *values] for field, values in _COMMON.items()}
    for field, schema in pack.get("fields", {}).items():
        values = schema.get("enum") or ([True, False] if schema.get("type") == "boolean" else schema["examples"][:1])
        if field == "build":
            values = ["make site"]  # it cannot be none
        axes[field] = values if field in pack.get("required", []) else [_LEFT_OUT, *values]
    return axes


def sections(runtime: str) -> Iterator[dict[str, Any]]:
    """Yield the sections: nothing but what is required, each value by itself, and each pair of values somewhere."""
    axes = _axes(runtime)
    needed = {field: values[0] for field, values in axes.items() if values[0] is not _LEFT_OUT}
    yield needed
    yield from ({**needed, field: value} for field, values in axes.items() for value in values[1:])
    for row in AllPairs(list(axes.values())):
        yield {field: value for field, value in zip(axes, row, strict=True) if value is not _LEFT_OUT}


_REACHES = {
    "unused-build-arg": ("buildArgs", "ARG {}="),
    "unused-build-secret": ("buildSecrets", "--mount=type=secret,id={},"),
    "unused-package": ("packages", " {} "),
}


def _has_no_effect(section: dict[str, Any], dockerfile: str) -> set[str]:
    """Return the codes for what of a section is to be seen by no step of the build."""
    steps = " ".join(_instructions(dockerfile)) + " "
    return {
        code
        for code, (field, form) in _REACHES.items()
        if any(form.format(name) not in steps for name in section.get(field, ()))
    }


def _instructions(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return re.sub(r" *\\\n *", " ", "\n".join(lines)).splitlines()


@pytest.mark.parametrize("runtime", CATALOGUE.names("runtime"))
def test_every_variant_is_written_in_full(runtime: str) -> None:
    for section in sections(runtime):
        spec = HEADER + f"runtime: {json.dumps({'name': runtime, **section})}\n".encode()
        compiled = COMPILER.compile(spec, Root("/nonexistent"))
        assert isinstance(compiled, Compiled), (section, compiled)
        for file in compiled.files:
            if file.pack.startswith("runtime/") and file.ownership == "managed":
                assert not re.search(r"(?<![\w.-])(None|Undefined)(?![\w.-])", file.text), (section, file.text)
            if file.language == "dockerfile":
                told = {found.code.removeprefix("output.") for found in compiled.warnings}
                # Projects of .NET have no workspaces.
                if runtime != "dotnet" or "workspaces" not in section:
                    assert "kept-out" not in told, (section, compiled.warnings)
                assert told.intersection(_REACHES) == _has_no_effect(section, file.text), (section, file.text)
                for line in _instructions(file.text):
                    assert _is_whole(line), (section, line)


def _is_whole(line: str) -> bool:
    """Whether a COPY says from where to where, and a RUN what to run after its mounts."""
    name, *words = line.split()
    words = list(itertools.dropwhile(lambda word: word.startswith("--"), words))
    return {"COPY": len(words) > 1, "RUN": bool(words) and words[0] not in ("&&", "||"), "FROM": bool(words)}.get(
        name, True
    )


@pytest.mark.parametrize("field", ["build", "test", "install"])
def test_none_is_no_command(field: str) -> None:
    spec = HEADER + f"runtime: {{name: node, framework: nestjs, {field}: none}}\n".encode()
    compiled = COMPILER.compile(spec, Root("/nonexistent"))
    assert isinstance(compiled, Compiled)
    defaults = {"build": "npx --no nest build", "test": "npm test", "install": "npm ci --no-audit --no-fund\n"}
    written = [file for file in compiled.files if file.pack.startswith(("ci/", "runtime/"))]
    there = {key: any(text in file.text for file in written) for key, text in defaults.items()}
    # Without tests nothing is installed for them.
    assert there == {"build": field != "build", "test": field != "test", "install": field == "build"}


@pytest.mark.parametrize("runtime", ["java", "kotlin", "scala", "clojure"])
def test_what_there_is_no_image_without_cannot_be_none(runtime: str) -> None:
    outcome = COMPILER.compile(HEADER + f"runtime: {{name: {runtime}, build: none}}\n".encode(), Root("/nonexistent"))
    assert not isinstance(outcome, Compiled)
    [told] = outcome.diagnostics
    assert told.code == "spec.bad-value" and "no image without" in told.cure


@pytest.mark.parametrize(
    ("section", "called"),
    [
        ("name: static, build: npm run build", "npm"),
        ("name: static, framework: vite, build: pnpm build", "pnpm"),
        ("name: node, packageManager: pnpm, build: yarn", "yarn"),
        ("name: bun, build: npm run build", "npm"),
        ("name: php, build: npm run build", "npm"),
        ("name: ruby, framework: rails, build: yarn build", "yarn"),
        ("name: python, build: npm ci && make", "npm"),
        ("name: elixir, app: shop, build: npm run build --prefix assets", "npm"),
        ("name: rust, build: make && pnpm build", "pnpm"),
        ("name: php, build: npm run build, packages: [nodejs, npm]", ""),
        ("name: static, build: make site, packages: [hugo]", ""),
        ("name: node, packageManager: pnpm, build: npm run build", ""),
        ("name: node, packageManager: yarn-classic, build: yarn run pnpm-free", ""),
    ],
)
def test_a_build_that_calls_a_package_manager_that_is_not_there_is_told(section: str, called: str) -> None:
    compiled = COMPILER.compile(HEADER + f"runtime: {{{section}}}\n".encode(), Root("/nonexistent"))
    assert isinstance(compiled, Compiled)
    told = [found.message for found in compiled.warnings if found.code == "output.build-without-manager"]
    assert [message.split("calls ")[1].split(",")[0] for message in told] == ([called] if called else [])


@pytest.mark.parametrize(
    ("section", "base", "told"),
    [
        ('name: node, version: "22.1.0"', "node:22.1.0-bookworm-slim", "rule.old-release"),
        ('name: node, version: "22.17"', "node:22.17-bookworm-slim", "rule.old-release"),
        ('name: node, version: "22.18"', "node:22.18-trixie-slim", ""),
        ('name: node, version: "22.100.0"', "node:22.100.0-trixie-slim", ""),
        ('name: node, version: "26.0.0"', "node:26.0.0-trixie-slim", ""),
        ('name: static, framework: vite, version: "24.0.1"', "node:24.0.1-bookworm-slim", "rule.old-release"),
        ('name: python, version: "3.11.4"', "python:3.11.4-slim-bookworm", "rule.old-release"),
        ('name: python, version: "3.14.0"', "python:3.14.0-slim-trixie", ""),
        ('name: ruby, version: "3.4.1"', "ruby:3.4.1-slim-bookworm", "rule.old-release"),
        ('name: php, version: "8.3.1"', "php:8.3.1-apache-bookworm", "rule.old-release"),
    ],
)
def test_an_old_exact_version_stands_on_the_debian_that_has_it(section: str, base: str, told: str) -> None:
    spec = HEADER + f"ci: gitlab-ci\nruntime: {{{section}, test: make test}}\n".encode()
    compiled = COMPILER.compile(spec, Root("/nonexistent"))
    assert isinstance(compiled, Compiled)
    [dockerfile] = [file.text for file in compiled.files if file.language == "dockerfile"]
    assert f"FROM {base}" in dockerfile
    # CI tests in the same distribution.
    name, _, tag = base.partition(":")
    debian = next(debian for debian in ("trixie", "bookworm") if debian in tag)
    assert any(
        re.search(rf"{name}:{tag.split('-')[0]}-\S*{debian}", file.text)
        for file in compiled.files
        if file.language == "yaml"
    )
    assert [found.code for found in compiled.warnings if found.code in ("rule.old-release", "rule.no-image")] == (
        [told] if told else []
    )
