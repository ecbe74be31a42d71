"""Flux records the images of the first environment: CI builds what Flux can order, and promotes what it recorded."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitopsgen.compiler import generate
from tests.trees import OVERRIDES, SMALLEST, run, write_tree

ROOT = Path(__file__).resolve().parents[2]
OPERATOR = "gitops: {operator: flux, images: operator}\n"
ALONE = SMALLEST + OPERATOR
CHAIN = f"""{SMALLEST}{OPERATOR}\
environments:
  staging: {{namespace: shop-staging}}
  production: {{namespace: shop}}
"""
IMAGE = "k8s/overlays/staging/image/kustomization.yaml"
# What bump.sh leaves.
OF_CI = """\
---
# revision: 1111111111111111111111111111111111111111
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
images:
  - name: app-image
    newName: "docker.io/acme/storefront"
    newTag: "sha-1111111111111111111111111111111111111111"
    digest: sha256:2222222222222222222222222222222222222222222222222222222222222222
"""


def generated(root: Path, spec: str) -> Path:
    write_tree(root, {"gitopsgen.yaml": spec, "package.json": "{}", "package-lock.json": "{}"})
    outcome = generate(str(root))
    assert outcome.exit_code == 0, outcome.diagnostics
    return root


def objects(root: Path, path: str) -> dict[str, Any]:
    """Return the spec of each object of a file, by kind."""
    return {found["kind"]: found.get("spec", found) for found in yaml.safe_load_all((root / path).read_text())}


def workflow(root: Path, name: str = "storefront") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((root / f".github/workflows/{name}.yaml").read_text())
    return found


def test_the_first_environment_has_what_finds_and_records_its_image(tmp_path: Path) -> None:
    generated(tmp_path, CHAIN)
    found = objects(tmp_path, "flux/staging/images.yaml")
    assert found["ImageRepository"] == {"image": "docker.io/acme/storefront", "interval": "5m"}
    assert found["ImagePolicy"]["policy"] == {"numerical": {"order": "asc"}}
    automation = objects(tmp_path, "flux/staging/automation.yaml")["ImageUpdateAutomation"]
    assert automation["update"] == {"strategy": "Setters", "path": "k8s/overlays/staging/image"}
    assert automation["git"]["push"] == {"branch": "main"}
    assert not (tmp_path / "flux/production/images.yaml").exists(), "one automation for one branch"
    # It pushes with the secret of its source, which the other environments do not need.
    assert objects(tmp_path, "flux/staging/source.yaml")["GitRepository"]["secretRef"] == {"name": "storefront-git"}
    assert "secretRef" not in objects(tmp_path, "flux/production/source.yaml")["GitRepository"]
    marked = re.findall(r'^    (\w+): .*# \{"\$imagepolicy": "flux-system:storefront-staging:(\w+)"\}$',
                        (tmp_path / IMAGE).read_text(), re.MULTILINE)  # fmt: skip
    assert marked == [("newName", "name"), ("newTag", "tag"), ("digest", "digest")]


@pytest.mark.parametrize(
    ("image", "more", "way"),
    [
        ("123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/shop", "", {"provider": "aws"}),
        ("acmeshop.azurecr.io/shop", "", {"provider": "azure"}),
        ("europe-west3-docker.pkg.dev/acme-prod/apps/shop", "", {"provider": "gcp"}),
        ("acmeshop.azurecr.io/shop", ", imageSecret: read", {"secretRef": {"name": "read"}}),
        ("ghcr.io/acme/shop", "", {}),
    ],
)
def test_a_registry_of_a_cloud_is_asked_with_an_identity(tmp_path: Path, image: str, more: str, way: Any) -> None:
    spec = ALONE.replace("docker.io/acme/storefront", image).replace("images: operator", f"images: operator{more}")
    found = objects(generated(tmp_path, spec), "flux/production/images.yaml")["ImageRepository"]
    assert found == {"image": image, "interval": "5m"} | way


def test_ci_writes_nothing_to_git_when_there_is_nothing_to_promote(tmp_path: Path) -> None:
    generated(tmp_path, ALONE)
    jobs = workflow(tmp_path)["jobs"]
    assert list(jobs) == ["test", "build"]
    assert {job["permissions"]["contents"] for job in jobs.values()} == {"read"}
    assert {path.name for path in (tmp_path / ".github/workflows").iterdir()} == {"storefront.yaml"}
    assert {"bump.sh", "push-image.sh", "revert.sh"}.isdisjoint(path.name for path in (tmp_path / "k8s/bin").iterdir())
    assert "[skip ci]" in (tmp_path / "flux/production/automation.yaml").read_text()


def test_what_follows_is_promoted_by_ci_after_the_commit_of_flux(tmp_path: Path) -> None:
    generated(tmp_path, CHAIN)
    assert list(workflow(tmp_path)["jobs"]) == ["test", "build"]
    promote = workflow(tmp_path, "storefront-promote")
    assert promote["on"]["push"]["paths"] == [IMAGE]
    assert list(promote["jobs"]) == ["promote-production"]
    commit = objects(tmp_path, "flux/staging/automation.yaml")["ImageUpdateAutomation"]["git"]["commit"]
    assert "[skip ci]" not in commit["messageTemplate"], "it would start nothing"
    # A rollback of the first environment would be undone by the next look at the registry.
    assert list(workflow(tmp_path, "storefront-rollback")["jobs"]) == ["revert-production"]
    assert "environment" not in workflow(tmp_path, "storefront-rollback")["on"]["workflow_dispatch"]["inputs"]


@pytest.mark.parametrize("ci", ["gitlab-ci", "jenkins", "circleci", "buildkite"])
def test_every_ci_builds_an_image_with_a_number_and_rolls_back_what_it_records(tmp_path: Path, ci: str) -> None:
    generated(tmp_path, f"{CHAIN}ci: {ci}\n")
    text = "".join((tmp_path / name).read_text() for name in PIPELINES[ci])
    assert "NUMBERED" in text and "promote.sh" in text
    assert "bump.sh" not in text, "no job records the image of the first environment"
    # Only what CI records can be rolled back by it.
    assert text.count("revert.sh") == 1 and "k8s/overlays/production" in text
    assert (tmp_path / "k8s/bin/propose.sh").exists(), "the promotion ends in it"


PIPELINES = {
    "gitlab-ci": (".gitlab/storefront.yml",),
    "jenkins": ("Jenkinsfile",),
    "circleci": (".circleci/config.yml",),
    "buildkite": (".buildkite/storefront.yml",),
}


def numbered(root: Path, revision: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run build-image.sh with a docker that only says what it is asked to push."""
    write_tree(root, {"bin/docker": DOCKER})
    (root / "bin/docker").chmod(0o755)
    env = {"PATH": f"{root}/bin:/usr/bin:/bin", "IMAGE": "example.com/shop", "REVISION": revision, **more}
    script = str(ROOT / "templates/workload/kubernetes/bin/build-image.sh")
    return subprocess.run(["sh", script], cwd=root, env=env, capture_output=True, text=True, check=False)


DOCKER = """\
#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    --tag) echo "pushed $2" >&2 ;;
    --metadata-file) printf '{"containerimage.digest": "sha256:%064d"}' 0 >"$2" ;;
  esac
  shift
done
"""


def commit(root: Path) -> str:
    identity = ["-c", "user.name=dev", "-c", "user.email=dev@example.com"]
    for words in (["init", "--quiet"], [*identity, "commit", "--quiet", "--allow-empty", "--message", "work"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    return subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=root, text=True).strip()


def test_a_newer_commit_has_a_greater_number_whenever_it_is_built(tmp_path: Path) -> None:
    policy = objects(generated(tmp_path / "app", ALONE), "flux/production/images.yaml")["ImagePolicy"]
    root = tmp_path / "shop"
    root.mkdir()
    first, second = commit(root), commit(root)
    numbers = []
    for revision in (second, first, second):
        ran = numbered(root, revision, NUMBERED="yes")
        assert ran.returncode == 0, ran.stderr
        [tag] = re.findall(r"^pushed example\.com/shop:(.*)$", ran.stderr, re.MULTILINE)
        match = re.search(policy["filterTags"]["pattern"], tag)
        assert match and revision in tag
        assert policy["filterTags"]["extract"] == "$number"
        numbers.append(int(match["number"]))
    assert numbers == [2, 1, 2]
    assert f"pushed example.com/shop:sha-{first}\n" in numbered(root, first).stderr, "not without being asked to"
    preview = numbered(root, first, PULL_REQUEST="7").stderr
    assert not re.search(policy["filterTags"]["pattern"], re.findall(r"pushed [^:]*:(.*)", preview)[0])


def test_where_the_history_is_missing_no_image_gets_a_wrong_number(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    commit(root)
    revision = commit(root)
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{root}", str(tmp_path / "shallow")], check=True)
    ran = numbered(tmp_path / "shallow", revision, NUMBERED="yes")
    assert ran.returncode == 1 and "shallow" in ran.stderr


def test_github_numbers_it_in_the_same_way(tmp_path: Path) -> None:
    generated(tmp_path / "app", ALONE)
    steps = workflow(tmp_path / "app")["jobs"]["build"]["steps"]
    assert steps[0]["with"]["fetch-depth"] == 0
    [count] = [step for step in steps if step.get("id") == "count"]
    commit(tmp_path)
    commit(tmp_path)
    env = {"PATH": "/usr/bin:/bin", "GITHUB_OUTPUT": str(tmp_path / "output")}
    subprocess.run(["sh", "-e", "-c", count["run"]], cwd=tmp_path, env=env, check=True)
    assert (tmp_path / "output").read_text() == "number=2\n"
    [push] = [step for step in steps if step.get("id") == "push"]
    assert push["with"]["tags"].endswith(":sha-${{ github.sha }}-${{ steps.count.outputs.number }}")


def test_a_file_that_flux_cannot_find_its_place_in_is_told_of(tmp_path: Path) -> None:
    """Such as the one that CI wrote while it still recorded the images."""
    generated(tmp_path, CHAIN.replace(", images: operator", ""))
    write_tree(tmp_path, {IMAGE: OF_CI, "gitopsgen.yaml": CHAIN})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 0 and f"{IMAGE}: warning: output.mark-lost" in ran.err, ran.err
    assert (tmp_path / IMAGE).read_text() == OF_CI
    ran = run("generate", "--take", IMAGE, cwd=tmp_path)
    assert ran.code == 0 and "mark-lost" not in ran.err, ran.err
    assert "$imagepolicy" in (tmp_path / IMAGE).read_text()


def test_setup_lets_flux_record_an_image_before_it_runs_the_app(tmp_path: Path) -> None:
    told = run("setup", cwd=generated(tmp_path, CHAIN)).out
    commands = (
        "--components-extra=image-reflector-controller,image-automation-controller",
        "kubectl create secret generic storefront-git --namespace flux-system",
        "git push --set-upstream",
        "kubectl apply --filename flux/staging/source.yaml --filename flux/staging/images.yaml",
        "--filename flux/staging/automation.yaml",
        "flux reconcile image update storefront-staging",
        "kubectl apply -k flux/staging",
    )
    places = [told.index(command) for command in commands]
    assert places == sorted(places)


def test_init_finds_that_flux_records_the_images(tmp_path: Path) -> None:
    app = generated(tmp_path / "app", CHAIN)
    files = {
        f"clusters/{kind}.yaml": (app / f"flux/staging/{kind}.yaml").read_text()
        for kind in ("source", "images", "automation")
    }
    files |= {"package.json": '{"name": "storefront", "main": "a.js"}', "a.js": "", "package-lock.json": "{}"}
    root = write_tree(tmp_path / "found", files)
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    subprocess.run(["git", "remote", "add", "origin", "https://github.com/acme/storefront.git"], cwd=root, check=True)
    ran = run("init", "--yes", "--image", "docker.io/acme/storefront", "--port", "3000", cwd=root)
    assert ran.code == 0, ran.err
    assert yaml.safe_load((root / "gitopsgen.yaml").read_text())["gitops"]["images"] == "operator"


NOTIFIED = SMALLEST + (
    "gitops: {operator: flux, notify: {service: slack, to: deployments, secret: slack-url}, webhookSecret: hook}\n"
)


def test_people_are_told_and_the_host_tells_of_pushes(tmp_path: Path) -> None:
    generated(tmp_path, NOTIFIED)
    found = objects(tmp_path, "flux/production/notify.yaml")
    assert found["Provider"] == {"type": "slack", "channel": "deployments", "secretRef": {"name": "slack-url"}}
    assert found["Alert"]["eventSources"] == [{"kind": "Kustomization", "name": "storefront-production"}]
    receiver = objects(tmp_path, "flux/production/webhook.yaml")["Receiver"]
    assert (receiver["type"], receiver["events"], receiver["secretRef"]) == (
        "github",
        ["ping", "push"],
        {"name": "hook"},
    )
    assert receiver["resources"][0]["name"] == "storefront-production"
    listed = yaml.safe_load((tmp_path / "flux/production/kustomization.yaml").read_text())["resources"]
    assert {"notify.yaml", "webhook.yaml"} <= set(listed)
    told = run("setup", cwd=tmp_path).out
    assert "create secret generic slack-url" in told and "create secret generic hook" in told
    assert "kubectl get receiver storefront-production" in told


def test_the_webhook_is_of_the_kind_of_the_host(tmp_path: Path) -> None:
    generated(tmp_path, f"{NOTIFIED.replace('github.com', 'gitlab.com')}ci: gitlab-ci\n")
    receiver = objects(tmp_path, "flux/production/webhook.yaml")["Receiver"]
    assert (receiver["type"], receiver["events"]) == ("gitlab", ["Push Hook"])


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("automation", "image.toolkit.fluxcd.io/v1\n", "image.toolkit.fluxcd.io/v1beta2\n"),
        ("images", "image.toolkit.fluxcd.io/v1\n", "image.toolkit.fluxcd.io/v1beta2\n"),
        ("notify", "notification.toolkit.fluxcd.io/v1beta3", "notification.toolkit.fluxcd.io/v1beta2"),
        ("webhook", "notification.toolkit.fluxcd.io/v1\n", "notification.toolkit.fluxcd.io/v1beta2\n"),
        ("sync", "kustomize.toolkit.fluxcd.io/v1\n", "kustomize.toolkit.fluxcd.io/v1beta2\n"),
        ("source", "source.toolkit.fluxcd.io/v1\n", "source.toolkit.fluxcd.io/v1beta2\n"),
    ],
)
def test_a_version_that_flux_has_removed_is_refused(tmp_path: Path, file: str, old: str, new: str) -> None:
    name = f"gitops/flux/{file}.yaml"
    text = (ROOT / "templates" / name).read_text()
    assert old in text
    spec = NOTIFIED.replace("operator: flux", "operator: flux, images: operator")
    write_tree(tmp_path, {"gitopsgen.yaml": spec, f"{OVERRIDES}/{name}": text.replace(old, new)})
    outcome = generate(str(tmp_path))
    assert outcome.exit_code == 5
    errors = {found.code for found in outcome.diagnostics if found.severity == "error"}
    assert errors == {"output.api-version"}
