"""What git itself makes of the .gitattributes and the .gitignore that are written, and what `sees: outputs` shows."""

from pathlib import Path

import pytest

from gitopsgen.repo.lock import Lock, parse
from tests.hook.repos import FILES, Repository
from tests.trees import OVERRIDES, PUSH, run, write_tree

MARKS = ("linguist-generated", "gitlab-generated")
ODD = ["a b.txt", "#c", "!d", "e*.txt", "f[1].txt", "g?.txt", '"h".txt', "é/ü.txt", "sub dir/#!x"]
PACK = """\
kind: repository
name: git
title: Mine
summary: the files of a test
default: true
files:
{files}
"""


def attributes(repo: Repository, path: str) -> dict[str, str]:
    """Return what git knows of a path."""
    fields = repo.git("check-attr", "-z", "--all", "--", path).split("\0")
    return dict(zip(fields[1::3], fields[2::3], strict=True))


def lock_of(repo: Repository) -> Lock:
    lock = parse((repo.app / "gitopsgen.lock").read_bytes())
    assert isinstance(lock, Lock)
    return lock


@pytest.mark.parametrize("spec", [FILES["gitopsgen.yaml"], PUSH], ids=["pull", "push"])
@pytest.mark.parametrize("app", ["", "services/a"])
def test_what_is_generated_is_marked_and_nothing_else(tmp_path: Path, spec: str, app: str) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home", {**FILES, "gitopsgen.yaml": spec}, app).delivered()
    folder = f"{app}/" if app else ""
    entries = lock_of(repo).files
    assert {entry.ownership for entry in entries} == {"managed", "once", "block"}
    for entry in entries:
        found = attributes(repo, folder + entry.path)
        expected = dict.fromkeys(MARKS, "set") if entry.ownership == "managed" else {}
        if entry.mode == 0o755:
            expected |= {"text": "set", "eol": "lf"}
        assert found == expected, entry.path
    for path in ("gitopsgen.yaml", "README.md", "package.json", "Dockerfile.dev", "elsewhere/Dockerfile"):
        assert attributes(repo, folder + path) == {}, path
    assert attributes(repo, f"{folder}gitopsgen.lock") == {"merge": "union", **dict.fromkeys(MARKS, "set")}
    assert attributes(repo, f"{folder}.gitopsgen/ejected") == {"merge": "union"}


def test_scripts_keep_their_line_ends_in_a_checkout_of_windows(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home").delivered()
    clone = tmp_path / "clone"
    repo.git("-c", "core.autocrlf=true", "clone", "--quiet", str(repo.root), str(clone))
    scripts = sorted(clone.glob("k8s/bin/*.sh"))
    assert scripts
    assert not [path for path in scripts if b"\r" in path.read_bytes()]
    assert b"\r" in (clone / "README.md").read_bytes(), "this checkout does turn line ends"


def test_two_branches_that_generate_merge_their_locks(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home").delivered()
    repo.git("branch", "other")
    for branch, old, new in (("main", "port: 3000", "port: 3001"), ("other", "name: storefront", "name: shop")):
        repo.git("checkout", "--quiet", branch)
        repo.edit("gitopsgen.yaml", old, new)
        assert repo.ours("generate").code == 0
        repo.git("add", "--all")
        assert repo.commit().code == 0
    repo.run("git", "merge", "--quiet", "main")
    assert "gitopsgen.lock" not in repo.git("diff", "--name-only", "--diff-filter=U")
    assert "<<<<<<<" not in (repo.root / "gitopsgen.lock").read_text()


def test_what_is_of_one_machine_only_is_ignored(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home").delivered()
    repo.edit("Dockerfile", "FROM", "# mine\nFROM")
    assert repo.ours("generate", "--take", "Dockerfile").code == 0
    write_tree(repo.root, {".gitopsgen/staging/x": "x", ".gitopsgen/templates/kept/x": "x", "k8s/kept/y": "y"})
    status = repo.git("status", "--porcelain", "--untracked-files=all").splitlines()
    assert sorted(status) == ["?? .gitopsgen/templates/kept/x", "?? k8s/kept/y"]


def own_pack(root: Path, *files: str, **templates: str) -> Path:
    """Lay out an app whose repository pack is one of the test's own."""
    folder = f"{OVERRIDES}/repository/git"
    texts = {f"{folder}/{name}": text for name, text in templates.items()}
    pack = PACK.format(files="\n".join(f"  - {file}" for file in files))
    return write_tree(root, {**FILES, **texts, f"{folder}/pack.yaml": pack})


LISTING = "<% for output in outputs %>\n<%= output.path %> <%= output.mode %> <%= output.ownership %>\n<% endfor %>\n"


def test_a_template_that_sees_outputs_sees_all_others_in_order(tmp_path: Path) -> None:
    entry = "{path: LIST, template: list, language: lines, sees: outputs}"
    root = own_pack(tmp_path, entry, "{path: A, template: a, language: lines}", list=LISTING, a="a\n")
    assert run("generate", cwd=root).code == 0
    lock = parse((root / "gitopsgen.lock").read_bytes())
    assert isinstance(lock, Lock)
    others = [entry for entry in lock.files if entry.path not in ("LIST", ".gitopsgen/schema.json")]
    expected = "".join(f"{entry.path} {entry.mode:o} {entry.ownership}\n" for entry in others)
    assert (root / "LIST").read_text() == expected
    assert "A 644 managed\n" in expected


def test_only_a_template_that_asks_sees_outputs(tmp_path: Path) -> None:
    root = own_pack(tmp_path, "{path: LIST, template: list, language: lines}", list=LISTING)
    ran = run("generate", cwd=root)
    assert (ran.code, "outputs" in ran.err) == (5, True), ran


def test_nothing_else_can_be_seen(tmp_path: Path) -> None:
    root = own_pack(tmp_path, "{path: LIST, template: list, language: lines, sees: everything}", list="a\n")
    ran = run("generate", cwd=root)
    assert (ran.code, "pack.invalid" in ran.err, "sees" in ran.err) == (3, True, True), ran


def test_every_path_is_written_as_git_reads_it(tmp_path: Path) -> None:
    """A pattern means exactly one path, whatever characters are in it."""
    built_in = Path(__file__).resolve().parents[2] / "templates/repository/git"
    manifest = (built_in / "pack.yaml").read_text(encoding="utf-8")
    entries = "".join(f"  - {{path: '{path}', template: odd, language: lines}}\n" for path in ODD)
    files = {**FILES, "a\u00a0b.txt": "", "axb.txt": "", "eX.txt": "", "f1.txt": "", "gX.txt": ""}
    folder = f"{OVERRIDES}/repository/git"
    mine = {f"{folder}/pack.yaml": manifest.replace("\nfiles:\n", f"\nfiles:\n{entries}"), f"{folder}/odd": "x\n"}
    repo = Repository(tmp_path / "work", tmp_path / "home", {**files, **mine})
    assert repo.ours("generate").code == 0
    for path in ODD:
        assert attributes(repo, path) == dict.fromkeys(MARKS, "set"), path
    for path in files.keys() - FILES.keys():
        assert attributes(repo, path) == {}, path
