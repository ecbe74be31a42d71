"""docs/regeneration.md says what is so: its commands run, its patch is the real one, its words are the ones printed."""

import re
from pathlib import Path
from typing import get_args

from gitopsgen.repo.change import Verdict
from tests.test_docs import blocks, commands

from .edits import DEPLOYMENT, DEPLOYMENT_PATCH, PATIENT, STARTUP
from .project import Project, project

DOCUMENT = "docs/regeneration.md"
TEXT = (Path(__file__).resolve().parents[2] / DOCUMENT).read_text(encoding="utf-8")


def edited(folder: Path) -> Project:
    shop = project(folder)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    return shop


def test_the_commands_run_one_after_the_other(tmp_path: Path) -> None:
    shop = edited(tmp_path)
    found = commands(DOCUMENT)
    assert len(found) >= 8
    for words in found:
        assert words[0] == "gitopsgen"
        ran = shop.ours(*words[1:])
        assert ran.code == 0, (words, ran)


def test_the_commands_in_the_text_run(tmp_path: Path) -> None:
    found = set(re.findall(r"`gitopsgen ([a-z][^`]*)`", TEXT))
    assert {"adopt FILE", "generate --take FILE", "generate --keep FILE", "eject FILE", "adopt --drop FILE"} <= found
    for number, words in enumerate(sorted(found)):
        shop = edited(tmp_path / str(number))
        if "--drop" in words or "--refresh" in words:
            shop.ours("adopt")
        ran = shop.ours(*words.replace("FILE", DEPLOYMENT).split())
        assert ran.code == (0 if "FILE" in words or words == "adopt" else 4), (words, ran)


def test_the_patch_is_the_one_that_adopt_writes(tmp_path: Path) -> None:
    shop = edited(tmp_path)
    assert shop.ours("adopt").code == 0
    assert [shop.read(DEPLOYMENT_PATCH)] == blocks(DOCUMENT, "yaml")


def test_the_table_of_verdicts_is_complete() -> None:
    table = TEXT.partition("## What a run says")[2].partition("## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(get_args(Verdict))


def test_the_table_of_classes_is_complete(tmp_path: Path) -> None:
    shop = project(tmp_path)
    assert shop.ours("eject", "Dockerfile").code == 0
    table = TEXT.partition("## Whose is which file")[2].partition("## ")[0]
    classes = {line.split()[1] for line in shop.ours("status").out.splitlines()}
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == classes
