"""`hook install` and `uninstall`: only our own script is ever touched, wherever git looks for it."""

import os
from pathlib import Path

import pytest

from tests.hook.repos import FILES, Repository
from tests.trees import write_tree
from tests.validators.finding import output
from tests.validators.needs import need

HOOK = ".git/hooks/pre-commit"


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "work", tmp_path / "home").delivered()


def test_it_is_written_once_and_removed(repo: Repository) -> None:
    hook = repo.root / HOOK
    ran = repo.ours("hook", "install")
    assert (ran.code, ran.out) == (0, f"{hook}: written\n"), ran
    assert os.access(hook, os.X_OK)
    before = (hook.stat().st_ino, hook.stat().st_mtime_ns)
    ran = repo.ours("hook", "install")
    assert (ran.code, ran.out) == (0, f"{hook}: nothing to do\n"), ran
    assert (hook.stat().st_ino, hook.stat().st_mtime_ns) == before
    assert os.listdir(hook.parent).count("pre-commit") == 1
    assert not [name for name in os.listdir(hook.parent) if "gitopsgen" in name]
    ran = repo.ours("hook", "uninstall")
    assert (ran.code, ran.out) == (0, f"{hook}: removed\n"), ran
    assert not hook.exists()
    ran = repo.ours("hook", "uninstall")
    assert (ran.code, ran.out) == (0, f"{hook}: nothing to do\n"), ran


def test_it_is_a_script_that_any_shell_reads(repo: Repository) -> None:
    assert repo.ours("hook", "install").code == 0
    assert repo.run("sh", "-n", HOOK).code == 0
    assert repo.run("sh", HOOK).code == 0


def test_shellcheck_finds_nothing(repo: Repository) -> None:
    need("python")
    assert repo.ours("hook", "install").code == 0
    assert output("python", "shellcheck", "--enable", "all", "--shell", "sh", HOOK, cwd=repo.root) == ""


def test_an_older_one_of_ours_is_rewritten_with_its_apps(repo: Repository) -> None:
    write_tree(repo.root / "services/a", FILES)
    hook = repo.root / HOOK
    hook.write_text("#!/bin/sh\n# gitopsgen hook 0: older\nexec gitopsgen hook run './services/it'\\''s'\n")
    ran = repo.ours("hook", "install", cwd=repo.root / "services/a")
    assert (ran.code, ran.out) == (0, f"{hook}: rewritten\n"), ran
    assert os.access(hook, os.X_OK)
    assert "exec gitopsgen hook run ./services/a './services/it'\"'\"'s'\n" in hook.read_text()
    assert repo.ours("hook", "install", "--quiet").out == ""
    assert "exec gitopsgen hook run . ./services/a './services/it'\"'\"'s'\n" in hook.read_text()


@pytest.mark.parametrize("kind", ["script", "link", "empty", "binary"])
def test_somebody_elses_hook_is_left_alone(repo: Repository, kind: str) -> None:
    hook = repo.root / HOOK
    texts = {"script": b"#!/bin/sh\n# gitopsgen was here\nmake lint\n", "empty": b"", "binary": b"\x7fELF\xff\n# g\n"}
    if kind == "link":
        hook.symlink_to("../../package.json")
    else:
        hook.write_bytes(texts[kind])
    before = hook.read_bytes()
    ran = repo.ours("hook", "install")
    assert ran.code == 4, ran
    assert "hook.foreign" in ran.err
    assert "add this line to it: gitopsgen hook run || exit\n" in ran.err
    assert repo.ours("hook", "uninstall").code == 4
    assert (hook.read_bytes(), hook.is_symlink()) == (before, kind == "link")


def test_the_line_to_add_works(repo: Repository) -> None:
    hook = repo.root / HOOK
    hook.write_text("#!/bin/sh\ngitopsgen hook run || exit\ntouch linted\n")
    hook.chmod(0o755)
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    repo.git("add", "gitopsgen.yaml")
    assert repo.commit().code == 1
    assert not (repo.root / "linted").exists()
    repo.git("add", "--all")
    assert repo.commit().code == 0
    assert (repo.root / "linted").exists()


@pytest.mark.parametrize("where", ["tools/hooks", "/absolute"])
def test_the_folder_that_git_is_told_is_used(repo: Repository, where: str, tmp_path: Path) -> None:
    folder = tmp_path / "hooks" if where == "/absolute" else repo.root / where
    repo.git("config", "core.hooksPath", str(folder) if where == "/absolute" else where)
    ran = repo.ours("hook", "install")
    assert ran.out == f"{folder}/pre-commit: written\n"
    assert not (repo.root / HOOK).exists()
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    repo.git("add", "gitopsgen.yaml")
    assert repo.commit().code == 1


def test_in_a_worktree_it_is_the_hook_of_all(repo: Repository, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "other"))
    ran = repo.ours("hook", "install", cwd=tmp_path / "other")
    assert ran.out == f"{repo.root}/{HOOK}: written\n"


def test_without_a_spec_there_is_nothing_to_judge(repo: Repository) -> None:
    (repo.root / "docs").mkdir()
    ran = repo.ours("hook", "install", "docs")
    assert (ran.code, "spec.missing-file" in ran.err) == (3, True), ran
    assert not (repo.root / HOOK).exists()


def test_where_gitopsgen_is_missing_the_commit_stops_and_says_how_to_go_on(repo: Repository) -> None:
    assert repo.ours("hook", "install").code == 0
    (tools := repo.root.parent / "tools").mkdir()
    for name in ("sh", "git"):
        found = repo.run("sh", "-c", f"command -v {name}").out.strip()
        (tools / name).symlink_to(found)
    repo.environment["PATH"] = str(tools)
    repo.edit("README.md", "A shop", "The shop")
    ran = repo.commit("--all")
    assert ran.code == 1, ran
    assert "pipx install gitopsgen" in ran.err
    assert repo.commit("--all", "--no-verify").code == 0


def test_a_folder_that_refuses_is_told(repo: Repository) -> None:
    repo.git("config", "core.hooksPath", "README.md/hooks")
    ran = repo.ours("hook", "install")
    assert (ran.code, "write.failed" in ran.err, "Traceback" in ran.err) == (4, True, False), ran
