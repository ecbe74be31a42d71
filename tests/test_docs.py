"""The documents say what is so: their commands run, their links lead somewhere, their figures of speech are gone."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from gitopsgen.compiler import generate
from tests.trees import SMALLEST, read_tree, run, write_tree
from tests.upgrade.test_stories import OLD

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    path
    for path in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("examples/*.md"),
    ]
)


def blocks(document: str, language: str) -> list[str]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(document: str) -> list[list[str]]:
    lines = "\n".join(blocks(document, "sh")).replace("\\\n", " ").split("\n")
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    write_tree(tmp_path, {"package.json": '{"name": "a", "main": "a.js"}', "a.js": "", "package-lock.json": "{}"})
    ours = [words for words in commands("README.md") if words[0] == "gitopsgen" and words != ["gitopsgen", "init"]]
    assert ours
    for words in ours:
        ran = run(*words[1:], cwd=tmp_path)
        assert ran.code == 0, ran.err
    assert run("-C", "shop", "check", "--full", cwd=tmp_path).code == 0


def test_the_table_of_commands_names_real_ones(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": blocks("README.md", "yaml")[0]})
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    run("generate", cwd=tmp_path)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = set(re.findall(r"`gitopsgen ([a-z][^`]*)`", text))
    assert {"explain Dockerfile", "check --full", "setup"} <= found
    for words in sorted(found):
        if not words.startswith("init"):
            assert run(*shlex.split(words), cwd=tmp_path).code == 0, words


def in_text(document: str) -> list[list[str]]:
    """Return the commands of ours that stand within sentences, in their order."""
    text = re.sub(r"^```.*?^```$", "", (ROOT / document).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [shlex.split(words) for words in re.findall(r"`gitopsgen ([a-z][^`]*)`", text)]


def test_the_commands_about_hooks_run(tmp_path: Path) -> None:
    app = {"gitopsgen.yaml": SMALLEST, "package.json": "{}", "package-lock.json": "{}"}
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    for folder in ("", "services/a", "services/b"):
        write_tree(tmp_path / folder, app)
    run("generate", ".", "services/a", "services/b", cwd=tmp_path)
    found = [words[1:] for words in commands("docs/hook.md")] + in_text("docs/hook.md")
    assert {"install", "uninstall", "run"} == {words[1] for words in found if words[0] == "hook"}
    for words in found:
        folders = ["services/a", "services/b"] if "services/*" in words else []
        ran = run(*[word for word in words if word != "services/*"], *folders, cwd=tmp_path)
        assert ran.code == 0, (words, ran)


def test_the_commands_about_upgrading_run(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": OLD, "package.json": "{}", "package-lock.json": "{}"})
    codes = {tuple(words): run(*words[1:], cwd=tmp_path).code for words in commands("docs/upgrading.md")}
    assert list(codes.values()) == [1, 0, 0], codes
    assert run("upgrade", "--diff", cwd=tmp_path).code == 0, "nothing is left to do"


def test_the_smallest_spec_has_six_lines_and_compiles(tmp_path: Path) -> None:
    spec = blocks("README.md", "yaml")[0]
    assert spec.count("\n") == 6
    write_tree(tmp_path, {"gitopsgen.yaml": spec})
    assert run("generate", cwd=tmp_path).code == 0


def test_the_override_of_the_readme_works(tmp_path: Path) -> None:
    text = next(block for block in blocks("README.md", "text") if "extends" in block)
    name, *body = text.splitlines()
    override = "".join(f"{line.removeprefix('    ')}\n" for line in body)
    write_tree(tmp_path, {"gitopsgen.yaml": blocks("README.md", "yaml")[0], name: override})
    assert run("generate", cwd=tmp_path).code == 0
    assert "ENV NODE_OPTIONS=--enable-source-maps" in read_tree(tmp_path)["Dockerfile"]


def test_make_targets_of_the_documents_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for document in DOCUMENTS:
        named = set(
            re.findall(
                r"\bmake ([a-z]+)\b", "".join(re.findall(r"`[^`]*`|^make .*$", document.read_text(), re.MULTILINE))
            )
        )
        assert named <= targets, document


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


def test_named_files_exist() -> None:
    for document in ("README.md", "CONTRIBUTING.md", "docs/architecture.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for name in re.findall(r"`((?:gitopsgen|tests|templates|schemas|examples)/[a-z_/.]+?)(?:::\w+)?`", text):
            assert (ROOT / name).exists(), f"{document}: {name}"


@pytest.mark.parametrize("snippet", blocks("docs/workloads.md", "yaml"))
def test_the_snippets_about_workloads_compile(tmp_path: Path, snippet: str) -> None:
    head = "".join(line for line in blocks("README.md", "yaml")[0].splitlines(True) if not line.startswith("port:"))
    write_tree(tmp_path, {"gitopsgen.yaml": head + snippet, "package.json": "{}", "package-lock.json": "{}"})
    outcome = generate(str(tmp_path))
    assert outcome.exit_code == 0, outcome.diagnostics
