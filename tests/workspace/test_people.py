"""People at work in a workspace: in which folder they stand, what they edit, stage and merge."""

import json
from pathlib import Path

import pytest
import yaml

from gitopsgen import __version__
from gitopsgen.unchanged import unchanged
from tests.regeneration.project import Project
from tests.workspace.mono import mono, service, spec

SHOP = "services/shop"


@pytest.fixture
def repo(tmp_path: Path) -> Project:
    found = mono(tmp_path)
    found.generate()
    found.commit()
    return found


def test_the_quick_check_knows_a_workspace(repo: Project) -> None:
    assert unchanged(str(repo.root), __version__)
    for path in ("gitopsgen.workspace.yaml", f"{SHOP}/gitopsgen.yaml", f"{SHOP}/Dockerfile"):
        text = repo.read(path)
        repo.write(path, text + "# changed\n")
        assert not unchanged(str(repo.root), __version__), path
        repo.write(path, text)
    repo.write("gitopsgen.yaml", spec("third"))
    assert not unchanged(str(repo.root), __version__)


def test_from_the_folder_of_a_service_the_whole_workspace_is_meant(repo: Project) -> None:
    repo.edit(f"{SHOP}/gitopsgen.yaml", "name: shop", "name: shop\nreplicas: 4")
    for words in (("check", "-C", SHOP), ("check", SHOP, "services/pay"), ("-C", f"{SHOP}/k8s", "check")):
        told = repo.ours(*words)
        assert told.code == 1
        assert "update  services/shop/k8s/base/deployment.yaml" in told.out
    assert repo.ours("generate", SHOP).code == 0
    assert repo.check() == 0


def test_from_the_folder_of_a_service_its_own_files_and_systems_are_explained(tmp_path: Path) -> None:
    repo = mono(tmp_path, 'runtime: {name: go, version: "1.27"}\n')
    repo.write(f"{SHOP}/go.mod", "module shop\n")
    repo.write(f"{SHOP}/main.go", "package main\n")
    assert "services/shop/Dockerfile" in repo.ours("-C", SHOP, "explain", "Dockerfile").out
    assert "services/pay/Dockerfile" in repo.ours("-C", "services/pay", "explain", "services/pay/Dockerfile").out
    included = {
        folder: repo.ours("-C", folder, "explain", "runtime.include").out for folder in (SHOP, "services/pay", ".")
    }
    assert len(set(included.values())) == 3


def test_an_edit_by_hand_stops_all_and_each_way_out_works(repo: Project) -> None:
    path = f"{SHOP}/k8s/base/deployment.yaml"
    repo.edit(path, "revisionHistoryLimit: ", "revisionHistoryLimit: 1")
    repo.edit("gitopsgen.workspace.yaml", "mode: pull", "mode: pull\n  replicas: 3")
    before = repo.tree()
    told = repo.ours("generate")
    assert told.code == 4
    assert f"edited  {path}" in told.err
    assert repo.tree() == before
    assert repo.ours("adopt", path).code == 0
    repo.generate()
    assert "revisionHistoryLimit: 1" in repo.read(path)
    assert "revisionHistoryLimit: 1" not in repo.read(path.replace("shop", "pay"))
    assert repo.ours("eject", f"{SHOP}/Dockerfile").code == 0
    repo.write(f"{SHOP}/Dockerfile", repo.read(f"{SHOP}/Dockerfile") + "# ours now\n")
    assert repo.check() == 0


def test_services_that_two_people_add_at_the_same_time_merge(repo: Project) -> None:
    for name in ("cart", "mail"):
        repo.git("checkout", "--quiet", "-b", name, "main")
        for path, text in service(name).items():
            repo.write(path, text)
        repo.generate()
        repo.commit()
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "cart")
    assert "CONFLICT" in repo.sh("git", "merge", "--quiet", "mail").out
    repo.generate()
    repo.commit()
    assert all(repo.has(f"services/{name}/k8s/base/deployment.yaml") for name in ("cart", "mail", "pay", "shop"))
    assert yaml.safe_load(repo.read("argocd/kustomization.yaml"))["resources"] == [
        f"../services/{name}/argocd" for name in ("cart", "mail", "pay", "shop")
    ]


def test_the_hook_knows_a_spec_that_is_staged_in_the_folder_of_a_service(repo: Project) -> None:
    assert repo.ours("hook", "run").code == 0
    repo.edit(f"{SHOP}/gitopsgen.yaml", "name: shop", "name: shop\nreplicas: 4")
    repo.git("add", f"{SHOP}/gitopsgen.yaml")
    told = repo.ours("hook", "run")
    assert told.code == 1
    assert f"{SHOP}/k8s/base/deployment.yaml" in told.err
    repo.git("add", "--all")
    assert repo.ours("hook", "run").code == 0
    repo.commit()
    for path, text in service("cart").items():
        repo.write(path, text)
    repo.git("add", "services/cart/gitopsgen.yaml")
    assert repo.ours("hook", "run").code == 1


def test_one_service_can_be_asked_for(repo: Project) -> None:
    whole, own = (
        json.loads(repo.ours("setup", *words, "--format", "json").out) for words in ((), ("--service", "pay"))
    )
    titles = [step["title"] for step in own["steps"]]
    assert own["app"] == "pay"
    assert "pay: See that it works" in titles and "Commit and push" in titles
    assert not any(title.startswith("shop: ") for title in titles)
    assert [step["title"] for step in whole["steps"] if step["title"] in titles] == titles
    files = repo.ours("status", "--service", "pay").out
    assert " services/pay/Dockerfile\n" in files and " .github/workflows/pay.yaml\n" in files
    assert "shop" not in files and "gitopsgen.lock" not in files
    assert repo.ours("setup", "--service", "pay", "--check").code == 1
    for command in ("setup", "status"):
        told = repo.ours(command, "--service", "pai")
        assert told.code == 2
        assert 'there is no such service; did you mean "pay"?' in told.err
