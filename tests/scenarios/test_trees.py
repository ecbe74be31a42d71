"""Manifests in a repository of their own: two trees from one spec, each with its lock, both or none."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.trees import SMALLEST, read_tree, run, write_tree

SEPARATE = SMALLEST + "gitops: {repository: https://git.example.com/acme/config.git, branch: live, folder: apps/shop}\n"
TREE = "apps/shop"


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    """Return the app's repository and a checkout of the other."""
    (tmp_path / "config").mkdir()
    return write_tree(tmp_path / "app", {"gitopsgen.yaml": SEPARATE}), tmp_path / "config"


def test_each_file_goes_to_its_tree(trees: tuple[Path, Path]) -> None:
    app, config = trees
    assert run("generate", "--config-repo", str(config), cwd=app).code == 0
    here, there = read_tree(app), read_tree(config)
    assert {name for name in here if name.startswith("k8s/")} == {n for n in here if n.startswith("k8s/bin/")}
    assert not [name for name in here if name.startswith("argocd/")]
    assert f"{TREE}/gitopsgen.lock" in there and "gitopsgen.lock" in here
    assert not [name for name in there if name.endswith((".sh", "Dockerfile", "schema.json")) or ".github" in name]
    source = yaml.safe_load((config / TREE / "argocd/application-production.yaml").read_text())["spec"]["source"]
    assert source == {
        "repoURL": "https://git.example.com/acme/config.git",
        "targetRevision": "live",
        "path": f"{TREE}/k8s/overlays/production",
    }
    workflow = yaml.safe_load((app / ".github/workflows/storefront.yaml").read_text())
    step = workflow["jobs"]["bump-production"]["steps"][-1]["env"]
    assert step["GIT_TOKEN"] == "${{ secrets.CONFIG_REPOSITORY_TOKEN }}"  # noqa: S105 - where it is kept
    assert (step["CONFIG_URL"], step["CONFIG_FOLDER"], step["BRANCH"]) == (source["repoURL"], TREE, "live")
    assert "gh secret set CONFIG_REPOSITORY_TOKEN" in run("setup", cwd=app).out
    for words in (("check", "--config-repo", str(config)), ("check",)):
        assert run(*words, cwd=app).code == 0


def test_a_change_of_the_spec_changes_both_or_none(trees: tuple[Path, Path]) -> None:
    app, config = trees
    run("generate", "--config-repo", str(config), cwd=app)
    deployment = config / TREE / "k8s/base/deployment.yaml"
    write_tree(app, {"gitopsgen.yaml": SEPARATE.replace("port: 3000", "port: 4000")})
    told = run("check", "--config-repo", str(config), cwd=app)
    assert told.code == 1 and "deployment.yaml" in told.out
    deployment.write_text(deployment.read_text() + "# by hand\n")
    before = read_tree(app), read_tree(config)
    assert run("generate", "--config-repo", str(config), cwd=app).code == 4
    assert (read_tree(app), read_tree(config)) == before
    deployment.write_text(deployment.read_text().removesuffix("# by hand\n"))
    assert run("generate", "--config-repo", str(config), cwd=app).code == 0
    assert "containerPort: 4000" in deployment.read_text()


def test_the_image_that_ci_recorded_there_stays(trees: tuple[Path, Path]) -> None:
    app, config = trees
    run("generate", "--config-repo", str(config), cwd=app)
    image = config / TREE / "k8s/overlays/production/image/kustomization.yaml"
    image.write_text(image.read_text().replace("none", "sha-1"))
    write_tree(app, {"gitopsgen.yaml": SEPARATE.replace("port: 3000", "port: 4000")})
    assert run("generate", "--config-repo", str(config), cwd=app).code == 0
    assert "sha-1" in image.read_text()


def test_what_cannot_be_is_told(trees: tuple[Path, Path]) -> None:
    app, _ = trees
    missing = run("generate", "--config-repo", "../nowhere", cwd=app)
    assert missing.code == 3 and "clone the repository" in missing.err
    write_tree(app, {"gitopsgen.yaml": SMALLEST})
    same = run("generate", "--config-repo", "../config", cwd=app)
    assert same.code == 3 and "leave --config-repo out" in same.err
    assert run("generate", "a", "b", "--config-repo", "../config", cwd=app).code == 2


IMAGE = "k8s/overlays/production/image/kustomization.yaml"
HERE_AGAIN = SMALLEST + "gitops: argocd\n"


def record(path: Path) -> str:
    """Record an image as CI does, and return the text of the file."""
    path.write_text(path.read_text().replace("none", "sha-1").replace("0" * 64, "1" * 64))
    return path.read_text()


def commands(told: str) -> list[str]:
    """Return what is to be pasted into a shell."""
    return [one for one in re.findall(r"`([^`]+)`", told) if " " in one]


def test_images_go_along_into_a_repository_of_manifests_and_back(trees: tuple[Path, Path]) -> None:
    app, config = trees
    write_tree(app, {"gitopsgen.yaml": HERE_AGAIN})
    run("generate", cwd=app)
    text = record(app / IMAGE)
    write_tree(app, {"gitopsgen.yaml": SEPARATE})
    there = run("generate", "--config-repo", "../config", cwd=app)
    assert (config / TREE / IMAGE).read_text() == text, "an operator that finds none runs no pods"
    assert not (app / "k8s/overlays").exists(), "a copy would be old by the time that it moves back"
    assert "left-behind" not in there.err, "the app is there as before"
    assert run("generate", "--config-repo", "../config", cwd=app).out.count("nothing to do") == 2
    write_tree(app, {"gitopsgen.yaml": HERE_AGAIN})
    back = run("generate", "--config-repo", "../config", cwd=app)
    assert back.code == 0 and (app / IMAGE).read_text() == text
    assert f"../config/{TREE}: warning: config.former-folder" in back.err
    assert "git -C ../config rm -r --quiet apps/shop" in commands(back.err)


def test_a_run_that_does_not_know_the_other_repository_says_how_images_come_along(trees: tuple[Path, Path]) -> None:
    app, config = trees
    write_tree(app, {"gitopsgen.yaml": HERE_AGAIN})
    run("generate", cwd=app)
    text = record(app / IMAGE)
    write_tree(app, {"gitopsgen.yaml": SEPARATE})
    away = run("generate", cwd=app)
    assert away.code == 0 and "warning: images.left: " in away.err and (app / IMAGE).read_text() == text
    [way] = {one for one in commands(away.err) if "--config-repo" in one}
    assert run(*way.replace("DIR", "../config").split()[1:], cwd=app).code == 0
    assert (config / TREE / IMAGE).read_text() == text and not (app / IMAGE).exists()
    write_tree(app, {"gitopsgen.yaml": HERE_AGAIN})
    back = run("generate", cwd=app)
    assert "warning: images.elsewhere: " in back.err and "sha-1" not in (app / IMAGE).read_text()
    [way] = {one for one in commands(back.err) if "--config-repo" in one}
    assert run(*way.replace("DIR", "../config").split()[1:], cwd=app).code == 0
    assert (app / IMAGE).read_text() == text


def test_an_environment_that_is_renamed_on_the_way_is_told_with_its_image(trees: tuple[Path, Path]) -> None:
    app, config = trees
    write_tree(app, {"gitopsgen.yaml": HERE_AGAIN})
    assert run("generate", cwd=app).code == 0
    text = record(app / IMAGE)
    write_tree(app, {"gitopsgen.yaml": SEPARATE + "environments: {live: {}}\n"})
    told = run("generate", "--config-repo", str(config), cwd=app)
    place = f"{config}/{TREE}/{IMAGE.replace('production', 'live')}"
    assert (
        told.code == 0 and f"{IMAGE}: warning: images.renamed" in told.err and f"copy the file to {place}" in told.err
    )
    assert (app / IMAGE).read_text() == text


def test_a_run_that_was_cut_between_the_trees_is_finished_by_the_next(trees: tuple[Path, Path]) -> None:
    app, config = trees
    write_tree(app, {"gitopsgen.yaml": HERE_AGAIN})
    run("generate", cwd=app)
    text = record(app / IMAGE)
    before = read_tree(app)
    write_tree(app, {"gitopsgen.yaml": SEPARATE})
    run("generate", "--config-repo", "../config", cwd=app)
    after = read_tree(app)
    for name in after.keys() - before.keys():
        (app / name).unlink()
    write_tree(app, before | {"gitopsgen.yaml": SEPARATE})
    again = run("generate", "--config-repo", "../config", cwd=app)
    assert read_tree(app) == after and "images.left" not in again.err
    assert (config / TREE / IMAGE).read_text() == text


def test_an_image_of_an_earlier_time_is_not_taken_for_the_one_that_runs(trees: tuple[Path, Path]) -> None:
    app, config = trees
    write_tree(app, {"gitopsgen.yaml": HERE_AGAIN})
    run("generate", cwd=app)
    record(app / IMAGE)
    write_tree(app, {"gitopsgen.yaml": SEPARATE})
    run("generate", cwd=app)
    run("generate", "--config-repo", "../config", cwd=app)
    old = (config / TREE / IMAGE).read_text()
    write_tree(app, {"gitopsgen.yaml": HERE_AGAIN, IMAGE: old})
    (config / TREE / IMAGE).write_text(old.replace("sha-1", "sha-2"))
    alone = run("check", cwd=app).err
    assert "images.elsewhere" in alone
    back = run("generate", "--config-repo", "../config", cwd=app)
    assert f"{IMAGE}: warning: images.several: " in back.err and "images.elsewhere" not in back.err
    (app / IMAGE).write_text(old.replace("sha-1", "sha-3"))
    write_tree(app, {"gitopsgen.yaml": SEPARATE})
    away = run("generate", "--config-repo", "../config", cwd=app)
    assert f"{IMAGE} and ../config/{TREE}/{IMAGE} say different ones" in away.err
    assert (app / IMAGE).exists() and "images.left" not in away.err


def test_images_go_along_into_another_folder(trees: tuple[Path, Path]) -> None:
    app, config = trees
    run("generate", "--config-repo", "../config", cwd=app)
    text = record(config / TREE / IMAGE)
    write_tree(app, {"gitopsgen.yaml": SEPARATE.replace("apps/shop", "teams/shop")})
    moved = run("generate", "--config-repo", "../config", cwd=app)
    assert (config / "teams/shop" / IMAGE).read_text() == text
    assert "config.former-folder" in moved.err and (config / TREE / IMAGE).read_text() == text, (
        "it runs until handed over"
    )
    again = run("generate", "--config-repo", "../config", cwd=app)
    assert again.out.count("nothing to do") == 2 and "config." not in again.err


def test_images_of_other_apps_and_two_that_differ_are_not_taken(trees: tuple[Path, Path]) -> None:
    app, config = trees
    for folder in ("one", "two"):
        write_tree(app, {"gitopsgen.yaml": SEPARATE.replace("apps/shop", folder)})
        run("generate", "--config-repo", "../config", cwd=app)
    record(config / "one" / IMAGE)
    (config / "two" / IMAGE).write_text(record(config / "two" / IMAGE).replace("sha-1", "sha-2"))
    write_tree(app, {"gitopsgen.yaml": SEPARATE.replace("storefront", "other")})
    run("generate", "--config-repo", "../config", cwd=app)
    assert "sha-" not in (config / TREE / IMAGE).read_text(), "another app"
    write_tree(app, {"gitopsgen.yaml": SEPARATE.replace("apps/shop", "three")})
    several = run("generate", "--config-repo", "../config", cwd=app)
    assert "images.several" in several.err and "sha-" not in (config / "three" / IMAGE).read_text()


def test_manifests_that_go_to_another_repository_leave_their_images_which_is_told(trees: tuple[Path, Path]) -> None:
    app, _ = trees
    assert "images." not in run("generate", cwd=app).err + run("generate", "--config-repo", "../config", cwd=app).err
    write_tree(app, {"gitopsgen.yaml": SEPARATE.replace("acme/config", "acme/other")})
    (app.parent / "other").mkdir()
    for words in (("check",), ("generate", "--config-repo", "../other")):
        told = run(*words, cwd=app).err
        assert "warning: images.other-repository: " in told and f"{TREE}/{IMAGE}" in told


def test_an_image_of_another_name_is_shown_and_not_taken(trees: tuple[Path, Path]) -> None:
    app, config = trees
    run("generate", "--config-repo", "../config", cwd=app)
    record(config / TREE / IMAGE)
    write_tree(
        app, {"gitopsgen.yaml": SEPARATE.replace("apps/shop", "new").replace("acme/storefront\n", "acme/shop\n")}
    )
    moved = run("generate", "--config-repo", "../config", cwd=app)
    assert f"../config/{TREE}: warning: images.alike: an app storefront is delivered from here" in moved.err
    assert f"../config/{TREE}/{IMAGE}" in moved.err and "sha-1" not in (config / "new" / IMAGE).read_text()


def test_no_image_is_taken_over_a_link(trees: tuple[Path, Path], tmp_path: Path) -> None:
    app, config = trees
    write_tree(app, {"gitopsgen.yaml": HERE_AGAIN})
    run("generate", cwd=app)
    (tmp_path / "secret").write_text("newName: docker.io/acme/storefront\n")
    (app / IMAGE).unlink()
    (app / IMAGE).symlink_to(tmp_path / "secret")
    write_tree(app, {"gitopsgen.yaml": SEPARATE})
    assert run("generate", "--config-repo", "../config", cwd=app).code == 0
    assert "newTag" in (config / TREE / IMAGE).read_text()


def test_what_a_change_of_the_spec_leaves_undone_elsewhere_is_told(trees: tuple[Path, Path]) -> None:
    app, _ = trees
    run("generate", "--config-repo", "../config", cwd=app)
    write_tree(app, {"gitopsgen.yaml": SEPARATE + "env: {A: b}\n"})
    for words in (("check",), ("generate",)):
        told = run(*words, cwd=app)
        assert "warning: config.apart: " in told.err
        assert "gitopsgen generate --config-repo DIR" in commands(told.err)
    assert "config.apart" not in run("check", cwd=app).err, "it is said when something changes"
    both = run("generate", "--config-repo", "../config", cwd=app)
    assert "config.apart" not in both.err and "deployment.yaml" in both.out


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def test_manifests_are_written_into_a_clone_of_their_own_repository_only(trees: tuple[Path, Path]) -> None:
    app, config = trees
    own = run("generate", "--config-repo", ".", cwd=app)
    assert own.code == 3 and "in the app's own repository" in own.err
    git(app, "init", "--quiet")
    (app / "inside").mkdir()
    assert run("generate", "--config-repo", "inside", cwd=app).code == 3
    git(config, "init", "--quiet")
    git(config, "remote", "add", "origin", "https://user:secret@git.example.com/acme/another.git")
    before = read_tree(app), read_tree(config)
    other = run("generate", "--config-repo", "../config", cwd=app)
    assert other.code == 3 and "is a checkout of https://git.example.com/acme/another.git" in other.err
    assert "secret" not in other.err and (read_tree(app), read_tree(config)) == before
    git(config, "remote", "add", "upstream", "git@git.example.com:acme/config.git")
    assert run("generate", "--config-repo", "../config", cwd=app).code == 0, "a fork"
