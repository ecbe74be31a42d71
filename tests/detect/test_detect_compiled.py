"""What is found in the repositories of compiled apps: Go, Rust, the JVM, .NET, Swift and Dart."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitopsgen.detect import Detection, detect
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue

Plant = Callable[[Mapping[str, str]], Path]
MANIFESTS = [pack.manifest for pack in Catalogue((BUILT_IN,)).all("runtime")]

CASES: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("compiled.yaml").read_text(encoding="utf-8"))


def values(found: Detection) -> dict[str, Any]:
    return {fact.field: fact.value for fact in found.facts}


@pytest.mark.parametrize("name", CASES)
def test_found(plant: Plant, name: str) -> None:
    files, expected = CASES[name]["files"], CASES[name]["found"]

    found = detect(str(plant(files)), MANIFESTS)

    assert values(found) | expected == values(found), found.problems


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (
            {"go.mod": "module shop\n", "cmd/a/main.go": "package main\n", "cmd/b/main.go": "package main\n"},
            "runtime.main: cmd/a/main.go:1 says ./cmd/a, cmd/b/main.go:1 says ./cmd/b; set it in the spec",
        ),
        ({"Cargo.toml": "[package]\n", "src/main.rs": ""}, "runtime.packageManager: there is no Cargo.lock"),
        (
            {"pom.xml": "<project><properties><java.version>1.8</java.version></properties></project>"},
            "runtime.version: pom.xml properties.java.version, line 1 says 8; none of 25, 21, 17 fits",
        ),
        ({"build.sbt": "", "src/main/scala/A.scala": ""}, "runtime.framework: project/plugins.sbt names no plugin"),
    ],
    ids=["two-programs", "no-lock", "too-old", "no-plugin"],
)  # fmt: skip
def test_left_open(plant: Plant, files: dict[str, str], problem: str) -> None:
    problems = detect(str(plant(files)), MANIFESTS).problems

    assert any(line.startswith(problem) for line in problems), problems


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("application.yml", "server:\n  servlet:\n    context-path: /inv\n"),
        ("application.properties", "server.servlet.context-path=/inv\n"),
    ],
)
def test_the_health_path_lies_below_the_context_path(plant: Plant, path: str, text: str) -> None:
    files = {"pom.xml": CASES["java-spring-boot"]["files"]["pom.xml"], f"src/main/resources/{path}": text}

    assert values(detect(str(plant(files)), MANIFESTS))["health"] == "/inv/actuator/health"


PROPERTIES = "src/main/resources/application.properties"
ACTUATOR = [
    ("management.endpoints.web.base-path=/manage\n", "/manage/health"),
    ("management.endpoints.web.base-path=/\n", "/health"),
    ("management.endpoints.web.base-path=/manage\nserver.servlet.context-path=/inv\n", "/inv/manage/health"),
    ("management.server.port=9001\n", None),
    ("management.server.port=${ADMIN_PORT:9001}\nmanagement.endpoints.web.base-path=/manage\n", None),
]


@pytest.mark.parametrize(("text", "path"), ACTUATOR)
def test_where_actuator_answers(plant: Plant, text: str, path: str | None) -> None:
    pom = CASES["java-spring-boot"]["files"]["pom.xml"]
    found = detect(str(plant({"pom.xml": pom, PROPERTIES: text})), MANIFESTS)

    assert values(found).get("health") == path
    assert any("Actuator answers on port" in line for line in found.problems) == (path is None)


def test_actuator_is_told_apart_in_yaml_too(plant: Plant) -> None:
    pom = CASES["java-spring-boot"]["files"]["pom.xml"]
    text = "server: {port: 8085}\nmanagement:\n  endpoints: {web: {base-path: /ops}}\n"
    root = plant({"pom.xml": pom, "src/main/resources/application.yml": text})

    assert values(detect(str(root), MANIFESTS))["health"] == "/ops/health"

    plant({"src/main/resources/application.yml": text + "  server: {port: 9001}\n"})
    (note,) = [line for line in detect(str(root), MANIFESTS).problems if "Actuator" in line]
    assert note.startswith(
        "src/main/resources/application.yml management.server.port, line 4: Actuator answers on port 9001"
    )
