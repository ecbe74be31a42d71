"""Many services in one repository: what they share is said once, what is theirs stays theirs, nothing is lost."""

import json
import re
from pathlib import Path

import pytest
import yaml

from gitopsgen import __version__
from gitopsgen.unchanged import unchanged
from tests.regeneration.project import Project, project
from tests.trees import SMALLEST
from tests.workspace.mono import PACKAGE, WORKSPACE, mono, service, spec

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
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


def test_what_all_share_is_said_once_and_a_service_says_what_is_different(tmp_path: Path) -> None:
    repo = mono(
        tmp_path,
        "image: docker.io/acme/storefront\nenvironments: {production: {replicas: 5}}\nruntime: {test: npm run all}\n",
    )
    repo.generate()
    pay, shop = (yaml.safe_load(repo.read(f".github/workflows/{name}.yaml")) for name in ("pay", "shop"))
    assert [job["steps"][-1]["run"] for job in (pay["jobs"]["test"], shop["jobs"]["test"])] == [
        "npm test",
        "npm run all",
    ]
    images = [repo.read(f"services/{name}/k8s/overlays/staging/image/kustomization.yaml") for name in ("pay", "shop")]
    assert "ghcr.io/acme/pay" in images[0]
    assert "docker.io/acme/storefront" in images[1]
    namespaces = [
        yaml.safe_load(repo.read(f"services/{name}/k8s/overlays/{place}/namespace.yaml"))["metadata"]["name"]
        for name in ("pay", "shop")
        for place in ("staging", "production")
    ]
    assert namespaces == ["pay-staging", "pay", "shop-staging", "shop"]
    changes = f"{SHOP}/k8s/overlays/production/changes/kustomization.yaml"
    assert "replicas: 5" in repo.read(changes)
    assert not repo.has(changes.replace("shop", "pay"))


def test_another_system_takes_nothing_of_the_one_in_the_defaults(tmp_path: Path) -> None:
    repo = mono(tmp_path, 'runtime: {name: go, version: "1.27"}\n')
    repo.write(f"{SHOP}/go.mod", "module shop\n")
    repo.write(f"{SHOP}/main.go", "package main\n")
    repo.generate()
    assert "FROM golang:1.27" in repo.read(f"{SHOP}/Dockerfile")
    assert "npm" not in repo.read(".github/workflows/shop.yaml")


def test_a_mistake_in_the_defaults_is_told_once_and_where_it_is_written(tmp_path: Path) -> None:
    repo = mono(tmp_path, "replicas: -1\n")
    repo.edit("gitopsgen.workspace.yaml", "mode: pull", "mode: pul")
    told = repo.ours("check")
    assert told.code == 3
    assert told.err.count("spec.bad-value") == 1
    assert 'gitopsgen.workspace.yaml:4:9: spec.bad-value: "mode" cannot be "pul"; did you mean "pull"?' in told.err
    assert "services/shop/gitopsgen.yaml:3:11: spec.out-of-range" in told.err
    assert not repo.has("gitopsgen.lock")


def test_a_name_that_is_wrong_makes_nothing_else_wrong(tmp_path: Path) -> None:
    repo = mono(tmp_path)
    repo.write(f"{SHOP}/gitopsgen.yaml", spec("Shop_1", "environments: {staging: {}, production: {namespace: app}}\n"))
    told = repo.ours("check")
    assert "services/shop/gitopsgen.yaml:2:7: spec.bad-text" in told.err
    assert told.err.endswith("1 error\n")


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


def test_the_manifests_of_every_service_go_to_their_own_repository(tmp_path: Path) -> None:
    repo = mono(tmp_path)
    repo.edit(
        "gitopsgen.workspace.yaml",
        "  mode: pull\n",
        "  mode: pull\n  gitops: {repository: https://github.com/acme/config.git}\n",
    )
    (repo.root.parent / "config").mkdir()
    steps = repo.ours("setup").out
    assert steps.count("gitopsgen generate --config-repo ../config\n") == steps.count(" ../config\n") - 1 == 1
    assert steps.count("commit --message 'Deliver pay, shop'\n") == 1
    assert repo.ours("generate", "--config-repo", "../config").code == 0
    assert repo.ours("check", "--config-repo", "../config").code == 0
    config = repo.root.parent / "config"
    for name in ("pay", "shop"):
        assert (config / name / "gitopsgen.lock").is_file()
        application = yaml.safe_load((config / name / "argocd/application-staging.yaml").read_text())
        assert application["spec"]["source"]["path"] == f"{name}/k8s/overlays/staging"
        assert (config / name / "k8s/overlays/staging/kustomization.yaml").is_file()
        assert not repo.has(f"services/{name}/k8s/overlays")
        job = yaml.safe_load(repo.read(f".github/workflows/{name}.yaml"))["jobs"]["bump-staging"]
        assert job["steps"][-1]["run"] == f"sh services/{name}/k8s/bin/bump.sh"
        assert job["steps"][-1]["env"]["OVERLAY"] == "k8s/overlays/staging"


def test_argo_cd_may_find_the_services_by_itself(tmp_path: Path) -> None:
    repo = mono(tmp_path)
    repo.edit("gitopsgen.workspace.yaml", "  mode: pull\n", "  mode: pull\n  gitops: {discover: true}\n")
    repo.generate()
    found = yaml.safe_load(repo.read("argocd/services.yaml"))["spec"]
    assert found["generators"][0]["git"]["directories"] == [{"path": "services/*/argocd"}]
    assert found["syncPolicy"] == {"preserveResourcesOnDeletion": True, "applicationsSync": "create-update"}
    fence = yaml.safe_load(repo.read("argocd/project.yaml"))
    assert fence["metadata"]["name"] == found["template"]["spec"]["project"] == "services-acme-mono"
    assert {kind["group"] for kind in fence["spec"]["namespaceResourceWhitelist"]} == {"argoproj.io"}


def test_flux_has_all_services_of_an_environment_in_one_folder(tmp_path: Path) -> None:
    repo = mono(tmp_path, "environments: {production: {}, canary: {namespace: shop-canary}}\n")
    repo.edit("gitopsgen.workspace.yaml", "  mode: pull\n", "  mode: pull\n  gitops: flux\n")
    repo.generate()
    listed = {
        name: yaml.safe_load(repo.read(f"flux/{name}/kustomization.yaml"))["resources"]
        for name in ("staging", "production", "canary")
    }
    both = [f"../../services/{name}/flux/" for name in ("pay", "shop")]
    assert listed == {
        "staging": [f"{folder}staging" for folder in both],
        "production": [f"{folder}production" for folder in both],
        "canary": ["../../services/shop/flux/canary"],
    }


def test_set_up_says_once_what_is_done_once(repo: Project) -> None:
    steps = repo.ours("setup").out
    assert steps.count("Commit and push") == 1
    assert "Deliver pay, shop with gitopsgen" in steps
    assert steps.count("kubectl apply -k argocd") == 1
    for name in ("pay", "shop"):
        assert f"{name}: See that it works" in steps


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


@pytest.mark.parametrize("operator", ["argocd", "flux"])
def test_a_service_that_the_shared_file_misspells_is_refused(tmp_path: Path, operator: str) -> None:
    repo = mono(tmp_path)
    repo.edit("gitopsgen.workspace.yaml", "  mode: pull\n", f"  mode: pull\n  gitops: {operator}\n")
    template = f"gitops/{operator}/all.yaml"
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    repo.write(f".gitopsgen/templates/{template}", text.replace("service.home ~", 'service.home ~ "old/" ~'))
    told = repo.ours("check")
    assert told.code == 5
    assert "output.missing-resource: the kustomization of all services lists ../" in told.err


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


def test_a_worker_takes_none_of_the_defaults_that_are_for_apps_that_listen(tmp_path: Path) -> None:
    repo = mono(tmp_path, "type: worker\n")
    repo.edit("gitopsgen.workspace.yaml", "  mode: pull\n", "  mode: pull\n  port: 3000\n  health: /up\n")
    repo.edit("gitopsgen.workspace.yaml", '"{name}-staging"', '"{name}-staging", replicas: 3')
    repo.generate()
    assert "containerPort: 3000" in repo.read("services/pay/k8s/base/deployment.yaml")
    assert "containerPort" not in repo.read(f"{SHOP}/k8s/base/deployment.yaml")
    assert "replicas: 3" in repo.read(f"{SHOP}/k8s/overlays/staging/changes/kustomization.yaml")


def test_what_a_person_approves_in_gitlab_looks_at_its_own_image(tmp_path: Path) -> None:
    """A later change of manifests alone has staging's image recorded already, and production's not."""
    repo = mono(tmp_path)
    repo.edit("gitopsgen.workspace.yaml", "  mode: pull\n", "  mode: pull\n  ci: gitlab-ci\n")
    repo.edit(
        "gitopsgen.workspace.yaml",
        'production: {namespace: "{name}"}',
        'production: {namespace: "{name}", promotion: approval}',
    )
    repo.generate()
    jobs = yaml.safe_load(repo.read(f"{SHOP}/.gitlab/shop.yml"))
    for place in ("staging", "production"):
        looks = [line for line in jobs[f"shop:bump-{place}"]["script"] if "OVERLAY" in line]
        assert looks[0] == f"export OVERLAY={SHOP}/k8s/overlays/{place}"


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
