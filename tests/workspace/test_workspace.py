"""Many services in one repository: where their files are, and how services come, move and go."""

from pathlib import Path

import pytest
import yaml

from gitopsgen import __version__
from gitopsgen.unchanged import unchanged
from tests.regeneration.project import Project, project
from tests.trees import SMALLEST
from tests.workspace.mono import PACKAGE, WORKSPACE, mono, service

SHOP = "services/shop"


@pytest.fixture
def repo(tmp_path: Path) -> Project:
    found = mono(tmp_path)
    found.generate()
    found.commit()
    return found


def test_a_service_keeps_its_files_in_its_folder_and_the_rest_is_there_once(repo: Project) -> None:
    paths = set(repo.tree())
    marked = repo.read(".gitattributes")
    assert all(f"/.gitopsgen/{name}schema.json linguist-generated" in marked for name in ("", "workspace."))
    shared = {path for path in paths if not path.startswith("services/")}
    assert shared == {
        *("gitopsgen.workspace.yaml", "gitopsgen.lock", ".gitattributes", ".pre-commit-config.yaml"),
        *(".gitopsgen/.gitignore", ".gitopsgen/schema.json", ".gitopsgen/workspace.schema.json"),
        *(f".github/workflows/{name}{what}.yaml" for name in ("pay", "shop") for what in ("", "-rollback")),
        "argocd/kustomization.yaml",
    }
    for path in ("Dockerfile", "k8s/base/deployment.yaml", "k8s/bin/bump.sh", "argocd/appproject.yaml"):
        assert {f"services/{name}/{path}" for name in ("pay", "shop")} <= paths
    listed = yaml.safe_load(repo.read("argocd/kustomization.yaml"))["resources"]
    assert listed == ["../services/pay/argocd", "../services/shop/argocd"]


def test_a_new_service_is_found_by_its_folder_and_one_that_goes_takes_its_files_along(repo: Project) -> None:
    before = repo.tree()
    for path, text in service("cart").items():
        repo.write(path, text)
    assert not unchanged(str(repo.root), __version__)
    assert repo.check() == 1
    repo.generate()
    assert repo.has("services/cart/k8s/base/deployment.yaml")
    same = {path: text for path, text in before.items() if path.startswith("services/")}
    assert {path: repo.read(path) for path in same} == same
    repo.delete("services/cart/gitopsgen.yaml")
    assert repo.check() == 1
    told = repo.ours("generate").err
    # What is outside of the repository a person removes.
    assert told.count("gitopsgen.workspace.yaml: warning: pack.left-behind") == 3
    assert "kubectl delete applications.argoproj.io,applicationsets" in told and told.count("part-of in (cart)") == 2
    assert "requires a check of cart" in told
    for path in service("cart"):
        if repo.has(path):
            repo.delete(path)
    left = {path for path in repo.tree() if path.startswith("services/cart")}
    # What CI records is the user's.
    assert all(path.endswith("image/kustomization.yaml") for path in left)


def test_a_service_that_moves_leaves_nothing_behind_and_one_with_a_new_name_does(repo: Project) -> None:
    for path in service("shop"):
        repo.write(path.replace("services/shop", "services/store"), repo.read(path))
        repo.delete(path)
    moved = repo.ours("generate")
    assert moved.code == 0, moved
    assert "left-behind" not in moved.err
    repo.edit("services/store/gitopsgen.yaml", "name: shop", "name: store")
    assert "requires a check of shop," in repo.ours("generate").err


def test_specs_in_folders_without_a_workspace_file_are_pointed_out(tmp_path: Path) -> None:
    repo = mono(tmp_path)
    repo.delete("gitopsgen.workspace.yaml")
    told = repo.ours("check")
    assert told.code == 3
    assert "but there is one in services/pay, services/shop" in told.err
    assert "`services: [services/pay, services/shop]`" in told.err


def test_the_same_bytes_whatever_the_order_of_folders_is(tmp_path: Path) -> None:
    one, other = mono(tmp_path / "one"), mono(tmp_path / "other")
    other.edit("gitopsgen.workspace.yaml", "[services/*]", "[services/shop, services/pay, services/*]")
    one.generate()
    other.generate()
    trees = [
        {path: text for path, text in repo.tree().items() if path not in ("gitopsgen.workspace.yaml", "gitopsgen.lock")}
        for repo in (one, other)
    ]
    assert trees[0] == trees[1]
    assert WORKSPACE in one.read("gitopsgen.workspace.yaml")


def test_a_repository_with_one_app_becomes_a_workspace_and_keeps_the_image_that_runs(tmp_path: Path) -> None:
    repo = project(tmp_path)
    image = "k8s/overlays/production/image/kustomization.yaml"
    repo.write(image, repo.read(image) + "# revision: 1234\n")
    repo.commit()
    (repo.root / SHOP).mkdir(parents=True)
    repo.git("mv", "gitopsgen.yaml", "package.json", "package-lock.json", "app.js", SHOP)
    repo.write("gitopsgen.workspace.yaml", "apiVersion: gitopsgen/v1\nservices: [services/shop]\n")
    repo.generate()
    assert repo.read(f"{SHOP}/{image}").endswith("# revision: 1234\n")
    assert not repo.has("k8s")
    assert not repo.has("Dockerfile")


def test_an_app_in_a_folder_that_the_workspace_does_not_name_stays_by_itself(repo: Project) -> None:
    for path, text in PACKAGE.items():
        repo.write(f"sandbox/{path}", text)
    repo.write("sandbox/gitopsgen.yaml", SMALLEST)
    told = repo.ours("check", "sandbox")
    assert told.code == 1
    assert "create  k8s/base/deployment.yaml" in told.out
    assert repo.check() == 0
