"""What operators and other repositories see of a workspace."""

from pathlib import Path

import pytest
import yaml

from tests.regeneration.project import Project
from tests.workspace.mono import mono

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SHOP = "services/shop"


@pytest.fixture
def repo(tmp_path: Path) -> Project:
    found = mono(tmp_path)
    found.generate()
    found.commit()
    return found


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


@pytest.mark.parametrize("operator", ["argocd", "flux"])
def test_a_service_that_the_shared_file_misspells_is_refused(tmp_path: Path, operator: str) -> None:
    repo = mono(tmp_path)
    repo.edit("gitopsgen.workspace.yaml", "  mode: pull\n", f"  mode: pull\n  gitops: {operator}\n")
    template = f"gitops/{operator}/all.yaml"
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    repo.write(f".gitopsgen/templates/{template}", text.replace("service.home ~", 'service.home ~ "old/" ~'))
    told = repo.ours("check")
    assert told.code == 5
    assert "output.missing-resource: a kustomization lists ../" in told.err


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
