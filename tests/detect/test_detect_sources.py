"""The ways in which a pack can say where a value stands, beyond one key of one file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.detect import Detection, detect

Plant = Callable[[Mapping[str, str]], Path]


def found(
    root: Path, *sources: Mapping[str, Any], more: Mapping[str, Any] | None = None, folder: str = ""
) -> Detection:
    """Look for the field `x` with the given sources, in a repository whose runtime is `some` whatever it holds."""
    fields = {**(more or {}), "x": {"from": list(sources)}}
    signs = [{"exists": ["a.txt", "../a.txt"]}, {"in": "*", "match": ""}]
    return detect(
        str(root), [{"kind": "runtime", "name": "some", "detect": {"signs": signs, "fields": fields}}], folder
    )


def fact(found: Detection) -> tuple[Any, str] | None:
    return next(((fact.value, fact.evidence) for fact in found.facts if fact.field == "x"), None)


POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <properties><java.version>21</java.version></properties>
  <dependencies>
    <dependency><artifactId>one</artifactId></dependency>
    <dependency>
      <artifactId>web</artifactId></dependency>
  </dependencies>
</project>
"""


@pytest.mark.parametrize(
    ("path", "text", "source", "expected"),
    [
        ("pom.xml", POM, {"key": "properties.java.version"}, ("21", "pom.xml properties.java.version, line 2")),
        (
            "pom.xml",
            POM,
            {"key": "dependencies.dependency.artifactId", "match": "^web$"},
            ("web", "pom.xml dependencies.dependency.artifactId, line 6"),
        ),
        ("a.csproj", '<Project Sdk="Web"/>', {"in": "*.csproj", "key": "@Sdk"}, ("Web", "a.csproj @Sdk, line 1")),
        ("a.yaml", "a:\n  b: 1\n", {"key": "a.b"}, ("1", "a.yaml a.b, line 2")),
        ("a.yaml", "a:\n  - x\n  - y\n", {"key": "a", "match": "y"}, ("y", "a.yaml a, line 3")),
        ("a.json", '{// why\n "a": "b", /* so */\n}', {"key": "a"}, ("b", "a.json a, line 2")),
        ("a.json", '{"a": "b // no comment",}', {"key": "a"}, ("b // no comment", "a.json a, line 1")),
        ("a.json", '{"d": {"socket.io": "^4"}}', {"key": "d.socket.io"}, ("^4", "a.json d.socket.io, line 1")),
        ("a.toml", '[p]\nd = ["flask>=3"]\n', {"key": "p.d.*", "match": "^flask"}, ("flask", "a.toml p.d, line 2")),
        ("Pipfile", '[requires]\npython_version = "3.13"\n', {"key": "requires.python_version"},
         ("3.13", "Pipfile requires.python_version, line 2")),
        ("src/api/x.csproj", "<P/>", {"in": "src/*/*.csproj", "match": "P", "path": "^(.+)/"},
         ("src/api", "src/api/x.csproj:1")),
        ("a/b/c/pom.xml", "z", {"in": "**/pom.xml", "match": "z"}, ("z", "a/b/c/pom.xml:1")),
        ("x.rs", 'var("PORT")\n  .or("3000")\n', {"match": r'PORT.{0,20}or\("(\d+)', "span": 2}, ("3000", "x.rs:1")),
        ("x.rs", 'var("PORT")\n\n\n  .or("3000")\n', {"match": r'PORT.{0,20}or\("(\d+)', "span": 2}, None),
    ],
)  # fmt: skip
def test_a_value_is_found_with_its_place(
    plant: Plant, path: str, text: str, source: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    root = plant({"a.txt": "", path: text})

    assert fact(found(root, {"in": path} | source)) == expected


def test_conditions_and_reasons(plant: Plant) -> None:
    root = plant({"a.txt": "port 80\n", "b.txt": ""})
    framework = {"framework": {"from": [{"exists": "b.txt", "value": "web"}]}}
    default = {"exists": "a.txt", "value": "8080", "because": "the default of Web"}

    def look(**conditions: Any) -> tuple[Any, str] | None:
        return fact(found(root, {**default, **conditions}, more=framework))

    assert look(when={"framework": ["api", "web"]}) == ("8080", "a.txt: the default of Web")
    assert look(when={"framework": "api"}) is None
    assert look(without=["b.txt"]) is None
    assert look(without=["c.txt"]) is not None


def test_a_source_that_needs_another_names_both_places(plant: Plant) -> None:
    root = plant({"a.txt": "server one\nserver two\n", "b.txt": "x\ntwo\n"})
    needs = {"in": "a.txt", "match": r"server (\w+)"}

    both = fact(found(root, needs | {"match": "server (two)", "present": [{"in": "b.txt", "match": "two"}]}))
    neither = fact(found(root, needs | {"present": [{"in": "b.txt", "match": "three"}]}))

    assert both == ("two", "a.txt:2 with b.txt:2")
    assert neither is None


def test_several_sources_as_one_must_agree(plant: Plant) -> None:
    root = plant({"a.txt": "one\n", "b.txt": "two\n", "c.txt": "one\n"})
    sources = {name: {"in": f"{name}.txt", "match": "one|two"} for name in "abc"}

    assert fact(found(root, {"either": [sources["a"], sources["c"]]})) == ("one", "a.txt:1")
    looked = found(root, {"either": [sources["a"], sources["b"]]})
    assert fact(looked) is None
    assert looked.doubts["x"] == "a.txt:1 says one, b.txt:1 says two"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("serve(port)\nport = 1\n", ("1", "a.txt:2")),
        ("serve(cfg.port)\nflag(port, 2)\nport = 1\n", ("2", "a.txt:2")),
        ("serve(other)\nport = 1\n", None),
    ],
)
def test_a_name_is_what_the_first_source_about_it_says(plant: Plant, text: str, value: tuple[str, str] | None) -> None:
    about = [{"in": "a.txt", "match": r"flag\({.}, (\d)"}, {"in": "a.txt", "match": r"\b{} = (\d)"}]

    source = {"in": "a.txt", "match": r"serve\(([\w.]+)\)", "resolved": about}
    assert fact(found(plant({"a.txt": text}), source)) == value


def test_the_last_of_several_words_in_a_list_and_a_part_of_a_fact(plant: Plant) -> None:
    root = plant({"a.txt": 'RUN ["a"]\nRUN ["b", "c d"]\n'})
    command = {"start": {"from": [{"in": "a.txt", "match": "^RUN (.*)$", "last": True, "words": True}]}}

    looked = found(root, {"fact": "start", "match": r"\bc (\w)"}, more=command)

    assert [fact.value for fact in looked.facts if fact.field == "start"] == ["b 'c d'"]
    assert fact(looked) == ("d", "start")


def test_a_file_above_counts_where_the_pack_says_so(plant: Plant) -> None:
    root = plant({"lock.yaml": "a: 1\n", "apps/web/a.txt": "", "apps/lock.txt": "near", "lock.txt": "far"})

    locked = fact(found(root, {"exists": {"lock.yaml": "pnpm"}, "above": True}, folder="apps/web"))
    nearest = fact(found(root, {"in": "lock.txt", "match": ".+", "above": True}, folder="apps/web"))

    assert locked == ("pnpm", "../../lock.yaml")
    assert nearest == ("near", "../lock.txt:1")
    assert fact(found(root, {"exists": "lock.yaml"}, folder="apps/web")) is None


BOMB = '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><p><v>&b;</v></p>'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, "document type"),
        ('<!DOCTYPE p SYSTEM "file:///etc/passwd"><p><v>1</v></p>', "document type"),
        ("<p>" * 5000, "nested too deeply"),
        ("<p><v>1</p>", "mismatched tag"),
        ("<v>" + "x" * 300_000 + "</v>", "at most 256 KiB"),
    ],
)
def test_hostile_xml_is_one_problem(plant: Plant, text: str, words: str) -> None:
    looked = found(plant({"a.txt": "", "a.xml": text}), {"in": "a.xml", "key": "v"})

    assert fact(looked) is None
    assert [line for line in looked.problems if words in line and line.startswith("a.xml is passed over")]
