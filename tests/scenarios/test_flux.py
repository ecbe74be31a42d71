"""Flux as the operator: each environment by itself, found again by `init`, and left without losing the app."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.trees import PUSH, SMALLEST, run, write_tree

FLUX = f"""{SMALLEST}\
gitops: {{operator: flux, gitSecret: forge, serviceAccount: shop-flux, dependsOn: [infrastructure]}}
environments:
  staging: {{namespace: shop-staging}}
  production: {{namespace: shop, gitops: {{interval: 10m}}}}
"""
ENCRYPTS = "secrets: {DATABASE_URL: {sops: shop-db, key: url}}\n"
ENVIRONMENTS, KINDS = ("staging", "production"), ("source", "sync")
SEALED = (
    "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: shop-db}\nspec: {encryptedData: {a: b}}\n"
)
ENCRYPTED = {f"k8s/overlays/{name}/secrets/shop-db.yaml": "kind: Secret\n" for name in ENVIRONMENTS}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    write_tree(tmp_path, {"gitopsgen.yaml": FLUX, "package.json": "{}", "package-lock.json": "{}"})
    assert run("generate", cwd=tmp_path).code == 0
    return tmp_path


def spec_of(root: Path, name: str, environment: str) -> dict[str, object]:
    spec: dict[str, object] = yaml.safe_load((root / f"flux/{environment}/{name}.yaml").read_text())["spec"]
    return spec


def test_each_environment_has_its_source_and_its_sync(app: Path) -> None:
    assert spec_of(app, "source", "staging") == {
        "interval": "1m",
        "timeout": "60s",
        "url": "https://github.com/acme/storefront.git",
        "ref": {"branch": "main"},
        "secretRef": {"name": "forge"},
        "sparseCheckout": ["k8s"],
    }
    assert spec_of(app, "sync", "production") == {
        "interval": "10m",
        "retryInterval": "2m",
        "timeout": "300s",
        "sourceRef": {"kind": "GitRepository", "name": "storefront-production"},
        "path": "k8s/overlays/production",
        "dependsOn": [{"name": "infrastructure"}],
        "serviceAccountName": "shop-flux",
        "prune": True,
        "wait": True,
        "force": False,
        "deletionPolicy": "Orphan",
    }
    assert spec_of(app, "sync", "staging")["interval"] == "60m"


def test_a_migration_comes_before_the_rollout_of_the_same_commit(app: Path) -> None:
    write_tree(app, {"gitopsgen.yaml": f"{FLUX}migration: {{command: [node, m.js], minutes: 20}}\n"})
    ran = run("generate", cwd=app)
    assert ran.code == 0 and "rule." not in ran.err, ran.err
    sync, before = spec_of(app, "sync", "staging"), spec_of(app, "migrate", "staging")
    assert sync["dependsOn"] == [{"name": "storefront-staging-migrate"}, {"name": "infrastructure"}]
    assert before["dependsOn"] == [{"name": "infrastructure"}]
    # Of one source: only then does Flux wait for the migration of the very commit.
    assert (sync["sourceRef"], sync["path"]) == (before["sourceRef"], before["path"])
    job = yaml.safe_load((app / "k8s/base/migration.yaml").read_text())
    assert before["timeout"] == f"{job['spec']['activeDeadlineSeconds'] + 60}s"
    assert before["wait"] is True
    assert "ttlSecondsAfterFinished" not in job["spec"], "Flux would make it again"
    assert job["metadata"]["annotations"] == {"kustomize.toolkit.fluxcd.io/force": "enabled"}
    assert "migrate.yaml" in (app / "flux/staging/kustomization.yaml").read_text()


def test_what_a_migration_reads_is_decrypted_before_it(app: Path) -> None:
    write_tree(app, {"gitopsgen.yaml": f"{FLUX}{ENCRYPTS}migration: [node, m.js]\n", **ENCRYPTED})
    assert run("generate", cwd=app).code == 0
    assert "decryption" in spec_of(app, "migrate", "staging")
    assert "decryption" not in spec_of(app, "sync", "staging")


def test_what_holds_data_stays_when_it_leaves_the_spec(app: Path) -> None:
    disk = "replicas: 1\nvolumes: {data: {type: claim, mount: /data, size: 1Gi}}\n"
    write_tree(app, {"gitopsgen.yaml": FLUX + disk})
    assert run("generate", cwd=app).code == 0
    assert spec_of(app, "sync", "production")["prune"] is True
    for name in ("base/volumes", *(f"overlays/{environment}/namespace" for environment in ENVIRONMENTS)):
        kept = yaml.safe_load((app / f"k8s/{name}.yaml").read_text())
        assert kept["metadata"]["annotations"] == {"kustomize.toolkit.fluxcd.io/prune": "disabled"}, name


def test_flux_decrypts_what_sops_encrypted(app: Path) -> None:
    write_tree(app, {"gitopsgen.yaml": FLUX + ENCRYPTS, **ENCRYPTED})
    ran = run("generate", cwd=app)
    assert ran.code == 0, ran.err
    assert spec_of(app, "sync", "staging")["decryption"] == {"provider": "sops", "secretRef": {"name": "sops-age"}}
    assert "kubectl create secret generic sops-age --namespace flux-system" in run("setup", cwd=app).out


def test_a_sealed_secret_is_waited_for(app: Path) -> None:
    """Its condition is not the one that Flux looks for by itself."""
    sealed = {f"k8s/overlays/{name}/secrets/shop-db.yaml": SEALED for name in ENVIRONMENTS}
    write_tree(app, {"gitopsgen.yaml": FLUX + ENCRYPTS.replace("sops:", "sealed:"), **sealed})
    ran = run("generate", cwd=app)
    assert ran.code == 0, ran.err
    checks = yaml.safe_load((app / "flux/staging/sync.yaml").read_text())["spec"]["healthCheckExprs"]
    assert [(check["kind"], "Synced" in check["current"]) for check in checks] == [("SealedSecret", True)]


def test_by_ssh_it_always_has_a_key(tmp_path: Path) -> None:
    spec = FLUX.replace("https://github.com/", "ssh://git@github.com/").replace("gitSecret: forge, ", "")
    write_tree(tmp_path, {"gitopsgen.yaml": spec})
    assert run("generate", cwd=tmp_path).code == 0
    assert spec_of(tmp_path, "source", "staging")["secretRef"] == {"name": "storefront-git"}
    told = run("setup", cwd=tmp_path).out
    assert told.count("flux create secret git storefront-git --namespace flux-system") == 1
    assert "read -r TOKEN" not in told


def test_setup_has_the_commands_in_order(app: Path) -> None:
    told = run("setup", cwd=app).out
    commands = (
        "flux check --pre",
        "kubectl create secret generic forge --namespace flux-system",
        "kubectl create rolebinding shop-flux --clusterrole=admin",
        "kubectl apply -k flux/staging",
        "flux reconcile kustomization storefront-staging --with-source --namespace flux-system",
    )
    places = [told.index(command) for command in commands]
    assert places == sorted(places)


def test_with_a_repository_of_their_own_everything_is_there(
    app: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = tmp_path_factory.mktemp("config")
    own = "{repository: https://git.example.com/acme/config.git, branch: live, folder: apps/shop, operator: flux}"
    root = write_tree(tmp_path_factory.mktemp("app"), {"gitopsgen.yaml": f"{SMALLEST}gitops: {own}\n"})
    assert run("generate", "--config-repo", str(config), cwd=root).code == 0
    assert not (root / "flux").exists()
    tree = config / "apps/shop"
    assert spec_of(tree, "source", "production")["url"] == "https://git.example.com/acme/config.git"
    assert spec_of(tree, "source", "production")["sparseCheckout"] == ["apps/shop/k8s"]
    assert spec_of(tree, "sync", "production")["path"] == "apps/shop/k8s/overlays/production"
    assert "kubectl apply -k ../config/apps/shop/flux/production" in run("setup", cwd=root).out


def test_init_finds_it_again(app: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    files = {
        f"clusters/{name}/{kind}.yaml": (app / f"flux/{name}/{kind}.yaml").read_text()
        for name in ENVIRONMENTS
        for kind in KINDS
    }
    files |= {"package.json": '{"name": "storefront", "main": "a.js"}', "a.js": "", "package-lock.json": "{}"}
    root = write_tree(tmp_path_factory.mktemp("found"), files)
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    subprocess.run(["git", "remote", "add", "origin", "https://github.com/acme/storefront.git"], cwd=root, check=True)
    ran = run("init", "--yes", "--image", "docker.io/acme/storefront", "--port", "3000", cwd=root)
    assert ran.code == 0, ran.err
    spec = yaml.safe_load((root / "gitopsgen.yaml").read_text())
    assert spec["mode"] == "pull"
    assert spec["gitops"]["operator"] == "flux" and spec["gitops"]["gitSecret"] == "forge"


def test_leaving_it_says_what_stays(app: Path) -> None:
    write_tree(app, {"gitopsgen.yaml": PUSH})
    ran = run("generate", cwd=app)
    assert ran.code == 0, ran.err
    assert "kubectl delete kustomizations.kustomize.toolkit.fluxcd.io" in ran.err
