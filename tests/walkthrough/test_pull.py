"""What holds in pull mode, where CI records the image in git and Argo CD syncs."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kubectl import kubectl

from .project import IMAGE_FILE, OVERLAY, PULL, Project, deliver, matches, sample_app

REVISION = "1234567890" * 4
DIGEST = "sha256:" + "5" * 64


def application(project: Project) -> Any:
    return project.yaml("argocd/application-production.yaml")["spec"]


def record(project: Project, **changes: str) -> Any:
    """Record an image as CI does, and return the file that it writes."""
    variables = {"IMAGE": "docker.io/acme/storefront", "TAG": f"sha-{REVISION}", "DIGEST": DIGEST, "REVISION": REVISION}
    command = ["sh", "k8s/bin/set-image.sh", OVERLAY]
    subprocess.run(command, cwd=project.folder, env=os.environ | variables | changes, check=True)
    return project.yaml(IMAGE_FILE)


def test_no_file_is_edited_by_pattern(pull: Project) -> None:
    texts = [pull.text(path) for path in pull.files() if path.endswith(".sh")]
    texts += [pull.text(path) for path in pull.workflows()]
    assert len(texts) > 4
    assert not [text for text in texts if re.search(r"\bsed (-\w+ )*-\w*i|\byq\b|kustomize edit", text)]


@pytest.mark.parametrize("tag", ["v1.2_3", "1.20", "1e10", "0123", "A-b.C_d"])
def test_the_image_file_is_written_whole(tmp_path: Path, tag: str) -> None:
    written = record(deliver(tmp_path, PULL), TAG=tag)
    assert written == {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "images": [
            {"name": "app-image", "newName": "docker.io/acme/storefront", "newTag": tag, "digest": DIGEST},
        ],
    }


def test_what_ci_records_is_what_the_deployment_runs(pull: Project) -> None:
    stand_in = re.split("[:@]", pull.container["image"])[0]
    assert pull.yaml(IMAGE_FILE)["images"][0]["name"] == stand_in
    (step,) = (step for step in pull.workflow["jobs"]["bump-production"]["steps"] if "run" in step)
    assert step["run"] == "sh k8s/bin/bump.sh"
    assert f"{step['env']['OVERLAY']}/image/kustomization.yaml" == IMAGE_FILE
    assert pull.yaml(f"{OVERLAY}/kustomization.yaml")["components"] == ["image"]


def ignored(project: Project, path: str) -> bool:
    patterns = project.workflow["on"]["push"]["paths-ignore"]
    return any(matches(pattern.replace("/**", "/**/*"), path) for pattern in patterns)


def test_a_commit_of_ci_starts_no_build(pull: Project) -> None:
    assert ignored(pull, IMAGE_FILE)
    assert all(ignored(pull, path) for path in pull.files() if path.startswith(("k8s/", "argocd/")))
    assert not any(ignored(pull, path) for path in (*sample_app(), "Dockerfile"))
    # A workflow that is skipped by its paths leaves a required check of a pull request waiting for ever.
    assert "paths-ignore" not in pull.workflow["on"]["pull_request"]
    (step,) = (step for step in pull.workflow["jobs"]["bump-production"]["steps"] if "run" in step)
    assert step["env"]["GIT_TOKEN"] == "${{ github.token }}"  # noqa: S105 - where it is kept
    (subject,) = re.findall("^SUBJECT=(.*)$", pull.text("k8s/bin/bump.sh"), re.MULTILINE)
    assert subject.endswith('[skip ci]"')


def test_nobody_elses_code_pushes(pull: Project) -> None:
    for name in ("bump-production", "revert-production"):
        job = pull.jobs()[name]
        used = [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]
        assert used == ["actions/checkout"]
        assert "secrets." not in str(job)


def test_before_the_first_build_nothing_runs(pull: Project) -> None:
    first = pull.yaml(IMAGE_FILE)
    assert first["replicas"] == [{"name": "storefront", "count": 0}]
    assert first["images"][0]["digest"] == "sha256:" + "0" * 64


def test_the_first_build_brings_the_pods(tmp_path: Path) -> None:
    project = deliver(tmp_path, PULL)
    assert rendered(project)["spec"]["replicas"] == 0
    record(project)
    deployment = rendered(project)
    assert deployment["spec"]["replicas"] == 2
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == f"docker.io/acme/storefront:sha-{REVISION}@{DIGEST}"


def rendered(project: Project) -> Any:
    command = [kubectl(), "kustomize", OVERLAY]
    output = subprocess.run(command, cwd=project.folder, capture_output=True, check=True).stdout
    (deployment,) = (item for item in yaml.safe_load_all(output) if item["kind"] == "Deployment")
    return deployment


def test_drift_is_undone(pull: Project) -> None:
    automated = application(pull)["syncPolicy"]["automated"]
    assert automated == {"enabled": True, "prune": True, "selfHeal": True, "allowEmpty": False}


def test_a_failed_sync_is_tried_again(pull: Project) -> None:
    retry = application(pull)["syncPolicy"]["retry"]
    assert (retry["limit"], retry["refresh"]) == (5, True)
    assert set(retry["backoff"]) == {"duration", "factor", "maxDuration"}


def test_the_application_follows_the_branch_that_ci_writes_to(tmp_path: Path) -> None:
    project = deliver(tmp_path, PULL + "branch: trunk\n")
    (step,) = (step for step in project.workflow["jobs"]["bump-production"]["steps"] if "run" in step)
    assert application(project)["source"]["targetRevision"] == "trunk"
    assert step["env"]["BRANCH"] == "trunk"
    assert project.workflow["on"]["push"]["branches"] == ["trunk"]


def test_the_project_is_a_fence(pull: Project) -> None:
    project = pull.yaml("argocd/appproject.yaml")
    app = application(pull)
    assert app["project"] == project["metadata"]["name"] == "storefront"
    assert project["spec"]["sourceRepos"] == [app["source"]["repoURL"]]
    assert project["spec"]["destinations"] == [app["destination"]]
    assert "*" not in str(project["spec"])
    allowed = {(item["group"], item["kind"]) for item in project["spec"]["namespaceResourceWhitelist"]}
    allowed |= {(item["group"], item["kind"]) for item in project["spec"]["clusterResourceWhitelist"]}
    written = {(group(item), item["kind"]) for item in pull.objects()}
    assert written <= allowed


def group(item: Any) -> str:
    before, slash, _ = str(item["apiVersion"]).partition("/")
    return before if slash else ""


def test_deleting_the_application_leaves_the_app_running(pull: Project) -> None:
    assert "finalizers" not in pull.yaml("argocd/application-production.yaml")["metadata"]


def test_an_administrator_applies_the_application_once(pull: Project) -> None:
    assert pull.yaml("argocd/kustomization.yaml")["resources"] == ["appproject.yaml", "application-production.yaml"]
    assert "kubectl apply -k argocd" in pull.setup()
    # What Argo CD syncs holds neither: an app must not be able to change its own fence.
    assert application(pull)["source"]["path"] == OVERLAY
    assert not {item["kind"] for item in pull.objects()} & {"Application", "AppProject"}


def test_a_rollback_is_a_commit_that_a_person_asks_for(pull: Project) -> None:
    workflow = pull.yaml(".github/workflows/storefront-rollback.yaml")
    assert list(workflow["on"]) == ["workflow_dispatch"]
    job = workflow["jobs"]["revert-production"]
    assert job["steps"][-1]["run"] == "sh k8s/bin/revert.sh"
    assert job["concurrency"] == pull.workflow["jobs"]["bump-production"]["concurrency"]
