"""Stories of GitLab CI/CD: an existing pipeline survives, every job says when it runs, and rules see what is wrong."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.scenarios.packs import TEMPLATES
from tests.trees import OVERRIDES, run, write_tree

SPEC = """\
---
apiVersion: gitopsgen/v1
name: shop
mode: pull
ci: gitlab-ci
image: registry.gitlab.com/acme/shop
repository: https://gitlab.com/acme/shop.git
runtime: node
port: 3000
environments:
  dev: {namespace: shop-dev, promotion: auto}
  staging: {namespace: shop-staging, promotion: pull-request}
  production: {namespace: shop, promotion: pull-request}
"""
PUSH = SPEC.replace("mode: pull", "mode: push").replace("pull-request", "approval")
PUSH += "cluster: {type: aks, resourceGroup: shop, name: prod}\npreviews: true\n"
THEIRS = """\
# Ours since 2019.
stages: [lint, test, deploy]
include:
  - project: acme/templates
    file: lint.yml
default: {image: alpine}
lint: {stage: lint, script: [make lint]}
"""


def pipeline(root: Path, spec: str) -> dict[str, Any]:
    write_tree(root, {"gitopsgen.yaml": spec})
    ran = run("generate", cwd=root)
    assert ran.code == 0, ran
    jobs: dict[str, Any] = yaml.safe_load((root / ".gitlab/shop.yml").read_text())
    return jobs


def test_a_pipeline_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text(THEIRS)
    pipeline(tmp_path, SPEC)
    text = (tmp_path / ".gitlab-ci.yml").read_text()
    theirs = yaml.safe_load(text)
    assert {"local": ".gitlab/shop.yml"} in theirs["include"]
    theirs["include"].remove({"local": ".gitlab/shop.yml"})
    assert theirs == yaml.safe_load(THEIRS)
    assert set(THEIRS.splitlines()) <= set(text.splitlines())


@pytest.mark.parametrize("spec", [SPEC, PUSH])
def test_nothing_in_the_file_counts_for_other_jobs(tmp_path: Path, spec: str) -> None:
    jobs = pipeline(tmp_path, spec)
    assert all(name.lstrip(".").startswith("shop:") for name in jobs)
    for name, job in jobs.items():
        if name.startswith("."):
            continue
        assert job["inherit"] == {"default": False}
        assert job["rules"], name
        assert job["timeout"], name
        # A job waits for the jobs it names, not for a stage.
        assert isinstance(job["needs"], list), name


@pytest.mark.parametrize("spec", [SPEC, PUSH])
def test_merge_requests_only_test_and_preview(tmp_path: Path, spec: str) -> None:
    jobs = pipeline(tmp_path, spec)
    asked = {
        name for name, job in jobs.items() if any("merge_request_event" in rule["if"] for rule in job.get("rules", []))
    }
    assert asked == {"shop:test"} | {name for name in jobs if name.startswith("shop:preview:")}


def test_a_person_starts_what_needs_approval(tmp_path: Path) -> None:
    jobs = pipeline(tmp_path, PUSH)
    by_hand = {name for name, job in jobs.items() if any(rule.get("when") == "manual" for rule in job["rules"])}
    assert by_hand == {"shop:deploy-staging", "shop:deploy-production", "shop:preview:preview-down"}
    assert jobs["shop:deploy-production"]["rules"][0]["allow_failure"] is False


def test_requests_are_opened_by_a_token_that_setup_asks_for(tmp_path: Path) -> None:
    jobs = pipeline(tmp_path, SPEC)
    assert 'export GIT_TOKEN="${CI_JOB_TOKEN:?}"' in jobs["shop:bump-dev"]["script"]
    assert 'export GIT_TOKEN="${MERGE_REQUEST_TOKEN:?}"' in jobs["shop:propose-staging"]["script"]
    steps = run("setup", cwd=tmp_path).out
    assert "glab variable set MERGE_REQUEST_TOKEN --repo acme/shop --scope staging" in steps
    assert "ci_push_repository_for_job_token_allowed=true" in steps
    assert "resource_groups/image-shop-dev --field process_mode=newest_ready_first" in steps


@pytest.mark.parametrize(
    ("code", "name", "old", "new"),
    [
        ("unknown-job", "job.yaml", "- <%= prefix ~ needed %>", "- other"),
        ("unlisted-credential", "steps/script.yaml", "${CI_JOB_TOKEN:?}", "${MY_TOKEN:?}"),
        ("missing-script", "steps/script.yaml", "- sh <%= step.script | inside %>", "- sh k8s/bin/other.sh"),
    ],
)
def test_what_leads_nowhere_is_refused(tmp_path: Path, code: str, name: str, old: str, new: str) -> None:
    template = f"ci/gitlab-ci/{name}"
    built_in = (TEMPLATES / template).read_text()
    assert old in built_in
    write_tree(tmp_path, {"gitopsgen.yaml": SPEC, f"{OVERRIDES}/{template}": built_in.replace(old, new)})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 5, ran
    assert f"output.{code}" in ran.err, ran.err
