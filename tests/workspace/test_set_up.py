"""The steps outside of a repository with many services."""

import json
import re
from pathlib import Path

import pytest

from tests.regeneration.project import Project
from tests.workspace.mono import mono, service


@pytest.fixture
def repo(tmp_path: Path) -> Project:
    found = mono(tmp_path)
    found.generate()
    found.commit()
    return found


def test_set_up_says_once_what_is_done_once(repo: Project) -> None:
    steps = repo.ours("setup").out
    assert steps.count("Commit and push") == 1
    assert "Deliver pay, shop with gitopsgen" in steps
    assert steps.count("kubectl apply -k argocd") == 1
    for name in ("pay", "shop"):
        assert f"{name}: See that it works" in steps


def test_set_up_protects_the_branch_once_for_all_services_and_says_whose_code_is_meant(tmp_path: Path) -> None:
    repo = mono(tmp_path, "runtime: {name: static}\n")
    for path, text in service("cart").items():
        repo.write(path, text)
    repo.edit("gitopsgen.workspace.yaml", "  mode: pull\n", "  mode: push\n  cluster: kubeconfig\n")
    told = repo.ours("setup", "--format", "json")
    assert told.code == 0, told
    steps = json.loads(told.out)["steps"]
    titles = [step["title"] for step in steps]
    protect, remove = (step for step in steps if step["phase"] == "protect")
    # What earlier set-ups of single services require, no workflow reports any more.
    assert remove["commands"][0].endswith(
        """select(.name | startswith("gitopsgen ")) | select(.name != "gitopsgen mono") | [.id, .name] | @tsv'"""
    )
    contexts = re.findall(r'"context": ?"([^"]*)"', protect["commands"][-1])
    assert contexts == ["cart: Test", "pay: Test"]
    assert "cart, pay: Let the app end on SIGTERM" in titles
    builds = {step["title"].split(":")[0]: step["why"] for step in steps if step["title"].endswith("wait for its end")}
    assert builds["pay"].startswith("Pull requests run the tests only. ")
    assert builds["shop"].startswith("Pull requests run no checks, as there are no tests. ")
    (right,) = (step for step in steps if step["title"] == "Let it write in the namespace shop-staging")
    assert "the namespaces cart-staging, pay-staging, shop-staging, and nowhere else." in right["why"]
    assert right["commands"][-1].endswith(
        " --namespace shop-staging --clusterrole edit --serviceaccount ci-mono:staging"
    )
    (account,) = (
        step for step in steps if step["title"] == "Create the service account that CI deploys as, for staging"
    )
    # Whichever service comes first or goes, the account of all stays where it is.
    assert account["commands"] == [
        "kubectl create namespace ci-mono --dry-run=client --output yaml | kubectl apply --filename -",
        "kubectl create serviceaccount staging --namespace ci-mono",
    ]
