"""Pull requests of forks: no job with a credential runs for them, whatever the CI system would do by itself."""

import re
from pathlib import Path

import pytest
import yaml

from tests.trees import SMALLEST, run

PUSH = SMALLEST.replace("mode: pull", "mode: push") + (
    "cluster: {type: eks, name: prod, region: eu-west-1}\n"
    "environments: {test: {namespace: test, cluster: {type: eks, name: test, region: eu-west-1}}, production: {}}\n"
)
FORK = {
    "github-actions": "github.event.pull_request.head.repo.full_name == github.repository",
    "gitlab-ci": "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID",
    "buildkite": "build.pull_request.repository.fork == false",
    "jenkins": "expression { !env.CHANGE_FORK }",
}
BRANCH = {
    "github-actions": "github.ref == 'refs/heads/main'",
    "gitlab-ci": '$CI_COMMIT_BRANCH == "main"',
    "buildkite": 'build.branch == "main" && build.pull_request.id == null',
    "jenkins": "branch 'main'",
    "circleci": 'pipeline.git.branch == "main"',
}


def conditions(root: Path, ci: str) -> dict[str, str]:
    """Return the condition of every job that does more than to test."""
    if ci == "github-actions":
        files = [yaml.safe_load(path.read_text()) for path in sorted(root.glob(".github/workflows/*.yaml"))]
        return {f"{file['name']} {name}": job.get("if", "") for file in files for name, job in file["jobs"].items()}
    if ci == "gitlab-ci":
        jobs = yaml.safe_load((root / ".gitlab/storefront.yml").read_text())
        return {f"{name} {rule['if']}": rule["if"] for name, job in jobs.items() for rule in job["rules"]}
    if ci == "buildkite":
        return {
            step["key"]: step["if"]
            for step in yaml.safe_load((root / ".buildkite/storefront.yml").read_text())["steps"]
        }
    if ci == "jenkins":
        stages = re.split(r"^    stage\(", (root / "Jenkinsfile").read_text(), flags=re.MULTILINE)[1:]
        return {stage.partition(")")[0]: stage.partition("steps {")[0] for stage in stages}
    workflows = yaml.safe_load((root / ".circleci/config.yml").read_text())["workflows"]
    jobs = [job for workflow in workflows.values() for job in workflow["jobs"] if not isinstance(job, str)]
    return {name: body["filters"] for job in jobs for name, body in job.items()}


@pytest.mark.parametrize("ci", BRANCH)
@pytest.mark.parametrize("mode", ["push", "pull"])
def test_no_credential_meets_the_code_of_a_fork(tmp_path: Path, ci: str, mode: str) -> None:
    previews = ci in FORK and (mode == "pull" or ci in ("github-actions", "gitlab-ci"))
    spec = (PUSH if mode == "push" else SMALLEST) + f"ci: {ci}\n" + "previews: true\n" * previews
    (tmp_path / "gitopsgen.yaml").write_text(spec)
    assert run("generate", cwd=tmp_path).code == 0

    tests = re.compile(r"(^| |:|')test\b", re.IGNORECASE)
    found = {job: text for job, text in conditions(tmp_path, ci).items() if not tests.search(job)}

    assert found
    safe = {job: FORK.get(ci, "-") in text or BRANCH[ci] in text for job, text in found.items()}
    assert all(safe.values()), found
    # The jobs of previews are there, and only they ask for it.
    assert any(FORK.get(ci, "-") in text for text in found.values()) is previews
