"""What holds for every workflow, in both modes."""

import re
from typing import Any

import pytest

from .project import Project

RETIRED = {
    "actions/checkout": 3,
    "azure/login": 1,
    "azure/setup-kubectl": 3,
    "docker/build-push-action": 5,
    "docker/login-action": 3,
    "docker/setup-buildx-action": 3,
}
MAIN_ONLY = "github.ref == 'refs/heads/main'"
PERMISSIONS = {
    "push": {
        "test": {"contents": "read"},
        "build": {"contents": "read"},
        "deploy-production": {"contents": "read", "id-token": "write"},
        "rollback-production": {"contents": "read", "id-token": "write"},
    },
    "pull": {
        "test": {"contents": "read"},
        "build": {"contents": "read"},
        "bump-production": {"contents": "write"},
        "revert-production": {"contents": "write"},
    },
}


def steps_of(project: Project, action: str) -> list[Any]:
    steps = [step for job in project.jobs().values() for step in job["steps"]]
    return [step for step in steps if step.get("uses", "").startswith(f"{action}@")]


def delivery(project: Project) -> Any:
    """Return the job that delivers: the one that no other job waits for."""
    jobs = project.workflow["jobs"]
    waited_for = {name for job in jobs.values() for name in job.get("needs", [])}
    (last,) = set(jobs) - waited_for
    return jobs[last]


def test_the_tests_gate_the_build_and_the_build_the_delivery(project: Project) -> None:
    jobs = project.workflow["jobs"]
    assert jobs["test"]["steps"][-1]["run"] == "npm test"
    assert jobs["build"]["needs"] == ["test"]
    assert delivery(project)["needs"] == ["build"]
    assert not any("continue-on-error" in step for job in jobs.values() for step in [job, *job["steps"]])


def test_pull_requests_are_tested_and_nothing_more(project: Project) -> None:
    workflow = project.workflow
    assert workflow["on"]["pull_request"] == {"branches": ["main"]}
    assert "pull_request_target" not in workflow["on"]
    free = [name for name, job in workflow["jobs"].items() if job.get("if") != MAIN_ONLY]
    assert free == ["test"]
    assert "environment" not in workflow["jobs"]["test"]
    assert "${{" not in str(workflow["jobs"]["test"])


def test_every_action_is_pinned_to_a_commit_of_a_current_release(project: Project) -> None:
    seen = set()
    for path in project.workflows():
        lines = [line for line in project.text(path).splitlines() if re.match(r" *(- )?uses:", line)]
        assert lines
        for line in lines:
            match = re.search(r"uses: ([\w./-]+)@[0-9a-f]{40}  # v(\d+)(\.\d+)+$", line)
            assert match is not None, line
            assert int(match[2]) > RETIRED.get(match[1], 0), line
            seen.add(match[1])
    assert {"actions/checkout", "docker/build-push-action"} <= seen


def test_jobs_may_do_no_more_than_they_need(project: Project) -> None:
    assert all(workflow["permissions"] == {} for workflow in project.workflows().values())
    mode = project.yaml("gitopsgen.yaml")["mode"]
    assert {name: job["permissions"] for name, job in project.jobs().items()} == PERMISSIONS[mode]


def test_no_checkout_leaves_a_token_behind(project: Project) -> None:
    checkouts = steps_of(project, "actions/checkout")
    assert len(checkouts) == len(project.jobs())
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_the_registry_user_is_a_variable_and_the_image_no_secret(project: Project) -> None:
    (login,) = steps_of(project, "docker/login-action")
    assert login["with"]["username"] == "${{ vars.DOCKERHUB_USERNAME }}"
    (build,) = steps_of(project, "docker/build-push-action")
    assert build["with"]["tags"] == "docker.io/acme/storefront:sha-${{ github.sha }}"
    assert project.workflow["jobs"]["build"]["outputs"] == {"digest": "${{ steps.push.outputs.digest }}"}


def test_the_registry_is_given_a_token_and_no_password(project: Project) -> None:
    (login,) = steps_of(project, "docker/login-action")
    assert login["with"]["password"] == "${{ secrets.DOCKERHUB_TOKEN }}"  # noqa: S105 - where it is kept
    assert "gh secret set DOCKERHUB_TOKEN --env build" in project.setup()
    assert "a Docker Hub access token that may read and write, not the password" in project.setup()


def test_no_shell_line_holds_an_expression(project: Project) -> None:
    commands = [step["run"] for job in project.jobs().values() for step in job["steps"] if "run" in step]
    assert commands
    assert not [command for command in commands if "${{" in command]


def test_every_job_has_a_time_limit(project: Project) -> None:
    assert all(0 < job["timeout-minutes"] <= 30 for job in project.jobs().values())


def test_builds_share_a_cache(project: Project) -> None:
    (build,) = steps_of(project, "docker/build-push-action")
    assert build["with"]["cache-from"] == "type=gha,scope=storefront"
    assert build["with"]["cache-to"] == "type=gha,mode=max,scope=storefront"


def test_the_image_says_where_it_comes_from_and_is_not_signed(project: Project) -> None:
    (build,) = steps_of(project, "docker/build-push-action")
    assert (build["with"]["provenance"], build["with"]["sbom"]) == ("mode=max", True)
    assert build["with"]["labels"] == "org.opencontainers.image.revision=${{ github.sha }}"
    # The decision: signing keys and the policy that checks them belong to the cluster's owners.
    assert not any(re.search("cosign|notation", project.text(path)) for path in project.workflows())


def test_credentials_are_out_of_reach_of_other_branches(project: Project) -> None:
    holders = {name: job for name, job in project.jobs().items() if re.search(r"(secrets|vars)\.", str(job))}
    assert "build" in holders
    assert all(job["if"] == MAIN_ONLY and job["environment"] for job in holders.values())
    for environment in {job["environment"] for job in holders.values()}:
        url = f"environments/{environment}/deployment-branch-policies --field name=main"
        assert url in project.setup()


def test_every_commit_has_an_image_of_its_own(project: Project) -> None:
    (step,) = (step for step in delivery(project)["steps"] if "run" in step)
    given = {name: step["env"][name] for name in ("IMAGE", "DIGEST", "REVISION")}
    script = project.text(step["run"].removeprefix("sh "))
    assert re.search(r"TAG=\$\{TAG:-sha-\$\{REVISION(:\?)?\}\}", script)
    assert given == {
        "IMAGE": "docker.io/acme/storefront",
        "DIGEST": "${{ needs.build.outputs.digest }}",
        "REVISION": "${{ github.sha }}",
    }
    for path in project.files():
        assert not re.search(r"[a-z]:latest\b", project.text(path)), path


@pytest.mark.parametrize("first", ["deploy-", "bump-"])
def test_deliveries_of_one_app_wait_in_line(push: Project, pull: Project, first: str) -> None:
    project = push if first == "deploy-" else pull
    (name,) = (name for name in project.jobs() if name.startswith(first))
    line = project.jobs()[name]["concurrency"]
    assert line["group"].endswith("-storefront-production")
    assert line["cancel-in-progress"] is False
    # And who comes late can tell: the script compares commits, and needs the history for it.
    assert project.jobs()[name]["steps"][0]["with"]["fetch-depth"] == 0


def test_every_script_that_is_called_is_there(project: Project) -> None:
    scripts = [path for path in project.files() if path.endswith(".sh")]
    called = {
        f"k8s/bin/{name}" for path in scripts for name in re.findall(r'"\$\{bin\}/(\S+\.sh)"', project.text(path))
    }
    commands = [step["run"] for job in project.jobs().values() for step in job["steps"] if "run" in step]
    called |= {command.removeprefix("sh ") for command in commands if command.endswith(".sh")}
    assert called == set(scripts)
