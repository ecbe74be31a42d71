"""Many services of one repository: a CI system does what a change concerns, says so for the rest, and never hangs."""

from pathlib import Path

import pytest
import yaml

from tests.live.scripts import git, write
from tests.trees import OVERRIDES, run

from .concerned import IMAGE, World, document
from .texts import buildkite, jenkins
from .workspaces import CLUSTER, EKS, SERVICES, SYSTEMS, lay_out

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
APP = "services/%s/app.js"


CASES = [(ci, mode) for ci in SYSTEMS for mode in ("push", "pull")]


@pytest.mark.parametrize(("ci", "mode"), CASES)
def test_what_a_change_concerns_is_done_and_nothing_else(tmp_path: Path, ci: str, mode: str) -> None:
    world = World(tmp_path, ci, mode)
    git(world.clone, "checkout", "-q", "-b", "feature")
    world.push("feature", APP % "shop")
    assert world.starts(pull_request=True) == {"shop": True, "api": False}
    git(world.clone, "checkout", "-q", "-b", "docs", world.base)
    world.push("docs", "docs/index.md")
    assert world.starts(pull_request=True) == {"shop": False, "api": False}
    git(world.clone, "checkout", "-q", "--detach", world.base)
    delivered = world.push("main", APP % "shop")
    assert world.starts(pull_request=False) == {"shop": True, "api": False}
    if mode == "pull":
        # What CI itself commits: the image of the change.
        world.base = delivered
        image = world.clone / (IMAGE % "shop")
        image.write_text(image.read_text().replace("# revision: ", "# before: "))
        world.push("main", IMAGE % "shop", text=f"# revision: {delivered}\n")
        assert world.starts(pull_request=False) == {"shop": False, "api": False}


@pytest.mark.parametrize(
    ("ci", "file", "concerned"),
    [
        ("github-actions", ".github/workflows/shop.yaml", {"shop": True, "api": False}),
        ("github-actions", ".github/workflows/shop-two.yaml", {"shop": False, "api": False}),
        ("circleci", ".circleci/config.yml", {"shop": True, "api": True}),
        ("circleci", ".circleci/services.yml", {"shop": True, "api": True}),
        ("gitlab-ci", ".gitlab-ci.yml", {"shop": True, "api": True}),
        ("gitlab-ci", ".gitlab/workspace.yml", {"shop": True, "api": True}),
        ("buildkite", ".buildkite/pipeline.yml", {"shop": True, "api": True}),
    ],
)
def test_a_pipeline_at_the_root_concerns_the_services_that_it_is_of(
    tmp_path: Path, ci: str, file: str, concerned: dict[str, bool]
) -> None:
    world = World(tmp_path, ci, "pull")
    git(world.clone, "checkout", "-q", "-b", "feature")
    world.push("feature", file, text="# changed\n")
    assert world.starts(pull_request=True) == concerned
    git(world.clone, "checkout", "-q", "--detach", world.base)
    world.push("main", file, text="# changed\n")
    assert world.starts(pull_request=False) == concerned


def names(root: Path, ci: str) -> list[str]:
    """Return the name of every job of a workspace, as its CI system tells one from the other."""
    if ci == "github-actions":
        files = [f".github/workflows/{name}.yaml" for name in SERVICES]
        return [job["name"] for file in files for job in document(root, file)["jobs"].values()]
    if ci == "gitlab-ci":
        included = yaml.safe_load((root / ".gitlab-ci.yml").read_text())["include"]
        return [name for entry in included for name in document(root, entry["local"])]
    if ci == "circleci":
        workflows = document(root, ".circleci/services.yml")["workflows"]
        jobs = [job for workflow in workflows.values() for job in workflow["jobs"]]
        return [*workflows, *(job if isinstance(job, str) else next(iter(job)) for job in jobs)]
    if ci == "buildkite":
        files = [str(path.relative_to(root)) for path in sorted(root.rglob(".buildkite/*.yml"))]
        return [step["key"] for file in files for step in document(root, file)["steps"]]
    return [f"{file} {found.job}" for file in sorted(root.rglob("Jenkinsfile")) for found in jenkins(file)]


@pytest.mark.parametrize(("ci", "mode"), CASES)
def test_no_two_jobs_have_one_name(tmp_path: Path, ci: str, mode: str) -> None:
    lay_out(tmp_path, ci, mode, "auto" if mode == "push" else "pull-request")
    found = names(tmp_path, ci)
    assert len(found) > 2 * 3
    assert len(set(found)) == len(found)


def test_checks_of_what_a_pull_request_does_not_concern_report(tmp_path: Path) -> None:
    """Each in the way of its CI system; of CircleCI's the test above has seen it."""
    for ci in SYSTEMS:
        lay_out(tmp_path / ci, ci, "push")
    job = document(tmp_path / "github-actions", ".github/workflows/shop.yaml")["jobs"]["test"]
    # Left out, and so passed, only when the gate has said so; when the gate failed, it runs.
    assert job["needs"] == ["changes"]
    assert job["if"] == "!cancelled() && needs.changes.outputs.concerned != 'false'"
    always = document(tmp_path / "gitlab-ci", ".gitlab/workspace.yml")["workspace:every-merge-request"]
    assert all("changes" not in rule and "merge_request_event" in rule["if"] for rule in always["rules"])
    steps = document(tmp_path / "buildkite", ".buildkite/pipeline.yml")["steps"]
    assert all("if" not in step for step in steps)
    stages = (tmp_path / "jenkins/services/shop/Jenkinsfile").read_text().split("stage(")[1:]
    assert "CONCERNED" not in stages[0].partition("steps")[0]
    assert "env.CONCERNED != 'no'" in stages[1]


def test_what_a_person_starts_in_jenkins_is_delivered_though_nothing_has_changed(tmp_path: Path) -> None:
    """The last good build may have been a rollback, after a delivery of the same commit that failed."""
    world = World(tmp_path, "jenkins", "push")
    file = world.clone / "services/shop/Jenkinsfile"
    assert "env.BASE = currentBuild.getBuildCauses('hudson.model.Cause$UserIdCause') ? '' : before" in file.read_text()
    gate, quiet = next(iter(jenkins(file))), world.clone / ".gitopsgen-quiet"
    world.told(gate, BASE=world.base)
    assert quiet.exists()
    world.told(gate, BASE="")
    assert not quiet.exists()


def test_gitlab_gets_no_more_paths_in_one_rule_than_it_takes(tmp_path: Path) -> None:
    root = lay_out(tmp_path, "gitlab-ci", "push")
    spec, packages = root / "services/shop/gitopsgen.yaml", [f"packages/p{number}" for number in range(60)]
    for folder in ("services/shop", *packages):
        write(root / folder / "package.json", "{}\n")
    write(root / "package-lock.json", "{}\n")
    spec.write_text(f"{spec.read_text()}runtime: {{workspaces: [services/shop, {', '.join(packages)}]}}\n")
    ran = run("generate", cwd=root)
    assert ran.code == 0, ran
    for name, job in document(root, "services/shop/.gitlab/shop.yml").items():
        found: dict[str, set[str]] = {}
        for rule in job["rules"]:
            assert len(rule.get("changes", [])) <= 50, name
            found.setdefault(rule["if"], set()).update(rule.get("changes", []))
        for globs in filter(None, found.values()):
            assert {f"{folder}/**/*" for folder in packages} <= globs


def test_a_commit_that_delivers_many_is_compared_with_what_ci_knew_before(tmp_path: Path) -> None:
    """Of two commits in one push the first concerns the service; nothing known before means everything."""
    world = World(tmp_path, "circleci", "push")
    world.push("main", APP % "shop")
    world.push("main", APP % "api")
    assert world.starts(pull_request=False) == {"shop": True, "api": True}
    world.base = git(world.clone, "rev-parse", "HEAD")
    assert world.starts(pull_request=False) == {"shop": False, "api": False}
    world.base = ""
    assert world.starts(pull_request=False) == {"shop": True, "api": True}


def test_a_rollback_in_buildkite_is_of_one_service_and_a_person_starts_all(tmp_path: Path) -> None:
    world = World(tmp_path, "buildkite", "pull", "pull-request")
    steps = {found.job: found for found in buildkite(world.clone / ".buildkite/pipeline.yml")}
    shop = steps["shop-changes"]
    own, follow = (
        f"uploaded pipeline upload services/shop/.buildkite/{name}.yml\n" for name in ("shop", "shop-promote")
    )
    assert world.told(shop, ROLLBACK="shop/staging") == follow + own
    assert world.told(shop, ROLLBACK="api/staging") == ""
    assert world.told(shop, BUILDKITE_SOURCE="ui") == follow + own
    # A merged proposal is no change of the app, and yet something may follow it.
    assert world.told(shop, BUILDKITE_SOURCE="webhook") == follow


def test_services_share_environments_and_yet_get_in_nobodys_way(tmp_path: Path) -> None:
    """One identity for each; but GitLab refuses a job that is older than the last deployment of its environment."""
    for ci in SYSTEMS:
        lay_out(tmp_path / ci, ci, "push", cluster=EKS if ci == "buildkite" else CLUSTER)
    told = {ci: run("setup", cwd=tmp_path / ci).out for ci in ("gitlab-ci", "circleci", "buildkite", "jenkins")}
    assert told["gitlab-ci"].count("KUBECONFIG_BASE64 --repo acme/mono --scope 'production/*'") == 1
    for name in SERVICES:
        jobs = document(tmp_path / "gitlab-ci", f"services/{name}/.gitlab/{name}.yml")
        assert jobs[f"{name}:deploy-production"]["environment"]["name"] == f"production/{name}"
        assert f"CONTEXT_ID_{name.upper()}_PRODUCTION=" in told["circleci"]
        assert f"multibranch job {name} with the script path services/{name}/Jenkinsfile" in told["jenkins"]
    assert told["buildkite"].count("Create the pipeline mono in Buildkite") == 1
    assert "pipeline_slug: mono" in told["buildkite"]
    assert ":pipeline:mono:ref:refs/heads/main:" in told["buildkite"]
    assert "upload .buildkite/pipeline.yml" in told["buildkite"]


@pytest.mark.parametrize(
    ("ci", "code", "name", "old", "new"),
    [
        ("buildkite", "missing-include", "workspace.yaml", '".yml" %>', '".yaml" %>'),
        ("buildkite", "missing-script", "workspace.yaml", 'sh " ~ step.script ~ "', "sh k8s/bin/bmup.sh"),
        ("circleci", "missing-script", "steps/script.yaml", "sh <%= step.script | inside %>", "sh k8s/bin/bmup.sh"),
        (
            "circleci",
            "missing-include",
            "changes.yaml",
            "configuration .circleci/services",
            "configuration .circleci/s",
        ),
    ],
)
def test_an_override_that_breaks_a_rule_is_refused_in_a_workspace_too(
    tmp_path: Path, ci: str, code: str, name: str, old: str, new: str
) -> None:
    lay_out(tmp_path, ci, "pull")
    built_in = (TEMPLATES / "ci" / ci / name).read_text()
    assert old in built_in
    write(tmp_path / f"{OVERRIDES}/ci/{ci}/{name}", built_in.replace(old, new))
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 5, ran
    assert f"output.{code}" in ran.err
