"""What a preview of a pull request shares with the environment that it is like: nothing that others depend on."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kubectl import kubectl
from tests.trees import run, write_tree

from .shop import HEAD, PUSH, Shop

TWO = "environments: {dev: {namespace: shop-dev, host: shop.dev.example.com}, production: {}}\npreviews: true\n"
ROUTED = "expose: {type: http-route, host: shop.example.com, gateway: public}\n"
IN = "expose: {type: ingress, host: shop.example.com, ingressClass: traefik, tlsSecret: tls}\n"
PUBLIC = "expose: {type: load-balancer, annotations: {cloud.example.com/public: 'yes'}}\n"
MUCH = (
    "replicas: {min: 2, max: 4}\nmigration: [node, migrate.js]\nsecrets: {URL: {key: db}}\nsecretStore: vault\n"
    "config: {flags: {values: {A: b}}}\n"
)
CLAIM = "replicas: 1\nvolumes: {data: {mount: /data, type: claim, size: 1Gi}}\n"


def built(root: Path, spec: str) -> dict[str, Any]:
    """Return the objects of a preview as kustomize builds them, by kind."""
    write_tree(root, {"gitopsgen.yaml": spec})
    ran = run("generate", cwd=root)
    assert ran.code == 0, ran.err
    # As Argo CD and preview.sh do it: a namespace and an image over what is there.
    over = "kind: Kustomization\nnamespace: shop-pr-7\nresources: [../preview]\n"
    over += "images: [{name: docker.io/acme/shop, newTag: pr-7}]\n"
    write_tree(root, {"k8s/now/kustomization.yaml": over})
    words = [kubectl(), "kustomize", str(root / "k8s/now")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {found["kind"]: found for found in yaml.safe_load_all(done.stdout)}


@pytest.mark.parametrize("mode", ["pull", "push"])
@pytest.mark.parametrize("exposed", [ROUTED, f"{ROUTED}protocol: grpc\n", IN])
def test_a_preview_takes_no_host_name_and_no_database(tmp_path: Path, mode: str, exposed: str) -> None:
    head = HEAD if mode == "pull" else HEAD.replace("mode: pull", "mode: push") + PUSH
    found = built(tmp_path, head + TWO + exposed + MUCH)
    kinds = {"ConfigMap", "Deployment", "ExternalSecret", "NetworkPolicy", "Service", "ServiceAccount"}
    assert set(found) == kinds | ({"Namespace"} if mode == "pull" else set())
    assert found["Deployment"]["spec"]["replicas"] == 1, "though no image of the environment is recorded yet"
    assert found["Deployment"]["spec"]["template"]["spec"]["containers"][0]["image"] == "docker.io/acme/shop:pr-7"
    assert {known["metadata"].get("namespace", known["metadata"]["name"]) for known in found.values()} == {"shop-pr-7"}


def test_a_preview_has_no_public_address_and_goes_without_asking(tmp_path: Path) -> None:
    found = built(tmp_path, HEAD + TWO.replace(", host: shop.dev.example.com", "") + PUBLIC + CLAIM)
    assert found["Service"]["spec"]["type"] == "ClusterIP"
    asked = [kind for kind in found if found[kind]["metadata"].get("annotations")]
    assert asked == []
    assert found["PersistentVolumeClaim"]["metadata"]["namespace"] == "shop-pr-7"


def test_a_preview_of_a_cron_job_waits_for_a_person(tmp_path: Path) -> None:
    previews = TWO.replace(", host: shop.dev.example.com", "")
    assert built(tmp_path, HEAD + previews + "type: cron\nschedule: '@daily'\n")["CronJob"]["spec"]["suspend"] is True


def test_no_pull_request_may_bring_a_route_of_its_own() -> None:
    app = Shop(HEAD + TWO + ROUTED + MUCH)
    fence = yaml.safe_load(app.texts["argocd/previewproject.yaml"])["spec"]
    kinds = {known["kind"] for known in fence["namespaceResourceWhitelist"]}
    assert "Deployment" in kinds and not kinds & {"HTTPRoute", "Ingress", "Job", "HorizontalPodAutoscaler"}
    made = yaml.safe_load(app.texts["argocd/previews.yaml"])["spec"]["template"]["spec"]
    assert made["source"]["path"] == "k8s/preview"


OWN = "previews: {cluster: {type: eks, name: previews, region: eu-central-1}}\n"


def test_previews_may_have_a_cluster_of_their_own() -> None:
    app = Shop(HEAD.replace("mode: pull", "mode: push") + PUSH + OWN)
    assert app.plan.previews
    jobs = {job.id: job for job in app.plan.pipeline.previews}
    logins = {name: step.env for name in jobs for step in jobs[name].steps if step.kind == "cluster-login"}
    assert {name: env["CLUSTER"] for name, env in logins.items()} == {
        "preview-up": "previews",
        "preview-down": "previews",
    }
    assert [trust.to for trust in app.plan.trusts if trust.environment == "preview"] == ["aws"]


def test_argo_cd_may_sync_previews_to_another_cluster() -> None:
    spec = (
        HEAD + "gitops: {operator: argocd, clusterName: prod}\npreviews: {gitops: {server: 'https://pr.example.com'}}\n"
    )
    app = Shop(spec)
    made = yaml.safe_load(app.texts["argocd/previews.yaml"])["spec"]["template"]["spec"]["destination"]
    assert made == {"server": "https://pr.example.com", "namespace": "shop-pr-{{.number}}"}
    fence = yaml.safe_load(app.texts["argocd/previewproject.yaml"])["spec"]["destinations"]
    assert fence == [{"server": "https://pr.example.com", "namespace": "shop-pr-*"}]
