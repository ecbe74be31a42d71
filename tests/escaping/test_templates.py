"""Templates leave escaping to the environment: a value stands where it is whole, or is proved harmless."""

import re
from pathlib import Path

import pytest
import ryaml

from gitopsgen.core import assets

TEMPLATES = Path(assets.TEMPLATES)
PACKS = {path.parent: ryaml.loads(path.read_text(encoding="utf-8")) for path in sorted(TEMPLATES.glob("*/*/pack.yaml"))}
FILES = [(folder, entry) for folder, pack in PACKS.items() for entry in pack.get("files", [])]

_MARK = re.compile(r"<%=\s*(.*?)\s*%>")


def yaml_templates() -> list[Path]:
    """Return every template that is read as YAML: what the packs list, their steps, parts and set-up."""
    other = {folder / entry["template"] for folder, entry in FILES if entry["language"] != "yaml"}
    return [path for path in sorted(TEMPLATES.rglob("*.yaml")) if path.name != "pack.yaml" and path not in other]


def wrong_marks(line: str) -> list[str]:
    """Return the interpolations of a line of YAML that are neither a whole scalar nor `| inside`."""
    wrong = []
    for mark in _MARK.finditer(line):
        before, after = line[: mark.start()], line[mark.end() :]
        comment = re.search(r"(^|\s)#", _MARK.sub("x", before)) is not None
        value = re.search(r"(: |- )$", before) and re.fullmatch(r"(\s+#.*|\s*)", after)
        key = re.fullmatch(r"\s*(- )?", before) and re.match(r":( |$)", after)
        inside = re.search(r"\|\s*inside$", mark[1])
        if comment and re.search(r"\|\s*remark$", mark[1]) and not after:
            continue
        if not inside and (comment or not (value or key)):
            wrong.append(mark[0])
    return wrong


def test_lint_sees_what_is_wrong() -> None:
    for line in (
        "a: x<%= b %>",
        "a: <%= b %>x",
        'a: "<%= b %>"',
        "# <%= b %>",
        "a: 1  # <%= b %>",
        "<%= b %>",
        "[<%= b %>]",
        "a: <%= b | remark %>x",
        "# <%= b | remark %> c",
    ):
        assert wrong_marks(line), line
    for line in (
        "a: <%= b %>",
        "- <%= b %>  # why",
        "  <%= b %>:",
        "a: x<%= b | inside %>y",
        "# <%= b | inside %>",
        "# <%= b | remark %>",
    ):
        assert not wrong_marks(line), line


@pytest.mark.parametrize("path", yaml_templates(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_yaml_template(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    assert [(number, line) for number, line in enumerate(lines, 1) if wrong_marks(line)] == []


@pytest.mark.parametrize("path", yaml_templates(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_nothing_turns_escaping_off(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*(safe|e\b|escape|forceescape)|autoescape|<%\s*raw", text)


def test_scripts_hold_no_values() -> None:
    scripts = [entry for _, entry in FILES if entry["language"] == "shell"]
    assert scripts
    assert all(entry.get("verbatim") for entry in scripts)


def test_workflows_and_manifests_escape_what_their_readers_act_on() -> None:
    """A file of GitHub's takes no `${{`, and a Deployment no `$(NAME)`, from a value."""
    for folder, entry in FILES:
        if entry.get("schema") == "github-workflow":
            assert entry["literals"] == {"${{": "${{ '${{' }}"}, entry["path"]
        text = (folder / entry["template"]).read_text(encoding="utf-8")
        if re.search(r"^\s+(env|args|command):$", text, re.MULTILINE) and entry.get("schema") == "by-kind":
            assert entry["literals"] == {"$": "$$"}, entry["path"]
