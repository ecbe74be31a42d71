"""Manifests in a repository of their own: two trees from one spec, each with its lock, both or none."""

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
