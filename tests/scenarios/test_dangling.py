"""Every reference that a pack's rules know, seen to be refused when an override leaves it dangling."""

from pathlib import Path

import pytest
import yaml

from tests.scenarios.packs import TEMPLATES
from tests.trees import OVERRIDES, SMALLEST, run, write_tree

# Template, what is changed in it, into what, and what the spec needs to have it.
MANY_CLUSTERS = "environments: {production: {gitops: {clusters: [eu, us]}}}\n"


FLUX = "gitops: flux\n"


FLUX_IMAGES = "gitops: {operator: flux, images: operator}\n"


DANGLING: dict[str, tuple[str, ...]] = {
    "unknown-job": ("ci/github-actions/job.yaml", "needs: <%= job.needs %>", "needs: [tset]"),
    "unknown-job-output": (
        "ci/github-actions/steps/script.yaml", "${{ github.token }}", "${{ needs.image.outputs.digest }}",
    ),
    "unlisted-credential": ("ci/github-actions/steps/script.yaml", "${{ github.token }}", "${{ secrets.MY_TOKEN }}"),
    "loop": ("ci/github-actions/workflow.yaml", "- <%= path %>", "- docs/**"),
    "missing-script": ("ci/github-actions/steps/script.yaml", "sh <%= step.script | inside %>", "sh k8s/bin/bmup.sh"),
    "service-selects-nothing": (
        "workload/kubernetes/base/service.yaml",
        "app.kubernetes.io/instance: <%= name %>\n  ports",
        "app.kubernetes.io/instance: other\n  ports",
    ),
    "service-port": ("workload/kubernetes/base/service.yaml", "targetPort: <%= known.name %>", "targetPort: web"),
    "probe-port": ("workload/kubernetes/parts/ask.yaml", "port: http", "port: web"),
    "unknown-service-account": (
        "workload/kubernetes/parts/pod.yaml", "serviceAccountName: <%= name %>", "serviceAccountName: other",
    ),
    "unknown-mount": ("workload/kubernetes/parts/limits.yaml", "- name: tmp", "- name: temp"),
    "unknown-claim": (
        "workload/kubernetes/parts/volumes.yaml", "claimName: <%= volume.claim %>", "claimName: other",
        "replicas: 1\nvolumes: {data: {type: claim, mount: /data, size: 1Gi}}\n",
    ),
    "unknown-config": (
        "workload/kubernetes/parts/envfrom.yaml", "name: <%= config.name %>", "name: other",
        "config: {flags: {values: {A: b}}}\n",
    ),
    "unknown-secret": (
        "workload/kubernetes/base/externalsecret.yaml", "target:\n    name: <%= name %>", "target:\n    name: other",
        "secrets: {URL: {key: shop/db}}\nsecretStore: vault\n",
    ),
    "unknown-secret-file": (
        "workload/kubernetes/parts/env.yaml", "name: <%= secret.secret %>", "name: other",
        "secrets: {URL: {sealed: db}}\n",
    ),
    "scaler-target": (
        "workload/kubernetes/base/horizontalpodautoscaler.yaml", "Deployment\n    name: <%= name %>",
        "Deployment\n    name: other", "replicas: {max: 4}\n",
    ),
    "route-backend": (
        "workload/kubernetes/base/route.yaml", "kind: Service\n          name: <%= name %>",
        "kind: Service\n          name: other", "expose: {type: http-route, host: a.example.com, gateway: g}\n",
    ),
    "route-port": (
        "workload/kubernetes/parts/ingress.yaml", "name: <%= app.ports[0].name %>", "name: other",
        "expose: {type: ingress, host: a.example.com}\n",
    ),
    "missing-config-file": (
        "workload/kubernetes/base/kustomization.yaml", "# Kustomize takes", "# Kustomize never takes",
        "config: {app: {files: [app.yaml], mount: /etc/app}}\n",
    ),
    "undefined-job": ("ci/circleci/invocation.yaml", "- <%= prefix ~ job.id %>:\n", "- other:\n", "ci: circleci\n"),
    "missing-include": ("ci/gitlab-ci/include.yaml", '.yml"', '.yaml"', "ci: gitlab-ci\n"),
    "missing-resource": ("workload/kubernetes/base/kustomization.yaml", "- service.yaml", "- services.yaml"),
    "missing-component": ("workload/kubernetes/overlay/kustomization.yaml", "- image", "- images"),
    "image-not-replaced": ("workload/kubernetes/parts/image.yaml", "image: app-image:", "image: my-image:"),
    "deployment-selects-nothing": (
        "workload/kubernetes/base/deployment.yaml",
        "app.kubernetes.io/instance: <%= name %>\n  template",
        "app.kubernetes.io/instance: other\n  template",
    ),
    "budget-selects-nothing": (
        "workload/kubernetes/base/poddisruptionbudget.yaml",
        "matchLabels:\n      app.kubernetes.io/name: <%= name %>",
        "matchLabels:\n      app.kubernetes.io/name: other",
    ),
    "policy-selects-nothing": (
        "workload/kubernetes/base/networkpolicy.yaml",
        "matchLabels:\n      app.kubernetes.io/name: <%= name %>",
        "matchLabels:\n      app.kubernetes.io/name: other",
    ),
    "application-path": ("gitops/argocd/parts/spec.yaml", "config.prefix ~ environment.overlay", "'k8s/overlay'"),
    "application-project": ("gitops/argocd/parts/spec.yaml", "project: <%= name %>", "project: default"),
    "application-source": (
        "gitops/argocd/parts/spec.yaml", "repoURL: <%= config.repository.url %>", "repoURL: https://x.example.com/a/b",
    ),
    "application-namespace": (
        "gitops/argocd/application.yaml", "namespace: <%= environment.namespace %>", "namespace: other",
    ),
    "applicationset-path": (
        "gitops/argocd/parts/spec.yaml", "config.prefix ~ environment.overlay", "'k8s/overlay'", MANY_CLUSTERS,
    ),
    "applicationset-project": (
        "gitops/argocd/parts/spec.yaml", "project: <%= name %>", "project: default", MANY_CLUSTERS,
    ),
    "flux-path": ("gitops/flux/parts/apply.yaml", "config.prefix ~ environment.overlay", "'k8s/overlay'", FLUX),
    "flux-source": (
        "gitops/flux/parts/apply.yaml", 'name: <%= name ~ "-" ~ environment.name %>', "name: other", FLUX,
    ),
    "flux-depends": (
        "gitops/flux/sync.yaml", '~ "-migrate" %>', '~ "-x-migrate" %>', f"{FLUX}migration: [node, migrate.js]\n",
    ),
    "flux-policy": (
        "gitops/flux/images.yaml", '  imageRepositoryRef:\n    name: <%= name ~ "-" ~ environment.name %>',
        "  imageRepositoryRef:\n    name: other", FLUX_IMAGES,
    ),
    "flux-automation-source": (
        "gitops/flux/automation.yaml", 'kind: GitRepository\n    name: <%= name ~ "-" ~ environment.name %>',
        "kind: GitRepository\n    name: other", FLUX_IMAGES,
    ),
    "flux-automation-path": ("gitops/flux/automation.yaml", '~ "/image"', '~ "/images"', FLUX_IMAGES),
    "flux-provider": (
        "gitops/flux/notify.yaml", 'providerRef:\n    name: <%= name ~ "-" ~ environment.name %>',
        "providerRef:\n    name: other", "gitops: {operator: flux, notify: {service: slack, secret: slack-url}}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(DANGLING))
def test_a_reference_that_an_override_leaves_dangling_is_refused(tmp_path: Path, code: str) -> None:
    name, old, new, *more = DANGLING[code]
    built_in = (TEMPLATES / name).read_text()
    assert old in built_in
    spec = "".join([SMALLEST, *more])
    write_tree(tmp_path, {"gitopsgen.yaml": spec, f"{OVERRIDES}/{name}": built_in.replace(old, new)})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 5, ran
    assert f"output.{code}" in ran.err, ran.err
    assert "{'" not in ran.err, "a mapping is shown as YAML has it"


def test_every_reference_rule_of_the_packs_is_seen_to_fail() -> None:
    codes = {
        rule["code"]
        for path in TEMPLATES.glob("*/*/pack.yaml")
        for rule in yaml.safe_load(path.read_text()).get("references", [])
        if rule.get("severity", "error") == "error"
    }
    # What a spec alone can break: tests/runtimes has it.
    assert codes - {"yarn-too-old"} == set(DANGLING)
