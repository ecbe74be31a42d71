"""Detection on real repositories: right often enough, no wrong port, and the document says what is measured."""

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gitopsgen.detect import KINDS, detect
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue

ROOT = Path(__file__).resolve().parents[2]
# Right of a hundred, at least, of the repositories of each part.
FLOORS = {
    "runtime": 95,
    "packageManager": 95,
    "version": 95,
    "framework": 90,
    "port": 92,
    "start": 85,
    "ci": 85,
    "image": 85,
}
# Said and not so, of repositories that no rule has seen. One that a rule mends is a tuned one, and goes from here.
KNOWN = set[tuple[str, str]]()
AGAIN = "run `python tools/measure_detection.py`, look at what is not right, and commit docs/detection.md"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    path = ROOT / "tools/measure_detection.py"
    spec = importlib.util.spec_from_file_location("measure_detection", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def judged(tool: ModuleType) -> list[Any]:
    return list(tool.measure())


def test_the_corpus_is_what_it_says(tool: ModuleType) -> None:
    entries = list(tool.entries())

    assert len({(entry["repository"], entry.get("folder")) for entry in entries}) == len(entries) >= 220
    assert sum(bool(entry.get("held")) for entry in entries) >= 90
    for entry in entries:
        assert "runtime" in entry["truth"], entry["repository"]
        assert not set(entry.get("files", ())) & set(entry.get("texts", {})), entry["repository"]


def test_no_port_and_no_start_command_is_wrong_but_those_that_are_known(judged: list[Any]) -> None:
    wrong = [one for one in judged if one.field in ("port", "start") and one.outcome == "wrong"]

    assert {(one.repository, one.field) for one in wrong} == KNOWN, wrong
    assert "tuned" not in {one.part for one in wrong}


def test_what_is_said_of_the_systems_names_a_place_that_is_there(tool: ModuleType, tmp_path: Path) -> None:
    manifests = [pack.manifest for kind in KINDS for pack in Catalogue((BUILT_IN,)).all(kind)]
    seen = Counter[str]()
    for number, entry in enumerate(entry for entry in tool.entries() if "remote" in entry):
        tool.plant(entry, tmp_path / str(number))
        found = detect(str(tmp_path / str(number)), manifests, entry.get("folder", ""))
        # What lies in the app's folder is named from there.
        below = f"{entry['folder']}/" if "folder" in entry else ""
        places = [name.removeprefix(below) for name in (*entry.get("files", ()), *entry["texts"], entry["remote"])]
        for fact in found.facts:
            if fact.field in ("ci.name", "image", "gitops.operator", "mode", "port"):
                seen[fact.field] += 1
                assert any(place in fact.evidence for place in places), (entry["repository"], fact)

    assert min(seen["ci.name"], seen["image"], seen["port"]) >= 4


@pytest.mark.parametrize("part", ["tuned", "held out"])
def test_it_is_right_often_enough(judged: list[Any], part: str) -> None:
    for field, floor in FLOORS.items():
        mine = [one for one in judged if one.part == part and one.field == field]
        right = Counter(one.outcome for one in mine)["right"]
        missed = [f"{one.repository}: {one.said!r}, truly {one.truth!r}" for one in mine if one.outcome != "right"]

        assert mine and 100 * right >= floor * len(mine), (field, missed)


def test_the_document_claims_no_more_than_is_measured(tool: ModuleType, judged: list[Any]) -> None:
    document = tool.DOCUMENT.read_text(encoding="utf-8").partition(tool.MARKS[0])[2].partition(tool.MARKS[1])[0]
    claimed, measured = tool.shares(document), tool.shares(tool.figures(judged))

    assert len(claimed) > 10
    # A repository more or less is no news; whoever changes a rule for the better need not touch the document.
    assert [key for key, share in claimed.items() if measured[key] < share - 6] == [], AGAIN
