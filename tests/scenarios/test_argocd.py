"""Argo CD as the operator: an environment on several clusters, with rails that keep a mistake from deleting a thing."""

from pathlib import Path
from typing import Any

import yaml

from gitopsgen.compiler import generate
from tests.trees import PUSH, SMALLEST, run, write_tree

MANY = f"""{SMALLEST}\
environments:
  staging: {{namespace: shop-staging, gitops: {{notify: {{service: slack, to: deployments}}}}}}
  production:
    namespace: shop
    replicas: {{min: 2, max: 6}}
    gitops: {{clusters: [eu, us], notify: {{service: slack, to: "#ops"}}}}
"""
EVENTS = ("on-deployed", "on-health-degraded", "on-sync-failed")


def written(root: Path, spec: str = MANY) -> Path:
    write_tree(root, {"gitopsgen.yaml": spec, "package.json": "{}", "package-lock.json": "{}"})
    outcome = generate(str(root))
    assert outcome.exit_code == 0, outcome.diagnostics
    return root


def document(root: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((root / name).read_text())
    return found


def test_one_application_for_each_cluster_and_none_is_deleted_by_mistake(tmp_path: Path) -> None:
    spec = document(written(tmp_path), "argocd/applicationset-production.yaml")["spec"]
    assert spec["generators"] == [{"list": {"elements": [{"cluster": "eu"}, {"cluster": "us"}]}}]
    assert (spec["goTemplate"], spec["goTemplateOptions"]) == (True, ["missingkey=error"])
    assert spec["syncPolicy"] == {"preserveResourcesOnDeletion": True, "applicationsSync": "create-update"}
    assert spec["ignoreApplicationDifferences"] == [{"jsonPointers": ["/spec/syncPolicy"]}]
    template = spec["template"]
    assert template["metadata"]["name"] == "storefront-production-{{.cluster}}"
    assert "finalizers" not in template["metadata"]
    # Hard-coded: whoever can change a generator's values gets into no other project.
    assert template["spec"]["project"] == "storefront"
    allowed = document(tmp_path, "argocd/appproject.yaml")["spec"]["destinations"]
    assert [(one.get("name"), one["namespace"]) for one in allowed] == [
        (None, "shop-staging"), ("eu", "shop"), ("us", "shop"),
    ]  # fmt: skip


def test_what_holds_data_goes_only_when_a_person_confirms_it(tmp_path: Path) -> None:
    disk = "replicas: 1\nvolumes: {data: {type: claim, mount: /data, size: 1Gi}}\n"
    written(tmp_path, SMALLEST + disk)
    for name in ("base/volumes", "overlays/production/namespace"):
        annotations = document(tmp_path, f"k8s/{name}.yaml")["metadata"]["annotations"]
        assert annotations == {"argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm"}, name


def test_with_no_operator_ci_leaves_what_holds_data_alone(tmp_path: Path) -> None:
    disk = "replicas: 1\nvolumes: {data: {type: claim, mount: /data, size: 1Gi}}\n"
    written(tmp_path, PUSH + disk)
    for name in ("base/volumes", "overlays/production/namespace"):
        assert "annotations" not in document(tmp_path, f"k8s/{name}.yaml")["metadata"], name
    assert "namespace.yaml" not in document(tmp_path, "k8s/overlays/production/kustomization.yaml")["resources"]
    kinds = (tmp_path / "k8s/bin/prune.sh").read_text().partition("selector=")[0]
    looked_for = [line for line in kinds.splitlines() if "_kinds=" in line]
    assert looked_for and not any("claim" in line or "namespaces" in line for line in looked_for)


def test_a_preview_goes_with_its_pull_request_and_a_misspelt_name_is_an_error(tmp_path: Path) -> None:
    spec = document(written(tmp_path, f"{MANY}previews: true\n"), "argocd/previews.yaml")["spec"]
    assert spec["goTemplateOptions"] == ["missingkey=error"]
    assert spec["template"]["metadata"]["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]
    assert spec["template"]["spec"]["project"] == "storefront-previews"


def test_people_are_told_of_each_application(tmp_path: Path) -> None:
    written(tmp_path)
    one = document(tmp_path, "argocd/application-staging.yaml")["metadata"]
    many = document(tmp_path, "argocd/applicationset-production.yaml")["spec"]["template"]["metadata"]
    for metadata, channel in ((one, "deployments"), (many, "#ops")):
        told = {key: value for key, value in metadata["annotations"].items() if "subscribe" in key}
        assert told == {f"notifications.argoproj.io/subscribe.{event}.slack": channel for event in EVENTS}
    plain = document(written(tmp_path / "plain", SMALLEST), "argocd/application-production.yaml")
    assert "subscribe" not in str(plain)


def test_no_manifest_sets_a_number_that_the_autoscaler_chooses(tmp_path: Path) -> None:
    """So there is nothing that Argo CD would have to ignore, and no rule that could miss."""
    root = written(tmp_path, f"{SMALLEST}replicas: {{min: 2, max: 6}}\n")
    assert "replicas" not in document(root, "k8s/base/deployment.yaml")["spec"]
    assert "ignoreDifferences" not in document(root, "argocd/application-production.yaml")["spec"]


def test_setup_names_each_cluster_and_each_service_once(tmp_path: Path) -> None:
    told = run("setup", cwd=written(tmp_path)).out
    assert told.count("argocd cluster add") == 2
    assert "--name eu" in told and "--name us" in told
    assert told.count("notifications_catalog/install.yaml") == 1
