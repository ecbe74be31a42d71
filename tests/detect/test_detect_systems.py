"""The engine with other systems' data, versions, and choosing between systems."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.detect import Detection
from gitopsgen.detect.values import RefusedError, allowed

Plant = Callable[[Mapping[str, str]], Path]
Look = Callable[..., Detection]

PYTHON: dict[str, Any] = {
    "kind": "runtime",
    "name": "python",
    "data": {"versions": {"3.9": "", "3.13": "", "3.14": ""}},
    "detect": {
        "signs": [{"exists": ["pyproject.toml", "setup.py"], "weight": 4}],
        "fields": {
            "name": {"from": [{"in": "pyproject.toml", "key": "project.name"}], "as": "label"},
            "runtime.version": {"from": [{"in": "pyproject.toml", "key": "project.requires-python"}], "as": "version"},
        },
    },
}
GO: dict[str, Any] = {
    "kind": "runtime",
    "name": "go",
    "data": {"versions": {"1.25": "", "1.26": ""}},
    "detect": {
        "signs": [{"exists": "go.mod", "weight": 4}],
        "fields": {
            "runtime.version": {
                "every": True,
                "from": [
                    {"in": "go.mod", "match": r"^go\s+(\S+)", "value": ">={}"},
                    {"in": ".tool-versions", "match": r"^golang\s+(\S+)"},
                ],
                "as": "version",
            }
        },
    },
}
JAVA: dict[str, Any] = {
    "kind": "runtime",
    "name": "java",
    "data": {"versions": {"21": "", "25": ""}},
    "detect": {
        "signs": [{"exists": "pom.xml"}],
        "fields": {
            "runtime.version": {"from": [{"in": "pom.xml", "match": r"<release>(\d+)</release>"}], "as": "version"}
        },
    },
}
CI: dict[str, Any] = {
    "kind": "ci",
    "name": "forge-ci",
    "detect": {"signs": [{"exists": ".forge/*.yml", "weight": 3}, {"remote": r"^https://forge\.example/"}]},
}


def values(found: Detection) -> dict[str, Any]:
    return {fact.field: fact.value for fact in found.facts}


def test_toml_data_is_read_with_its_line(plant: Plant, look: Look) -> None:
    plant({"pyproject.toml": '[tool.x]\nname = "no"\n\n[project]\nname = "till"\nrequires-python = ">=3.10,<3.14"\n'})

    found = look(PYTHON)

    assert [tuple(fact) for fact in found.facts] == [
        ("runtime.name", "python", "pyproject.toml"),
        ("name", "till", "pyproject.toml project.name, line 5"),
        ("runtime.version", "3.13", "pyproject.toml project.requires-python, line 6"),
    ]


def test_text_files_are_read_by_pattern(plant: Plant, look: Look) -> None:
    plant({"go.mod": "module x\n\ngo 1.22.1\n", ".tool-versions": "golang 1.25.3\n"})

    (fact,) = [fact for fact in look(GO).facts if fact.field == "runtime.version"]

    assert (fact.value, fact.evidence) == (
        "1.25",
        "go.mod:3, .tool-versions:1: 1.25.3, the newest release of 1.25 is taken",
    )


def test_one_pattern_that_finds_two_values_is_a_problem_where_none_fits_both(plant: Plant, look: Look) -> None:
    plant({"pom.xml": "<release>21</release>\n<release>25</release>\n"})

    found = look(JAVA)

    assert "runtime.version: pom.xml:1 says 21, pom.xml:2 says 25; they disagree" in found.problems


def test_the_system_with_clearly_stronger_signs_is_chosen(plant: Plant, look: Look) -> None:
    plant({"go.mod": "module x\ngo 1.26\n", "package.json": '{"devDependencies": {"prettier": "3"}}'})

    assert values(look(GO))["runtime.name"] == "go"


def test_two_systems_with_strong_signs_are_a_problem(plant: Plant, look: Look) -> None:
    plant({"go.mod": "module x\ngo 1.26\n", "package.json": '{"scripts": {"start": "node app.js"}}'})

    found = look(GO)

    assert set(values(found)) == {"name"}
    (problem,) = found.problems
    assert "go.mod says go (weight 4)" in problem
    assert "package.json says node (weight 4)" in problem


@pytest.mark.parametrize("files", [{".forge/build.yml": ""}, {}])
def test_the_ci_system_is_found_by_its_files(plant: Plant, look: Look, files: dict[str, str]) -> None:
    plant(files)

    assert values(look(CI)).get("ci.name") == ("forge-ci" if files else None)


def test_the_ci_system_is_found_by_the_remote(look: Look, git: Callable[..., None]) -> None:
    git("init")
    git("remote", "add", "origin", "git@forge.example:acme/shop.git")

    assert values(look(CI))["ci.name"] == "forge-ci"


def test_a_bad_pattern_of_a_pack_is_reported(plant: Plant, look: Look) -> None:
    bad = {**JAVA, "detect": {**JAVA["detect"], "fields": {"port": {"from": [{"in": "pom.xml", "match": "("}]}}}}
    plant({"pom.xml": "x"})

    assert any(line.startswith("port: pack runtime/java has a bad pattern: ") for line in look(bad).problems)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (">=18", ["26", "24", "22", "20"]),
        ("^22", ["22"]),
        ("^22.3.1", ["22"]),
        ("24.x", ["24"]),
        ("24.x.x", ["24"]),
        ("24", ["24"]),
        ("v24.1.0", ["24"]),
        ("24.1.0-rc.1", ["24"]),
        ("~24.1.0", ["24"]),
        (">=20 <25", ["24", "22", "20"]),
        (">= 20.9.0 < 25", ["24", "22", "20"]),
        (">=20.0.0,<24.0.0", ["22", "20"]),
        ("<24.5", ["22", "20"]),
        ("<=24.5.0", ["22", "20"]),
        ("<=24", ["24", "22", "20"]),
        (">22", ["26", "24"]),
        (">22.1", ["26", "24", "22"]),
        ("^20 || ^22 || >=26", ["26", "22", "20"]),
        ("20 - 22", ["22", "20"]),
        ("!=24", ["26", "22", "20"]),
        ("*", ["26", "24", "22", "20"]),
        ("^18", []),
        ("23", []),
    ],
)
def test_ranges_of_majors(spec: str, expected: list[str]) -> None:
    assert allowed(spec, ["20", "22", "24", "26", "latest"]) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (">=3.11", ["3.14", "3.13"]),
        (">=3.9,<4", ["3.14", "3.13", "3.9"]),
        ("^3.10", ["3.14", "3.13"]),
        ("~=3.13", ["3.14", "3.13"]),
        ("~=3.13.2", ["3.13"]),
        ("==3.13.*", ["3.13"]),
        ("3", ["3.14", "3.13", "3.9"]),
        ("!=3.13.1", ["3.14", "3.13", "3.9"]),
    ],
)
def test_ranges_of_minor_versions(spec: str, expected: list[str]) -> None:
    assert allowed(spec, ["3.9", "3.13", "3.14"]) == expected


@pytest.mark.parametrize("spec", ["lts/unheard-of", "latest", ">=", ">=20 and more", "24;rm", "", "24 " * 100])
def test_what_is_no_version_is_refused(spec: str) -> None:
    with pytest.raises(RefusedError):
        allowed(spec, ["24"])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({".nvmrc": "v22.11.0\n"}, ("22", ".nvmrc:1: 22.11.0, the newest release of 22 is taken")),
        ({".node-version": "22\n"}, ("22", ".node-version:1")),
        (
            {".tool-versions": "ruby 3.4\nnodejs 22.1.0 20.1.0\n"},
            ("22", ".tool-versions:2: 22.1.0, the newest release of 22 is taken"),
        ),
        (
            {"package.json": '{"engines": {"node": ">=22"}}', ".nvmrc": "22"},
            ("22", "package.json engines.node, line 1, .nvmrc:1"),
        ),
    ],
)
def test_all_places_that_name_a_version_count(
    plant: Plant, look: Look, files: dict[str, str], expected: tuple[str, str]
) -> None:
    plant({"package.json": "{}", **files})

    (fact,) = [fact for fact in look().facts if fact.field == "runtime.version"]

    assert (fact.value, fact.evidence) == expected


def test_the_word_for_any_long_term_version_is_the_newest_offered(
    plant: Plant, look: Look, node: Mapping[str, Any]
) -> None:
    plant({"package.json": "{}", ".nvmrc": "lts/*\n"})

    assert values(look())["runtime.version"] == max(node["data"]["versions"], key=int)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {".nvmrc": "22", "package.json": '{"engines": {"node": ">=24"}}'},
            "says >=24, .nvmrc:1 says 22; they disagree",
        ),
        ({".nvmrc": "0.10"}, ".nvmrc:1 says 0.10; none of"),
        ({".nvmrc": "iojs"}, ".nvmrc:1 says iojs, which is not a version or a range of versions"),
    ],
)
def test_a_version_that_cannot_be_had_is_a_problem(plant: Plant, look: Look, files: dict[str, str], words: str) -> None:
    plant({"package.json": "{}", **files})

    found = look()

    assert "runtime.version" not in values(found)
    assert any(line.startswith("runtime.version: ") and words in line for line in found.problems)
