"""One set of findings in every format, and every exit code by a situation that a person can be in."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.invalid.cases import lay_out

ROOT = Path(__file__).parent.parent.parent
SPEC = (
    "apiVersion: gitopsgen/v1\nname: shop\nmode: pull\nimage: docker.io/acme/shop\n"
    "repository: https://github.com/acme/shop.git\nruntime: node\n"
)
Run = subprocess.CompletedProcess[str]


def gitopsgen(*words: str, cwd: Path) -> Run:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "gitopsgen", *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository") / "mistaken"
    folder.mkdir()
    lay_out("spec-many-mistakes", folder)
    return folder


@pytest.fixture(scope="module")
def found(mistaken: Path) -> list[dict[str, Any]]:
    """The findings, as JSON has them."""
    run = gitopsgen("check", "--format", "json", cwd=mistaken)
    assert (run.returncode, run.stderr) == (3, "")
    document = json.loads(run.stdout)
    assert (document["format"], document["changes"]) == (1, [])
    diagnostics: list[dict[str, Any]] = document["diagnostics"]
    assert len(diagnostics) == 10
    return diagnostics


def test_text(mistaken: Path, found: list[dict[str, Any]]) -> None:
    run = gitopsgen("check", cwd=mistaken)
    assert (run.returncode, run.stdout) == (3, "")
    heads = [line for line in run.stderr.splitlines() if line.startswith("gitopsgen.yaml:")]
    assert heads == [f"{one['path']}:{one['line']}:{one['column']}: {one['code']}: {one['message']}" for one in found]


def test_sarif(mistaken: Path, found: list[dict[str, Any]]) -> None:
    run = gitopsgen("check", "--format", "sarif", cwd=mistaken)
    assert (run.returncode, run.stderr) == (3, "")
    (log,) = json.loads(run.stdout)["runs"]
    places = [result["locations"][0]["physicalLocation"] for result in log["results"]]
    assert [
        (result["ruleId"], result["message"]["text"], place["region"]["startLine"], place["region"]["startColumn"])
        for result, place in zip(log["results"], places, strict=True)
    ] == [(one["code"], f"{one['message']}\n{one['cure']}", one["line"], one["column"]) for one in found]
    assert {place["artifactLocation"]["uri"] for place in places} == {"gitopsgen.yaml"}
    rules = [rule["id"] for rule in log["tool"]["driver"]["rules"]]
    assert rules == sorted({one["code"] for one in found})


def test_github(mistaken: Path, found: list[dict[str, Any]]) -> None:
    run = gitopsgen("check", "--format", "github", cwd=mistaken)
    assert (run.returncode, run.stderr) == (3, "")
    assert run.stdout.splitlines() == [
        f"::error file=gitopsgen.yaml,line={one['line']},col={one['column']},"
        f"endColumn={one['column'] + one['length']},title={one['code']}::"
        f"{one['message']}%0Acure: {one['cure']}"
        for one in found
    ]


def test_code_hosts_name_files_from_the_top_of_the_repository(mistaken: Path) -> None:
    """The app is a folder of a repository, so the annotations are on the files of a pull request only so."""
    subprocess.run(["git", "init", "-q"], cwd=mistaken.parent, check=True)
    name = f"{mistaken.name}/gitopsgen.yaml"
    told = gitopsgen("check", "--format", "github", "-C", str(mistaken), cwd=mistaken.parent).stdout.splitlines()
    assert told
    assert all(line.startswith(f"::error file={name},") for line in told)
    log = json.loads(gitopsgen("check", "--format", "sarif", cwd=mistaken).stdout)
    [uri] = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in log["runs"][0]["results"]
    }
    assert uri == name


def nothing(_: Path) -> None:
    pass


def generated(root: Path) -> None:
    assert gitopsgen("generate", "-q", cwd=root).returncode == 0


def edited(root: Path) -> None:
    generated(root)
    with open(root / "Dockerfile", "a", encoding="utf-8") as file:
        file.write("# mine\n")


def foreign(root: Path) -> None:
    (root / "Dockerfile").write_text("FROM scratch\n")


def wrong(root: Path) -> None:
    (root / "gitopsgen.yaml").write_text(SPEC + "port: 80\n")


def broken_output(root: Path) -> None:
    """A template of the repository's own that writes no YAML."""
    folder = root / ".gitopsgen/templates/workload/kubernetes/base"
    folder.mkdir(parents=True)
    (folder / "service.yaml").write_text("kind: [\n")


def broken_template(root: Path) -> None:
    folder = root / ".gitopsgen/templates/workload/kubernetes/base"
    folder.mkdir(parents=True)
    (folder / "service.yaml").write_text("name: <%= nmae %>\n")


def unreadable_lock(root: Path) -> None:
    generated(root)
    (root / "gitopsgen.lock").write_text("format 99\n")


@pytest.mark.parametrize(
    ("prepare", "words", "code"),
    [
        (generated, ["check"], 0),
        (nothing, ["generate"], 0),
        (nothing, ["check"], 1),
        (nothing, ["check", "--colour"], 2),
        (nothing, ["chek"], 2),
        (nothing, ["-C", "no-such-folder", "check"], 2),
        (wrong, ["check"], 3),
        (wrong, ["generate"], 3),
        (wrong, ["setup"], 3),
        (edited, ["check"], 4),
        (edited, ["generate"], 4),
        (foreign, ["generate"], 4),
        (broken_output, ["check"], 5),
        (broken_template, ["generate"], 5),
        (unreadable_lock, ["check"], 6),
        (unreadable_lock, ["generate"], 6),
    ],
    ids=lambda value: getattr(value, "__name__", None) or (" ".join(value) if isinstance(value, list) else str(value)),
)
def test_exit_codes(prepare: Callable[[Path], None], words: list[str], code: int, tmp_path: Path) -> None:
    (tmp_path / "gitopsgen.yaml").write_text(SPEC)
    prepare(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    run = gitopsgen(*words, cwd=tmp_path)
    assert run.returncode == code, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    if code:
        assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
        assert run.stdout + run.stderr
