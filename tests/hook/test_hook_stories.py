"""What a person meets who commits: with the plain git hook, real git, and every way to say what is committed."""

from pathlib import Path

import pytest

from gitopsgen.hook.quick import concerned
from tests.hook.repos import FILES, Repository, stage_as_told
from tests.trees import Ran, read_tree, write_tree


def assert_next_commit_is_whole(repo: Repository, ran: Ran, *words: str) -> None:
    """The line that is printed makes the next commit pass, and the commit is what its spec says."""
    stage_as_told(repo, ran)
    before = repo.commits
    again = repo.commit(*words)
    assert (again.code, repo.commits) == (0, before + 1), again
    fresh = repo.root.parent / "fresh"
    repo.git("clone", "--quiet", str(repo.root), str(fresh))
    assert repo.ours("check", "--full", cwd=fresh / repo.app.relative_to(repo.root)).code == 0


def test_a_commit_of_other_files_is_not_looked_at(repo: Repository) -> None:
    repo.edit("README.md", "A shop", "The shop")
    # Unstaged work of any kind is nobody's business yet.
    repo.edit("gitopsgen.yaml", "port: 3000", "port: [")
    repo.edit("Dockerfile", "FROM", "# mine\nFROM")
    repo.git("add", "README.md")
    ran = repo.commit()
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_whole_change_passes(repo: Repository) -> None:
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    assert repo.ours("generate").code == 0
    repo.git("add", "--all")
    ran = repo.commit()
    assert (ran.code, ran.err) == (0, "")


def test_a_staged_spec_is_followed_by_its_files(repo: Repository) -> None:
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    repo.git("add", "gitopsgen.yaml")
    ran = repo.commit()
    assert ran.code == 1, ran
    assert "update  Dockerfile" in ran.out + ran.err
    assert "EXPOSE 3001" in (repo.app / "Dockerfile").read_text()
    assert repo.staged == ["gitopsgen.yaml"]
    assert "README.md" not in ran.err
    assert_next_commit_is_whole(repo, ran)


def test_files_that_were_written_and_forgotten_are_named(repo: Repository) -> None:
    write_tree(repo.app, {"gitopsgen.yaml": FILES["gitopsgen.yaml"] + "environments: {live: {}}\n"})
    assert repo.ours("generate").code == 0
    tree = read_tree(repo.app)
    # Only what git knows already: the files of the new environment are not among them.
    ran = repo.commit("--all")
    assert ran.code == 1, ran
    assert "k8s/overlays/live/kustomization.yaml" in ran.err
    assert read_tree(repo.app) == tree
    assert_next_commit_is_whole(repo, ran, "--all")


def test_an_output_that_goes_is_staged_as_told(repo: Repository) -> None:
    write_tree(repo.app, {"gitopsgen.yaml": FILES["gitopsgen.yaml"] + "environments: {live: {}}\n"})
    repo.git("add", "gitopsgen.yaml")
    ran = repo.commit()
    assert ran.code == 1, ran
    assert "k8s/overlays/production/namespace.yaml" in ran.err
    assert_next_commit_is_whole(repo, ran)


def test_an_edited_output_is_a_conflict(repo: Repository) -> None:
    repo.edit("Dockerfile", "FROM", "# mine\nFROM")
    repo.git("add", "Dockerfile")
    check = repo.ours("check")
    tree = read_tree(repo.app)
    ran = repo.run("gitopsgen", "hook", "run")
    assert (ran.code, ran.out, ran.err) == (4, check.out, check.err)
    assert "edited  Dockerfile" in ran.err
    assert repo.commit().code != 0
    assert read_tree(repo.app) == tree


def test_an_edit_that_was_taken_back_on_disk_is_to_be_staged(repo: Repository) -> None:
    repo.edit("Dockerfile", "FROM", "# mine\nFROM")
    repo.git("add", "Dockerfile")
    repo.edit("Dockerfile", "# mine\n", "")
    ran = repo.commit()
    assert ran.code == 1, ran
    stage_as_told(repo, ran)
    assert repo.staged == []


def test_a_deleted_output_is_a_conflict(repo: Repository) -> None:
    repo.git("rm", "--quiet", "Dockerfile")
    ran = repo.run("gitopsgen", "hook", "run")
    assert ran.code == 4, ran
    assert "gone    Dockerfile" in ran.err


def test_a_deleted_file_that_outputs_need_is_told(repo: Repository) -> None:
    repo.git("rm", "--quiet", "package-lock.json")
    ran = repo.run("gitopsgen", "hook", "run")
    assert ran.code == 1, ran
    assert "runtime.missing-package-file: the Dockerfile copies package-lock.json" in ran.err
    assert_next_commit_is_whole(repo, ran)


def test_a_needed_file_that_is_only_on_disk_is_to_be_staged(repo: Repository) -> None:
    repo.git("rm", "--quiet", "--cached", "package-lock.json")
    ran = repo.run("gitopsgen", "hook", "run")
    assert ran.code == 1, ran
    stage_as_told(repo, ran)
    assert repo.staged == []


def test_a_mistake_in_the_staged_spec_is_told_as_check_tells_it(repo: Repository) -> None:
    repo.edit("gitopsgen.yaml", "port: 3000", "prot: 3000")
    repo.git("add", "gitopsgen.yaml")
    ran, check = repo.run("gitopsgen", "hook", "run"), repo.ours("check")
    assert (ran.code, ran.out, ran.err) == (3, check.out, check.err)


def test_a_spec_that_is_staged_in_part_is_judged_in_part(repo: Repository) -> None:
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    repo.git("add", "gitopsgen.yaml")
    repo.edit("gitopsgen.yaml", "port: 3001", "port: 3002")
    tree = read_tree(repo.app)
    ran = repo.commit()
    assert ran.code == 1, ran
    assert "hook.unstaged-input" in ran.err
    assert "git add gitopsgen.yaml" in ran.err
    assert read_tree(repo.app) == tree
    # Either way out that is told leads on.
    repo.git("stash", "push", "--quiet", "--keep-index")
    ran = repo.commit()
    assert ran.code == 1, ran
    assert_next_commit_is_whole(repo, ran)
    assert "3001" in repo.git("show", "HEAD:Dockerfile")


def test_a_whole_staged_change_passes_beside_unstaged_work(repo: Repository) -> None:
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    assert repo.ours("generate").code == 0
    repo.git("add", "--all")
    repo.edit("gitopsgen.yaml", "port: 3001", "port: nonsense")
    repo.edit("Dockerfile", "FROM", "# mine\nFROM")
    ran = repo.commit()
    assert (ran.code, ran.err) == (0, "")
    assert "# mine" in (repo.app / "Dockerfile").read_text()


def test_a_staged_file_that_no_lock_names_yet_is_known_beside_unstaged_work(tmp_path: Path) -> None:
    later = "package-lock.json"
    files = {name: text for name, text in FILES.items() if name != later}
    repo = Repository(tmp_path / "work", tmp_path / "home", files).delivered()
    write_tree(repo.app, {later: FILES[later]})
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    repo.git("add", "--all")
    repo.edit("gitopsgen.yaml", "port: 3001", "port: 3002")
    ran = repo.run("gitopsgen", "hook", "run")
    assert (ran.code, "hook.unstaged-input" in ran.err) == (1, True), ran
    assert "runtime.missing-package-file" not in ran.err


def test_a_file_that_was_lacking_belongs_to_the_commit_with_its_line_in_the_lock(tmp_path: Path) -> None:
    """Until then each `check` warns, and the hook lets commits pass that have nothing to do with it."""
    files = {name: text for name, text in FILES.items() if name != "package-lock.json"}
    repo = Repository(tmp_path / "work", tmp_path / "home", files).delivered()
    assert repo.ours("hook", "install").code == 0
    assert "lacks package-lock.json\n" in (repo.app / "gitopsgen.lock").read_text()
    for words in (("check",), ("generate",), ("check", "--full")):
        ran = repo.ours(*words)
        assert (ran.code, "runtime.missing-package-file" in ran.err) == (0, True), words
    repo.edit("README.md", "A shop", "The shop")
    assert repo.commit("--all").err == ""

    write_tree(repo.app, {"package-lock.json": "{}\n"})
    repo.git("add", "package-lock.json")
    ran = repo.commit()
    assert (ran.code, "git add -- gitopsgen.lock" in ran.err) == (1, True), ran
    assert_next_commit_is_whole(repo, ran)


def test_a_needed_file_that_only_changes_is_not_looked_at(repo: Repository) -> None:
    assert "needs app.js\n" in (repo.app / "gitopsgen.lock").read_text()
    repo.edit("app.js", "app", "the app")
    repo.git("add", "app.js")
    assert concerned(str(repo.root), [str(repo.app)]) == []

    repo.git("rm", "--quiet", "--cached", "app.js")
    assert concerned(str(repo.root), [str(repo.app)]) == [str(repo.app)]


@pytest.mark.parametrize(
    ("include", "name", "concerns"),
    [
        ("src", "src/a.js", True),
        ("src", "srv/a.js", False),
        ("lib/*.js", "lib/a.js", True),
        ("lib/*.js", "a.js", False),
    ],
)
def test_a_file_that_may_be_what_is_lacking_is_looked_at(
    tmp_path: Path, include: str, name: str, concerns: bool
) -> None:
    spec = FILES["gitopsgen.yaml"].replace("runtime: node", f"runtime: {{name: node, include: [app.js, '{include}']}}")
    repo = Repository(tmp_path / "work", tmp_path / "home", {**FILES, "gitopsgen.yaml": spec}).delivered()
    write_tree(repo.app, {name: "//\n"})
    repo.git("add", name)
    assert bool(concerned(str(repo.root), [str(repo.app)])) is concerns


def test_a_file_system_without_modes_is_no_reason_to_stop(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home")
    repo.git("config", "core.fileMode", "false")
    for port in ("3000", "3001"):
        write_tree(repo.app, {"gitopsgen.yaml": FILES["gitopsgen.yaml"].replace("3000", port)})
        assert repo.ours("generate").code == 0
        for script in repo.app.glob("k8s/bin/*.sh"):
            script.chmod(0o644)
        repo.git("add", "--all")
        assert repo.ours("hook", "install").code == 0
        repo.edit("gitopsgen.yaml", "mode: pull", "mode: unstaged")
        ran = repo.commit()
        assert (ran.code, ran.err) == (0, ""), ran


def test_commit_all_and_commit_of_a_file_are_judged_by_their_own_index(repo: Repository) -> None:
    """Git makes a temporary index for both, which is not the one that `git add` wrote."""
    repo.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    for words in (["--all"], ["--", "gitopsgen.yaml"]):
        ran = repo.commit(*words)
        assert ran.code == 1, ran
        assert "Dockerfile" in ran.err
    ran = repo.commit("--", "README.md")
    assert ran.code == 1, "nothing to commit"
    repo.edit("README.md", "A shop", "The shop")
    assert repo.commit("--", "README.md").code == 0
    assert repo.commit("--all").code == 0


def test_an_app_of_its_own_template_is_judged_with_the_staged_one(repo: Repository) -> None:
    override = ".gitopsgen/templates/runtime/node/Dockerfile"
    text = '<% extends "built-in" %>\n'
    write_tree(repo.app, {override: text})
    repo.edit("README.md", "A shop", "The shop")
    repo.git("add", "README.md")
    assert repo.commit().code == 0, "an override that is not staged is no part of the commit"
    repo.git("add", override)
    ran = repo.commit()
    assert ran.code in (1, 3), ran


def test_leaving_gitopsgen_passes_and_half_of_it_does_not(repo: Repository) -> None:
    repo.git("rm", "--quiet", "gitopsgen.yaml")
    ran = repo.run("gitopsgen", "hook", "run")
    assert ran.code == 3, ran
    assert "hook.spec-missing" in ran.err
    repo.git("rm", "--quiet", "gitopsgen.lock")
    assert repo.commit().code == 0


def test_the_first_commit_of_a_repository_is_judged(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "work", tmp_path / "home")
    assert repo.ours("hook", "install").code == 0
    repo.git("add", "--all")
    ran = repo.commit()
    assert ran.code == 1, ran
    stage_as_told(repo, ran)
    assert repo.commit().code == 0
