"""JSON, SARIF and annotations: what machines read."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo.change import Change
from gitopsgen.report.annotations import annotations_text
from gitopsgen.report.as_json import json_text
from gitopsgen.report.as_sarif import sarif_text

FOUND = Diagnostic("spec.a", "why: 5%,\nreally", "do, this", "my dir/a:b,c.yaml", Position(2, 3, 4), "x")
WARNING = Diagnostic("spec.b", "hm", severity="warning", path="b.yaml")
EDITED = Change(
    RepoPath("Dockerfile"), "edited", "managed", b"mine", b"ours", 0o644, "runtime/node", "by hand", ("way",)
)
KEPT = EDITED._replace(verdict="keep")
NOTE = EDITED._replace(verdict="forget")


def test_json() -> None:
    document = json.loads(json_text([FOUND, WARNING], [EDITED, KEPT], version="0.1.0"))
    assert document["format"] == 1
    assert document["tool"] == {"name": "gitopsgen", "version": "0.1.0"}
    assert document["diagnostics"][1] == {
        "code": "spec.a",
        "severity": "error",
        "message": "why: 5%,\nreally",
        "cure": "do, this",
        "path": "my dir/a:b,c.yaml",
        "line": 2,
        "column": 3,
        "length": 4,
    }
    assert document["changes"][0] == {
        "path": "Dockerfile",
        "verdict": "edited",
        "ownership": "managed",
        "pack": "runtime/node",
        "drift": True,
        "conflict": True,
        "reason": "by hand",
        "waysOut": ["way"],
    }
    assert [change["drift"] for change in document["changes"]] == [True, False]
    assert "mine" not in json_text([], [EDITED], version="1"), "no text of a file"


def test_sarif() -> None:
    log = json.loads(sarif_text([FOUND, WARNING], [EDITED, KEPT, NOTE], version="0.1.0", help_texts={"spec.b": "B."}))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["drift.edited", "spec.a", "spec.b"]
    assert [rule["help"]["text"] for rule in rules][1:] == ["do, this", "B."]
    results = run["results"]
    assert {result["ruleId"]: result["level"] for result in results} == {
        "drift.edited": "error",
        "spec.a": "error",
        "spec.b": "warning",
    }
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in results)
    place = next(result for result in results if result["ruleId"] == "spec.a")["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "my%20dir/a%3Ab%2Cc.yaml"
    assert place["region"] == {"startLine": 2, "startColumn": 3, "endColumn": 7}
    assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]


diagnostics = st.builds(
    Diagnostic,
    st.from_regex(r"[a-z]+\.[a-z-]+", fullmatch=True),
    st.text(min_size=1),
    st.text(),
    st.text(),
    st.none() | st.builds(Position, st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)),
    severity=st.sampled_from(["error", "warning"]),
)


@given(st.lists(diagnostics))
def test_sarif_of_anything_keeps_the_rules_of_the_format(found: list[Diagnostic]) -> None:
    log: dict[str, Any] = json.loads(sarif_text(found, version="0.1.0"))
    run = log["runs"][0]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids)), "rules are unique"
    assert len(run["results"]) == len(set(found))
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        for location in result.get("locations", []):
            assert location["physicalLocation"]["artifactLocation"]["uri"].isascii()
            assert location["physicalLocation"]["region"]["startLine"] >= 1


def test_annotations() -> None:
    assert annotations_text([FOUND, WARNING], [EDITED, KEPT]) == (
        "::error file=Dockerfile,title=drift.edited::by hand%0Acure: way\n"
        "::warning file=b.yaml,title=spec.b::hm\n"
        "::error file=my dir/a%3Ab%2Cc.yaml,line=2,col=3,endColumn=7,title=spec.a::"
        "why: 5%25,\\nreally%0Acure: do, this\n"
    )


@given(st.lists(diagnostics))
def test_nobody_can_smuggle_a_command_into_the_log(found: list[Diagnostic]) -> None:
    text = annotations_text(found)
    lines = text.split("\n")[:-1]
    assert len(lines) == len(set(found))
    for line in lines:
        assert line.isprintable()
        properties, separator, _ = line.removeprefix("::").partition("::")
        assert separator
        names = [field.partition("=")[0] for field in properties.partition(" ")[2].split(",")]
        assert set(names) <= {"file", "line", "col", "endColumn", "title"}
        assert len(names) == len(set(names))
