"""Each validator accepts a good tree, and refuses it as soon as one thing in it is wrong."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from gitopsgen.compiler import generate
from tests.trees import SMALLEST, write_tree

from .finding import Finding
from .needs import need
from .runner import KINDS, VALIDATORS, Validator, exceptions, raw_findings
from .subject import ROOT

SAMPLE = ROOT / "examples" / "pull"

WORKFLOW = ".github/workflows/storefront.yaml"
DEPLOYMENT = "k8s/base/deployment.yaml"
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1  # v7.0.1"


class Mistake(NamedTuple):
    """One thing made wrong in the good tree, and the finding that must come of it."""

    validator: str
    rule: str
    file: str
    old: str
    new: str


MISTAKES = (
    Mistake("check-jsonschema", "vendor.github-workflows", WORKFLOW, "runs-on:", "run-on:"),
    Mistake("check-jsonschema", "custom.github-workflows-require-timeout", WORKFLOW, "    timeout-minutes: 15\n", ""),
    Mistake("zizmor", "unpinned-uses", WORKFLOW, CHECKOUT, "actions/checkout@v7"),
    Mistake("zizmor", "excessive-permissions", WORKFLOW, "permissions: {}\n\n", ""),
    Mistake("zizmor", "artipacked", WORKFLOW, "persist-credentials: false", "persist-credentials: true"),
    Mistake("zizmor", "secrets-outside-env", WORKFLOW, "    environment: build\n", ""),
    Mistake("zizmor", "template-injection", WORKFLOW, "run: npm test", "run: npm test -- ${{ github.head_ref }}"),
    Mistake("actionlint", "job-needs", WORKFLOW, "needs: [build]", "needs: [image]"),
    Mistake("actionlint", "action", WORKFLOW, CHECKOUT, "actions/checkout@v3"),
    Mistake("actionlint", "action", WORKFLOW, "cache-to: type=gha", "cacheto: type=gha"),
    Mistake("actionlint", "expression", WORKFLOW, "steps.push.outputs", "steps.pull.outputs"),
    Mistake("hadolint", "DL3007", "Dockerfile", "node:26.7.0-trixie-slim", "node:latest"),
    Mistake("hadolint", "DL3002", "Dockerfile", "USER 10001:10001", "USER root"),
    Mistake("hadolint", "DL3025", "Dockerfile", 'CMD ["node", "app.js"]', "CMD node app.js"),
    Mistake("shellcheck", "SC2086", WORKFLOW, "run: npm test", "run: npm test $HOME"),
    Mistake("shellcheck", "SC2086", "k8s/bin/set-image.sh", "fail() {", "fail() {\n  echo $1"),
    Mistake("kubernetes-validate", "schema", DEPLOYMENT, "enableServiceLinks:", "enableServiceLink:"),
    Mistake("kubernetes-validate", "schema", "k8s/base/service.yaml", "port: 80", "port: eighty"),
    Mistake("kubeconform", "statusInvalid", DEPLOYMENT, "enableServiceLinks:", "enableServiceLink:"),
    Mistake("kubeconform", "statusInvalid", "argocd/application-production.yaml", "  destination:", "  destinaton:"),
    Mistake("kubeconform", "statusInvalid", "k8s/base/kustomization.yaml", "pairs:", "pair:"),
    Mistake("kubeconform", "statusError", "k8s/base/service.yaml", "apiVersion: v1", "apiVersion: v2"),
    Mistake("kustomize", "build", "k8s/base/kustomization.yaml", "  - service.yaml", "  - services.yaml"),
    Mistake("kube-score", "container-image-tag", DEPLOYMENT, "app-image:none@sha256:" + 64 * "0", "nginx:latest"),
    Mistake("kube-score", "pod-probes", DEPLOYMENT, "readinessProbe:", "x-readinessProbe:"),
    Mistake("kube-score", "deployment-replicas", DEPLOYMENT, "replicas: 2", "replicas: 1"),
    Mistake("checkov", "CKV_K8S_22", DEPLOYMENT, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    Mistake("checkov", "CKV_DOCKER_3", "Dockerfile", "USER 10001:10001\n", ""),
    Mistake("checkov", "CKV2_GHA_1", WORKFLOW, "permissions: {}\n\n", "permissions: write-all\n\n"),
    Mistake(
        "checkov",
        "not-scanned",
        WORKFLOW,
        "cancel-in-progress: true",
        "cancel-in-progress: ${{ github.event_name == 'pull_request' }}",
    ),
    Mistake("yamllint", "document-start", DEPLOYMENT, "---\n", ""),
    Mistake("yamllint", "truthy", WORKFLOW, '"on":', "on:"),
)

# The same for pipelines of the other CI systems, each with a tree of its own.
PIPELINE_MISTAKES = {
    "gitlab-ci": (
        Mistake("check-jsonschema", "vendor.gitlab-ci", ".gitlab/storefront.yml", "  timeout: 15m", "  timeout: [15m]"),
        Mistake(
            "checkov",
            "CKV_GITLABCI_2",
            ".gitlab/storefront.yml",
            "- if: $CI_COMMIT_BRANCH",
            '- if: $CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH',
        ),
    ),
    "circleci": (
        Mistake("check-jsonschema", "vendor.circle-ci", ".circleci/config.yml", "    steps:", "    step:"),
        Mistake("checkov", "CKV_CIRCLECIPIPELINES_1", ".circleci/config.yml", "image: node:", "image: node:latest #"),
    ),
    "buildkite": (
        Mistake(
            "check-jsonschema", "vendor.buildkite", ".buildkite/storefront.yml", "concurrency: 1", "concurrency: one"
        ),
    ),
}

KIND_OF = {"check-jsonschema": "python", "kustomize": "go"} | {
    validator.name: validator.kind for validator in VALIDATORS
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    copy = tmp_path / "storefront"
    shutil.copytree(SAMPLE, copy)
    return copy


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.validator}-{mistake.rule}-{mistake.file}")
def test_a_mistake_is_found(tree: Path, mistake: Mistake) -> None:
    need(KIND_OF[mistake.validator])
    file = tree / mistake.file
    text = file.read_text(encoding="utf-8")
    assert mistake.old in text
    file.write_text(text.replace(mistake.old, mistake.new, 1), encoding="utf-8")
    found = raw_findings(tree, _validators_of(mistake))
    assert [finding for finding in found if _answers(finding, mistake)], "\n".join(map(str, found))


@pytest.mark.parametrize(
    ("ci", "mistake"), [(ci, mistake) for ci, mistakes in PIPELINE_MISTAKES.items() for mistake in mistakes]
)
def test_a_mistake_in_a_pipeline_is_found(tmp_path: Path, ci: str, mistake: Mistake) -> None:
    tree = write_tree(tmp_path / "storefront", {"gitopsgen.yaml": f"{SMALLEST}ci: {ci}\n"})
    assert generate(str(tree)).exit_code == 0
    test_a_mistake_is_found(tree, mistake)


def _validators_of(mistake: Mistake) -> list[Validator]:
    schemas = {"workflow schema", "workflow timeouts", "pipeline schemas"}
    names = {mistake.validator} if mistake.validator != "check-jsonschema" else schemas
    return [validator for validator in VALIDATORS if validator.name in names]


def _answers(finding: Finding, mistake: Mistake) -> bool:
    return (finding.validator, finding.rule) == (mistake.validator, mistake.rule)


def test_every_validator_is_seen_to_fail() -> None:
    failing = {mistake.validator for mistake in MISTAKES}
    names = {validator.name for validator in VALIDATORS} - {"workflow schema", "workflow timeouts", "pipeline schemas"}
    assert names | {"check-jsonschema", "kustomize"} == failing


def test_every_exception_has_a_reason() -> None:
    assert [entry for entry in exceptions() if len(entry.reason) <= 40] == []


def test_what_the_sample_may_keep_is_still_needed(tree: Path) -> None:
    """The other exceptions are for trees of other shapes, runtimes and CI systems, which their own tests make."""
    need(*KINDS)
    found = raw_findings(tree, VALIDATORS)
    needed = {entry.rule for entry in exceptions() if any(entry.covers(finding) for finding in found)}
    assert needed == {"deployment-replicas", "CKV_GHA_7"}
