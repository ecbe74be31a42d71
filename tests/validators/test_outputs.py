"""Everything that gitopsgen writes, in both modes and many variations, has no findings in any validator."""

import shutil
from pathlib import Path

import pytest

from gitopsgen.compiler import generate
from tests.ci.workspaces import lay_out
from tests.clouds.combinations import combinations, spec

from . import workloads
from .needs import need
from .runner import KINDS, findings
from .subject import ROOT

SMALLEST = """\
---
apiVersion: gitopsgen/v1
name: storefront
mode: pull
image: docker.io/acme/storefront
runtime: node
port: 3000
"""

CLUSTER = "cluster: {type: aks, resourceGroup: shop(test), name: prod}\n"

FULLER = """\
---
apiVersion: gitopsgen/v1
name: shop
mode: pull
image: docker.io/acme/shop
repository: https://github.com/acme/shop.git
branch: trunk/2.x
runtime:
  name: node
  version: "24"
  start: [node, --enable-source-maps, dist/server.js]
  test: npm run lint && npm test -- --reporter=spec
  build: npm run build
  include: [package.json, package-lock.json, tsconfig.json, src]
port: 8443
health: /internal/ready
replicas: 4
resources: {size: medium, memory: 768Mi}
expose: load-balancer
env:
  GREETING: "it's 5 o'clock: ${{ secrets.X }} $(date) `id` # no comment"
  LINES: "one\\ntwo\\n"
registry: {pullSecret: registry-pull}
manifests: deploy/kubernetes
environments:
  staging: {namespace: shop-staging, replicas: 3}
"""

CHAIN = """\
previews: true
environments:
  dev: {namespace: shop-dev}
  staging: {namespace: shop-staging, env: {LOG_LEVEL: debug}, promotion: approval}
  production: {namespace: shop, replicas: 4, resources: large%s}
"""
OPERATED = """\
  mirror:
    namespace: shop-mirror
    promotion: auto
    gitops: {clusters: [eu-1, eu-2], notify: {service: slack, to: deployments}}
"""
FLUX = """\
gitops:
  operator: flux
  images: operator
  gitSecret: forge
  serviceAccount: shop-flux
  dependsOn: [infrastructure]
  notify: {service: slack, to: deployments, secret: slack-url}
  webhookSecret: hook
config: {flags: {values: {FEATURE: "on"}}}
"""
SPECS = {
    "smallest": SMALLEST,
    "single-replica": f"{SMALLEST}replicas: 1\n",
    "fuller": FULLER,
    "other-argocd": f"{SMALLEST}gitops: {{operator: argocd, namespace: gitops, server: 'https://prod.example.com:6443'}}\n",
}
TREES = {
    **{f"pull-{name}": spec for name, spec in SPECS.items()},
    **{
        f"push-{name}": spec.replace("mode: pull", "mode: push") + CLUSTER
        for name, spec in SPECS.items()
        if name != "other-argocd"
    },
    "pull-chain": SMALLEST + CHAIN % "" + OPERATED,
    "pull-flux": SMALLEST + "migration: [node, migrate.js]\n" + CHAIN.replace("previews: true\n", "") % "" + FLUX,
    "push-chain": SMALLEST.replace("mode: pull", "mode: push")
    + CLUSTER
    + CHAIN % ", cluster: {type: aks, resourceGroup: shop, name: prod-2}",
}
HARD_RUNTIME = """\
runtime:
  name: node
  test: npm test -- --grep "<< a >> ${HOME}"
  buildArgs: {CHANNEL: beta}
  buildSecrets: {npm: {target: /root/.npmrc}}
"""
OTHERS = {
    "circleci": ".circleci/config.yml",
    "buildkite": ".buildkite/storefront.yml",
    "jenkins": "Jenkinsfile",
    "gitlab-ci": ".gitlab/storefront.yml",
}
# What a CI system reads in a repository of many services.
PIPELINES = (".github/", ".gitlab", ".circleci/", ".buildkite/", "Jenkinsfile")


@pytest.mark.parametrize("kind", KINDS)
def test_no_findings(tmp_path: Path, kind: str) -> None:
    """All in one folder, so that each validator starts once."""
    need(kind)
    for name, text in TREES.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "gitopsgen.yaml").write_text(text, encoding="utf-8")
        outcome = generate(str(tmp_path / name))
        assert outcome.exit_code == 0, outcome.diagnostics
    assert [str(finding) for finding in findings(tmp_path, [kind])] == []


@pytest.mark.parametrize("kind", ["python", "checkov"])
def test_no_findings_with_other_ci_systems(tmp_path: Path, kind: str) -> None:
    """The longest chains of environments, with commands and values that other systems would expand, all in one tree."""
    need(kind)
    for ci, files in OTHERS.items():
        for mode in ("pull", "push"):
            root = tmp_path / f"{ci}-{mode}"
            root.mkdir()
            spec = TREES[f"{mode}-chain"].replace("runtime: node\n", HARD_RUNTIME)
            if ci == "circleci" or (mode == "push" and ci != "gitlab-ci"):
                spec = spec.replace("previews: true\n", "")
            (root / "gitopsgen.yaml").write_text(f"{spec}ci: {ci}\n", encoding="utf-8")
            outcome = generate(str(root))
            assert outcome.exit_code == 0, outcome.diagnostics
            # The rest is as in the trees above.
            kept = {root / files, root / "k8s/bin/quiet.sh"}
            assert root / files in set(root.rglob("*"))
            for path in set(root.rglob("*")) - kept:
                if path.is_file():
                    path.unlink()
        _workspace(tmp_path / f"{ci}-many", ci)
    assert [str(finding) for finding in findings(tmp_path, [kind])] == []


def _workspace(root: Path, ci: str) -> None:
    """Write the pipelines of a repository with two services, and nothing else; the modes take turns."""
    mode = ("pull", "push")[sorted(OTHERS).index(ci) % 2] if ci in OTHERS else "push"
    root.mkdir()
    lay_out(root, ci, mode, "pull-request" if mode == "pull" else "auto", "" if ci in OTHERS else "  previews: true\n")
    for path in root.rglob("*"):
        if path.is_file() and not any(part in path.relative_to(root).as_posix() for part in PIPELINES):
            path.unlink()


@pytest.mark.parametrize("kind", KINDS)
def test_no_findings_in_any_shape_of_app(tmp_path: Path, kind: str) -> None:
    """All in one tree, so that each validator starts once; the modes take turns."""
    need(kind)
    for index, shape in enumerate(workloads.SHAPES):
        workloads.lay_out(tmp_path / shape, shape, ("pull", "push")[index % 2])
    assert [str(finding) for finding in findings(tmp_path, [kind])] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_findings_with_any_cluster_and_registry(tmp_path: Path, kind: str) -> None:
    """Their workflows and login scripts in one tree: nothing else depends on them but the name of the image."""
    need(kind)
    tree = tmp_path / "tree"
    (tree / ".github/workflows").mkdir(parents=True)
    for cluster, registry, mode in combinations():
        name = f"{cluster}-{registry}-{mode}"
        (tmp_path / name).mkdir()
        (tmp_path / name / "gitopsgen.yaml").write_text(spec(cluster, registry, mode), encoding="utf-8")
        outcome = generate(str(tmp_path / name))
        assert outcome.exit_code == 0, outcome.diagnostics
        (tmp_path / name / ".github/workflows/shop.yaml").rename(tree / f".github/workflows/{name}.yaml")
    _workspace(tmp_path / "many", "github-actions")
    for path in (tmp_path / "many/.github/workflows").glob("shop*"):
        path.rename(tree / f".github/workflows/many-{path.name}")
    for script in (ROOT / "templates").glob("*/*/login.sh"):
        shutil.copy(script, tree / f"login-{script.parent.name}.sh")
    assert [str(finding) for finding in findings(tree, [kind])] == []
