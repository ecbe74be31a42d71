"""Hostile text in a pipeline of GitLab: a command is one script line, everything else is data, or refused."""

import re
import shlex
from typing import Any

import pytest
import yaml

from gitopsgen.compiler import Compiler
from gitopsgen.core import errors
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.escaping.hostile import FRAGMENTS
from tests.spec.specs import as_yaml

COMPILER = Compiler(Catalogue((BUILT_IN,)))
NOWHERE = Root("/nonexistent")
SPEC: dict[str, Any] = {
    "apiVersion": "gitopsgen/v1",
    "name": "shop",
    "mode": "pull",
    "ci": {"name": "gitlab-ci", "tags": ["docker"]},
    "image": "registry.gitlab.com/acme/shop",
    "repository": "https://gitlab.com/acme/shop.git",
    "runtime": {"name": "node", "version": "24", "install": "npm ci", "test": "npm test", "buildArgs": {"A": "b"}},
    "port": 3000,
}


def pipeline(**runtime: Any) -> dict[str, Any] | None:
    """Return the pipeline of a spec with these fields of the runtime; None when the spec is refused."""
    spec = {**SPEC, "runtime": {**SPEC["runtime"], **runtime}}
    result = COMPILER.compile(as_yaml(spec), NOWHERE, home=NOWHERE)
    if not isinstance(result, Compiled):
        assert result.exit_code == errors.SPEC_INVALID, result
        return None
    [text] = [file.text for file in result.files if str(file.path) == ".gitlab/shop.yml"]
    parsed: dict[str, Any] = yaml.safe_load(text)
    return parsed


def test_commands_are_script_lines_of_their_own() -> None:
    usual = pipeline()
    assert usual is not None
    taken = 0
    for fragment in FRAGMENTS:
        command = f"npm test {fragment}"
        found = pipeline(test=command)
        if found is None:
            continue
        taken += 1
        assert found["shop:test"].pop("script") == ["npm ci", command]
        assert {**found, "shop:test": {**found["shop:test"], "script": usual["shop:test"]["script"]}} == usual
    assert taken > len(FRAGMENTS) // 2


def test_data_is_one_word_of_the_shell() -> None:
    usual = pipeline()
    assert usual is not None
    for fragment in FRAGMENTS:
        found = pipeline(buildArgs={"A": f"b{fragment}"})
        if found is None:
            continue
        [line] = [line for line in found["shop:build"]["script"] if line.startswith("export BUILD_ARGUMENTS=")]
        assert shlex.split(line) == ["export", f"BUILD_ARGUMENTS=A=b{fragment}"]
        assert len(found["shop:build"]["script"]) == len(usual["shop:build"]["script"])


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_a_tag_is_a_plain_word(fragment: str) -> None:
    spec = {**SPEC, "ci": {"name": "gitlab-ci", "tags": [f"docker{fragment}"]}}
    result = COMPILER.compile(as_yaml(spec), NOWHERE, home=NOWHERE)
    plain = re.fullmatch("[A-Za-z0-9._-]+", fragment) is not None
    assert isinstance(result, Compiled) == plain
    if isinstance(result, Compiled):
        [text] = [file.text for file in result.files if str(file.path) == ".gitlab/shop.yml"]
        assert yaml.safe_load(text)["shop:test"]["tags"] == [f"docker{fragment}"]
