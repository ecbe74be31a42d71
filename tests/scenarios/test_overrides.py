"""A repository bends the built-in templates: replaced, filled by block, extended by packs of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenarios.packs import own_pack
from tests.trees import OVERRIDES, SMALLEST, read_tree, run, write_tree


def test_a_template_of_the_same_name_replaces_the_built_in_one(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/runtime/node/dockerignore": "# ours\n*\n!<%= runtime.start[1] %>\n"},
    )
    assert run("generate", cwd=tmp_path).code == 0
    assert (tmp_path / ".dockerignore").read_text() == "# ours\n*\n!app.js\n"


def test_a_block_is_filled_and_the_rest_stays_built_in(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST})
    assert run("generate", cwd=tmp_path).code == 0
    before = (tmp_path / "Dockerfile").read_text()
    write_tree(
        tmp_path,
        {
            f"{OVERRIDES}/runtime/node/Dockerfile": '<% extends "built-in" %>\n'
            "<% block extra %>\nRUN mkdir -p /app/cache\n<% endblock %>\n"
        },
    )
    assert run("generate", cwd=tmp_path).code == 0
    after = (tmp_path / "Dockerfile").read_text()
    assert after != before
    assert after.replace("RUN mkdir -p /app/cache\n", "") == before
    assert run("check", cwd=tmp_path).code == 0


def test_removing_an_override_brings_the_built_in_text_back(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST})
    run("generate", cwd=tmp_path)
    before = read_tree(tmp_path)
    override = write_tree(tmp_path, {f"{OVERRIDES}/runtime/node/dockerignore": "*\n"}) / OVERRIDES
    assert run("check", cwd=tmp_path).code == 1
    run("generate", cwd=tmp_path)
    (override / "runtime/node/dockerignore").unlink()
    assert run("generate", cwd=tmp_path).code == 0
    assert read_tree(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "text", "code", "words"),
    [
        ("runtime/node/Dockerfil", "x\n", "override.matches-nothing", 'did you mean "runtime/node/Dockerfile"?'),
        (
            "runtime/node/Dockerfile",
            '<% extends "built-in" %>\n<% block exta %>\nRUN x\n<% endblock %>\n',
            "override.unknown-block",
            'did you mean "extra"?',
        ),
        ("runtime/node/dockerignore", "<%= runtime.verson %>\n", "template.undefined", "verson"),
        ("runtime/node/dockerignore", "a\n<% if %>\n", "template.syntax", "dockerignore:2:1"),
        ("runtime/node/dockerignore", "<%= ''.__class__.__mro__ %>\n", "template.", "dockerignore:1:1"),
        ("runtime/node/dockerignore", "<% include '../../../../../etc/passwd' %>\n", "template.missing", "passwd"),
        ("workload/kubernetes/base/service.yaml", "a: [\n", "output.not-yaml", "service.yaml"),
        ("workload/kubernetes/base/service.yaml", "apiVersion: v1\nkind: Service\nspek: {}\n", "output.schema", "spek"),
        ("runtime/node/Dockerfile", "FORM node\n", "output.dockerfile", "FORM is no Dockerfile instruction"),
        ("runtime/node/Dockerfile", "FROM a AS b\nCOPY --from=c / /\n", "output.dockerfile", "no earlier stage c"),
    ],
)
def test_a_wrong_override_is_an_error_that_says_where(
    tmp_path: Path, name: str, text: str, code: str, words: str
) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/{name}": text})
    before = read_tree(tmp_path)
    ran = run("generate", cwd=tmp_path)
    assert ran.code in (3, 5), ran
    assert code in ran.err and words in ran.err, ran.err
    assert "Traceback" not in ran.err
    assert read_tree(tmp_path) == before, "a refused run writes nothing"


LINKS = {
    "a file": ("runtime/node/gitignore", "secret.txt"),
    "a file below a pack": ("runtime/node/parts/x", "secret.txt"),
    "a folder": ("runtime/node", "folder"),
    "the templates": ("", "folder"),
    "the folder of ours": ("..", "folder"),
}


@pytest.mark.parametrize("case", sorted(LINKS))
@pytest.mark.parametrize("words", [["generate"], ["check", "--full"]], ids=" ".join)
def test_a_link_among_the_templates_is_never_followed(tmp_path: Path, case: str, words: list[str]) -> None:
    """A committed link would bring a file of the person who generates into the repository."""
    name, target = LINKS[case]
    outside = write_tree(tmp_path / "outside", {"secret.txt": "S3CRET\n", "folder/templates/runtime/x": "S3CRET\n"})
    root = write_tree(tmp_path / "root", {"gitopsgen.yaml": SMALLEST})
    link = Path(os.path.normpath(root / OVERRIDES / name))
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside / target)
    ran = run(*words, cwd=root)
    assert ran.code == 3, ran
    assert "override.link" in ran.err
    assert "S3CRET" not in "".join(
        path.read_text() for path in root.rglob("*") if not path.is_symlink() and path.is_file()
    )
    assert not (root / "Dockerfile").exists()


SCRIPTS = {
    "syntax": ("if then (\n", 5, ":1:1: output.not-shell"),
    "later line": ("#!/bin/sh\ntrue\nfor x in a; do\n", 5, "output.not-shell"),
    "right": ("#!/bin/sh\necho fine\n", 0, ""),
}


@pytest.mark.parametrize("case", sorted(SCRIPTS))
def test_a_script_of_an_override_is_read_by_a_shell(tmp_path: Path, case: str) -> None:
    text, code, words = SCRIPTS[case]
    root = write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/workload/kubernetes/bin/bump.sh": text})
    ran = run("generate", cwd=root)
    assert ran.code == code, ran
    assert words in ran.err, ran.err


def test_a_script_is_only_read_never_run(tmp_path: Path) -> None:
    script = f"touch {tmp_path}/ran\n"
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/workload/kubernetes/bin/bump.sh": script})
    assert run("generate", cwd=tmp_path).code == 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "extends", ['<%- extends "built-in" -%>', "<%\textends 'built-in' %>", '<%extends "built-in"%>']
)
def test_every_spelling_of_extends_is_seen(tmp_path: Path, extends: str) -> None:
    override = f"{OVERRIDES}/runtime/node/Dockerfile"
    write_tree(
        tmp_path, {"gitopsgen.yaml": SMALLEST, override: f"{extends}\n<%\tblock\textra -%>\nRUN a\n<%endblock%>\n"}
    )
    assert run("generate", cwd=tmp_path).code == 0
    assert "RUN a\n" in (tmp_path / "Dockerfile").read_text()
    write_tree(tmp_path, {override: f"{extends}\n<%\tblock\texrta %>\nRUN a\n<%endblock%>\n"})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 3
    assert "override.unknown-block" in ran.err


def test_what_an_extending_template_may_hold_beside_blocks(tmp_path: Path) -> None:
    override = (
        '<% extends "built-in" %>\n<%# a comment %>\n<% set folder = "/app/cache" %>\n'
        "<% macro make(path) %>RUN mkdir -p <%= path %>\n<% endmacro %>\n"
        "<% block extra %>\nRUN mkdir -p <%= folder %>\n<% endblock %>\n"
    )
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/runtime/node/Dockerfile": override})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "RUN mkdir -p /app/cache\n" in (tmp_path / "Dockerfile").read_text()


def test_a_mistake_in_a_block_is_told_in_the_template_that_holds_it(tmp_path: Path) -> None:
    override = '<% extends "built-in" %>\n<% block extra %>\nRUN <%= nothing %>\n<% endblock %>\n'
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/runtime/node/Dockerfile": override})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 5
    assert f"{OVERRIDES}/runtime/node/Dockerfile:3:1: template.undefined" in ran.err


def generated(root: Path, text: str, literal: str, **environment: str) -> str:
    """Generate with a pack that writes one constant, and return what was written."""
    entry = f"{{path: a, template: plain, language: lines, literals: {{'@@': {literal}}}}}"
    own_pack(root, f"files: [{entry}]\n", plain=text)
    words = [sys.executable, "-m", "gitopsgen", "generate"]
    done = subprocess.run(
        words, cwd=root, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return (root / "a").read_text()


def test_a_changed_literal_counts_whatever_was_compiled_before(tmp_path: Path) -> None:
    cache, text = {"XDG_CACHE_HOME": str(tmp_path / "cache")}, '<%= "a@@b" %>\n'
    assert generated(tmp_path / "root", text, "AAA", **cache) == "aAAAb\n"
    assert list((tmp_path / "cache").rglob("*.cache"))
    assert generated(tmp_path / "root", text, "BBB", **cache) == "aBBBb\n"


@pytest.mark.parametrize("base", ["relative/cache", "", "INSIDE"])
def test_compiled_templates_never_get_into_the_repository(tmp_path: Path, base: str) -> None:
    root = tmp_path / "root"
    home = str(root / "home") if base == "INSIDE" else ""
    named = str(root / "cache") if base == "INSIDE" else base
    assert generated(root, "x\n", "A", XDG_CACHE_HOME=named, HOME=home or str(tmp_path / "home")) == "x\n"
    assert not [path for path in root.rglob("*") if path.suffix == ".cache" or path.name in ("~", "relative", "cache")]


def test_a_template_nested_too_deep_is_told(tmp_path: Path) -> None:
    deep = "<%= " + "(" * 20_000 + "1" + ")" * 20_000 + " %>\n"
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/runtime/node/gitignore": deep})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 3, ran
    assert "nested too deep" in ran.err


def test_a_script_that_no_shell_could_read_is_a_warning(tmp_path: Path) -> None:
    script = {f"{OVERRIDES}/workload/kubernetes/bin/bump.sh": "#!/bin/sh\n"}
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, **script})
    words = [sys.executable, "-m", "gitopsgen", "generate"]
    nowhere = {**os.environ, "PATH": str(tmp_path / "nowhere")}
    done = subprocess.run(words, cwd=tmp_path, env=nowhere, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "bump.sh: warning: output.not-shell" in done.stderr


def test_what_a_block_copies_must_be_let_in(tmp_path: Path) -> None:
    block = '<% extends "built-in" %>\n<% block extra %>\nCOPY libs/shop ./libs/shop\n<% endblock %>\n'
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/runtime/node/Dockerfile": block})
    ran = run("generate", cwd=tmp_path)
    assert "output.kept-out" in ran.err
    assert "libs/shop is copied, and .dockerignore keeps it out" in ran.err
    assert "add libs/shop to `runtime.include`" in ran.err

    spec = SMALLEST.replace("runtime: node", "runtime: {name: node, include: [app.js, libs/shop]}")
    assert spec != SMALLEST
    write_tree(tmp_path, {"gitopsgen.yaml": spec})
    assert "output.kept-out" not in run("generate", cwd=tmp_path).err
