"""Where a commit may happen: below the top, in worktrees, submodules, workspaces, and with places that git names."""

from pathlib import Path

import pytest

from gitopsgen.hook.quick import concerned
from tests.hook.repos import FILES, Repository, stage_as_told
from tests.trees import write_tree
from tests.workspace.mono import WORKSPACE, service


def test_an_app_below_the_top_is_judged_from_anywhere(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home", app="services/my shop").delivered()
    assert repo.ours("hook", "install").code == 0
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    repo.git("add", "--all")
    ran = repo.commit(cwd=repo.app)
    assert ran.code == 1, ran
    stage_as_told(repo, ran, cwd=repo.app)
    assert repo.commit(cwd=repo.app).code == 0
    assert repo.git("status", "--porcelain") == ""


def test_one_hook_judges_many_apps(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home", app="services/a").delivered()
    write_tree(repo.root / "services/b", FILES)
    assert repo.ours("generate", cwd=repo.root / "services/b").code == 0
    assert repo.ours("hook", "install", "services/a", cwd=repo.root).code == 0
    assert repo.ours("hook", "install", cwd=repo.root / "services/b").code == 0
    repo.git("add", "--all")
    assert repo.commit().code == 0
    (repo.root / "services/a/Dockerfile").unlink()
    (repo.root / "services/b/gitopsgen.yaml").write_text(FILES["gitopsgen.yaml"].replace("3000", "3001"))
    repo.git("add", "--all")
    ran = repo.run("gitopsgen", "hook", "run", "services/a", "services/b")
    assert ran.code == 4
    assert "gone    Dockerfile" in ran.err
    assert "services/b/Dockerfile" in ran.err
    repo.git("reset", "--quiet", "--hard")
    # A branch without the app, and the commit that removes it, are nothing to complain about.
    repo.git("rm", "--quiet", "-r", "services/b")
    assert repo.commit().code == 0


@pytest.mark.parametrize("kind", ["worktree", "submodule"])
def test_worktrees_and_submodules_have_the_hook_too(repo: Repository, kind: str, tmp_path: Path) -> None:
    if kind == "worktree":
        place = tmp_path / "other"
        repo.git("worktree", "add", "--quiet", "-b", "other", str(place))
    else:
        parent = Repository(tmp_path / "parent", tmp_path / "home", {"a": "b"})
        parent.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo.root), "sub")
        place = tmp_path / "parent" / "sub"
        assert repo.ours("hook", "install", cwd=place).code == 0
    here = repo.elsewhere(place)
    assert (place / ".git").is_file()
    here.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    here.git("add", "gitopsgen.yaml")
    ran = here.commit()
    assert ran.code == 1, ran
    assert "EXPOSE 3001" in (place / "Dockerfile").read_text()
    assert "EXPOSE 3000" in (repo.root / "Dockerfile").read_text()
    stage_as_told(here, ran)
    assert here.commit().code == 0


@pytest.mark.parametrize("app", ["", "services/shop"])
def test_the_places_that_git_gives_a_hook_are_honoured(tmp_path: Path, app: str) -> None:
    """With GIT_DIR alone git takes the current folder for the top, so it must not be asked elsewhere."""
    repo = Repository(tmp_path / "work", tmp_path / "home", app=app).delivered()
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    index = {"GIT_DIR": ".git", "GIT_INDEX_FILE": ".git/other"}
    assert repo.run("git", "add", "--all", variables=index).code == 0
    words = ("gitopsgen", "hook", "run", *([app] if app else []))
    assert repo.run(*words).code == 0
    assert repo.run(*words, variables={"GIT_DIR": ".git"}).code == 0
    ran = repo.run(*words, variables=index)
    assert ran.code == 1, ran
    assert "Dockerfile" in ran.err
    ran = repo.run("gitopsgen", "-C", app or ".", "hook", "run", variables=index)
    assert ran.code == 1, ran


def test_outside_of_git_the_hook_says_so(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home")
    place = write_tree(tmp_path / "elsewhere", FILES)
    for words in (["run"], ["install"], ["uninstall"]):
        ran = repo.ours("hook", *words, cwd=place)
        assert (ran.code, "hook.git" in ran.err, "Traceback" in ran.err) == (2, True, False), ran


@pytest.mark.parametrize("place", ["", "services/pay"])
def test_in_a_workspace_one_hook_judges_all_services_wherever_it_was_installed(tmp_path: Path, place: str) -> None:
    files = {"gitopsgen.workspace.yaml": WORKSPACE, **service("pay"), **service("shop"), "README.md": "Shops.\n"}
    repo = Repository(tmp_path / "work", tmp_path / "home", files).delivered()
    assert repo.ours("hook", "install", *([place] if place else [])).code == 0
    script = repo.root / ".git/hooks/pre-commit"
    assert script.read_text().endswith("\nexec gitopsgen hook run\n")
    assert repo.ours("hook", "install", cwd=repo.root / "services/shop").out.endswith(": nothing to do\n")

    repo.edit("services/shop/gitopsgen.yaml", "name: shop\n", "name: shop\nreplicas: 4\n")
    repo.git("add", "--all")
    ran = repo.commit()
    assert (ran.code, "services/shop/k8s/base/deployment.yaml" in ran.err) == (1, True), ran
    stage_as_told(repo, ran)
    assert repo.commit().code == 0
    assert repo.git("status", "--porcelain") == ""


def test_a_hook_that_names_a_service_judges_its_whole_workspace(tmp_path: Path) -> None:
    files = {"gitopsgen.workspace.yaml": WORKSPACE, **service("pay"), **service("shop"), "README.md": "Shops.\n"}
    repo = Repository(tmp_path / "work", tmp_path / "home", files).delivered()
    repo.edit("README.md", "Shops", "Many shops")
    repo.git("add", "--all")
    for words in (["./services/pay"], ["./services/pay", "services/shop"]):
        assert concerned(str(repo.root), [str(repo.root / word) for word in words]) == []
    repo.edit("services/shop/k8s/base/service.yaml", "port: 80", "port: 81")
    repo.git("add", "--all")
    ran = repo.run("gitopsgen", "hook", "run", "./services/pay", "services/shop")
    assert (ran.code, ran.err.count("edited  services/shop/k8s/base/service.yaml")) == (4, 1), ran
    assert repo.run("gitopsgen", "hook", "run", cwd=repo.root / "services/pay") == ran

    # What an older gitopsgen wrote is put right by the next install.
    assert repo.ours("hook", "install").code == 0
    script = repo.root / ".git/hooks/pre-commit"
    script.write_text(script.read_text().replace("hook run\n", "hook run ./services/pay\n"))
    assert repo.ours("hook", "install").out.endswith(": rewritten\n")
    assert script.read_text().endswith("\nexec gitopsgen hook run\n")
