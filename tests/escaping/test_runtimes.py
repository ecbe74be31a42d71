"""Text in the fields that runtimes add: refused, or one word of the Dockerfile that changes nothing around it."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.compiler import Compiler
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.escaping.hostile import hostile_and_short
from tests.spec.specs import PULL, as_yaml, examples

CATALOGUE = Catalogue((BUILT_IN,))
COMPILER = Compiler(CATALOGUE)
NOWHERE = Root("/nonexistent")


def own_texts() -> list[tuple[str, str]]:
    """Return runtime and name of every field that takes text, or a list of texts, by a pattern of its pack."""
    found = []
    for pack in CATALOGUE.all("runtime"):
        if not any(file["language"] == "dockerfile" for file in pack.get("files", [])):
            continue  # it only says where the Dockerfile is, in the workflow
        for name, field in pack.get("fields", {}).items():
            if name == "build":
                continue  # a command, which is code; a pack says of it only that it cannot be none
            if "pattern" in field or "pattern" in field.get("items", {}):
                found.append((pack.name, name))
    return found


def dockerfile(runtime: str, given_fields: dict[str, Any]) -> str | None:
    """Return the Dockerfile of a spec with these fields, None when the spec is refused."""
    pack = CATALOGUE.pack("runtime", runtime)
    assert pack is not None
    needed = {name: pack.get("fields", {})[name]["examples"][0] for name in pack.get("required", [])}
    spec = {**PULL, "runtime": {"name": runtime, **needed, **given_fields}}
    result = COMPILER.compile(as_yaml(spec), NOWHERE)
    if isinstance(result, Compiled):
        return next(file.text for file in result.files if file.language == "dockerfile")
    assert all(found.cure and found.position for found in result.diagnostics), result
    return None


def shape(text: str) -> list[str]:
    """Return the instructions, each with the operators of a shell in it: what a value in between must not change."""
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").split("\n")
    active = [re.sub(r'"[^"]*"', "", line) for line in lines]
    return [line.partition(" ")[0] + "".join(re.findall(r"[;&|<>`$]", line)) for line in active]


@pytest.mark.parametrize(("runtime", "name"), own_texts(), ids="-".join)
def test_a_value_is_one_word(runtime: str, name: str) -> None:
    pack = CATALOGUE.pack("runtime", runtime)
    assert pack is not None
    field = pack.get("fields", {})[name]
    many = "items" in field
    example = field["examples"][0][0] if many else field["examples"][0]
    usual = dockerfile(runtime, {name: [example] if many else example})
    assert usual is not None

    pattern = field["items"]["pattern"] if many else field["pattern"]

    @examples(3)
    @given(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True) | hostile_and_short)
    def property_(text: str) -> None:
        written = dockerfile(runtime, {name: [text] if many else text})
        assert written is None or shape(written) == shape(usual)

    property_()
