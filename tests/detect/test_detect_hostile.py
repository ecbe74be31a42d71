"""Repositories that nobody would write: detection stays small, inside the root, and never fails."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitopsgen.detect import Detection, detect
from gitopsgen.detect.git import https_url
from gitopsgen.detect.values import RefusedError, allowed, label
from gitopsgen.spec import patterns

Plant = Callable[[Mapping[str, str]], Path]
Look = Callable[..., Detection]


def fields(found: Detection) -> set[str]:
    return {fact.field for fact in found.facts}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Expecting value: line 1"),
        ('{\n  "name": shop\n}', "Expecting value: line 2"),
        ('["name"]', "does not hold named values"),
        ('{"a":' * 30_000 + "1" + "}" * 30_000, "is nested too deeply"),
        ('{"name": "' + "x" * 300_000 + '"}', "at most 256 KiB"),
        ('{"engines": {"node": ' + "9" * 5000 + "}}", "is passed over"),
    ],
    ids=["empty", "not-json", "a-list", "deep", "huge", "long-number"],
)
def test_an_unreadable_manifest_is_one_problem(plant: Plant, look: Look, text: str, words: str) -> None:
    plant({"package.json": text, "app.js": "app.listen(3000)"})

    found = look()

    (problem,) = [line for line in found.problems if line.startswith("package.json is passed over")]
    assert words in problem
    assert "name" in fields(found)


@pytest.mark.parametrize("value", [[], {}, 1, True, None, ["x"], {"x": {}}, "\x1b[31mred", "a\nb", "x" * 5000])
def test_values_of_a_wrong_kind_are_no_facts(plant: Plant, look: Look, value: Any) -> None:
    import json

    keys = ("name", "main", "engines", "scripts", "packageManager", "dependencies")
    nested = {"scripts": dict.fromkeys(("start", "test", "build"), value), "engines": {"node": value}}
    for data in (dict.fromkeys(keys, value), nested):
        plant({"package.json": json.dumps(data)})

        found = look()

        assert not {"runtime.start", "runtime.version"} & fields(found)
        assert all(line.isprintable() and len(line) < 300 for line in found.problems)
        assert all(fact.evidence.isprintable() and len(fact.evidence) < 300 for fact in found.facts)


def test_links_and_special_files_are_not_read(plant: Plant, root: Path, look: Look) -> None:
    plant({"../secret.json": '{"name": "leaked"}', "../outside/app.js": "app.listen(6666)"})
    (root / "package.json").symlink_to("../secret.json")
    (root / "src").symlink_to("../outside")
    (root / "legacy").symlink_to("lib")
    plant({"lib/x.js": ""})
    os.mkfifo(root / "app.js")

    found = look()

    assert "leaked" not in repr(found)
    assert [fact.value for fact in found.facts if fact.field == "runtime.include"] == [["lib"]]
    assert "port" not in fields(found)
    assert any(line.startswith("package.json is passed over") for line in found.problems)


def test_long_lines_and_large_files_are_passed_over(plant: Plant, look: Look) -> None:
    plant(
        {
            "package.json": "{}",
            "app.js": "x" * 500 + "; app.listen(1111)\napp.listen(3000)\n",
            "server.js": "app.listen(2222)\n" + "\n" * 300_000,
        }
    )

    assert ("port", 3000) in [(fact.field, fact.value) for fact in look().facts]


def test_a_name_that_no_list_can_hold_is_reported(plant: Plant, look: Look) -> None:
    plant({"package.json": "{}", "my app\x1b.js": ""})

    found = look()

    assert "runtime.include" not in fields(found)
    assert any("'my app\\x1b.js'" in line for line in found.problems)


def test_a_large_repository_is_not_walked(
    plant: Plant, look: Look, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant({f"src/{number}/deep/er/x.js": "" for number in range(300)})
    plant({f"{folder}/a/x.js": "app.listen(1)" for folder in ("node_modules", ".git", "vendor")})
    plant({"package.json": "{}", **{f"f{number:03}.js": "" for number in range(300)}, "zz.js": "app.listen(3000)"})
    listed = []
    scandir = os.scandir

    def watched(path: str) -> Iterator[os.DirEntry[str]]:
        listed.append(os.path.relpath(path, root))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", watched)

    found = look()

    assert "port" not in fields(found)  # the 301st file is beyond the limit
    assert len(listed) <= 210
    assert not [path for path in listed if path.split("/")[0] in ("node_modules", ".git", "vendor")]
    assert not [path for path in listed if path.startswith("src/") and path.count("/") > 1]


@settings(max_examples=25, deadline=None)  # each starts git a few times
@given(raw=st.binary(max_size=300))
def test_no_bytes_of_a_manifest_make_detection_fail(
    tmp_path_factory: pytest.TempPathFactory, node: Mapping[str, Any], raw: bytes
) -> None:
    root = tmp_path_factory.mktemp("bytes")
    for name in ("package.json", ".nvmrc", "app.js"):
        (root / name).write_bytes(raw)

    assert "name" in fields(detect(str(root), [node]))


@given(text=st.text())
@example("a" * 39 + "-b")
def test_a_label_is_empty_or_one_that_the_spec_takes(text: str) -> None:
    import re

    name = label(text)

    assert name == "" or (re.fullmatch(patterns.LABEL, name) and len(name) <= 40)


@given(spec=st.text(alphabet="0123456789.xX*v<>=~^!|- ,+a/", max_size=40))
def test_any_version_text_is_answered_or_refused(spec: str) -> None:
    offered = ["20", "22", "24"]
    try:
        found = allowed(spec, offered)
    except RefusedError:
        return
    assert found == [version for version in reversed(offered) if version in found]


@given(user=st.text(min_size=1), remote=st.text())
def test_no_credentials_pass(user: str, remote: str) -> None:
    for text in (f"https://{user}@github.com/acme/shop.git", f"ssh://{user}@github.com/acme/shop.git", remote):
        url = https_url(text)
        assert url in ("", "https://github.com/acme/shop.git") or "@" not in url
