"""What `explain` tells of a section that chooses a system, and of a file."""

from pathlib import Path

import pytest

from tests.trees import SMALLEST, run, write_tree


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("runtime")]


def test_a_section_is_told_as_the_system_has_it_that_the_spec_chooses(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST})
    told = run("explain", "runtime", cwd=tmp_path).out
    assert len(headings(told)) == len(set(headings(told)))
    assert "runtime.framework" in headings(told) and "runtime.project" not in headings(told)
    assert "bun, index.ts" not in told, "a default of another runtime"
    assert "this is what node has; `gitopsgen explain runtime/NAME` shows bun, " in told
    assert told.count("\n") < 150


def test_without_a_choice_only_what_all_have_is_told(tmp_path: Path) -> None:
    told = run("explain", "runtime", cwd=tmp_path).out
    assert "runtime.start" in headings(told) and "runtime.framework" not in headings(told)
    assert "default:" not in told
    assert "`gitopsgen explain runtime/NAME` shows bun, clojure, " in told
    assert told.count("\n") < 100


def test_one_system_can_be_asked_for(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST})
    told = run("explain", "runtime/static", cwd=tmp_path).out
    spa = told.split("runtime.spa\n")[1].split("\n\n")[0]
    assert "type:     true | false" in spa and "default:  false" in spa
    assert "runtime.packageManagerVersion" in headings(told) and "runtime.cgo" not in headings(told)


def test_a_file_names_each_field_once(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST})
    [depends] = [line for line in run("explain", "Dockerfile", cwd=tmp_path).out.splitlines() if "depends:" in line]
    names = depends.partition("depends:")[2].strip().split(", ")
    assert len(names) == len(set(names)) and "runtime.packages" in names


@pytest.mark.parametrize("spec", [True, False])
def test_a_slip_of_the_pen_is_guessed_with_and_without_a_spec(tmp_path: Path, spec: bool) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST} if spec else {})
    ran = run("explain", "replcas", cwd=tmp_path)
    assert (ran.code, 'did you mean "replicas"?' in ran.err) == (2, True)
