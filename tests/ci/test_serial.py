"""One at a time for each service and environment: the plan says so, and each CI system has its own lock for it."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitopsgen.compiler import Compiler
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from gitopsgen.plan.model import Job
from tests.matrix.test_every_combination import CATALOGUE, Combination
from tests.trees import write_tree

Locks = dict[str, object]


def compiled(root: Path, ci: str, mode: str, more: str = "") -> Compiled:
    write_tree(root, {"package.json": "{}\n", "package-lock.json": "{}\n"})
    spec = Combination(mode, ci, "argocd", "kubeconfig", "ghcr").spec + more.encode()
    spec = spec.replace(b"production: {}", b"production: {promotion: approval}")
    found = Compiler(CATALOGUE).compile(spec, Root(str(root)))
    assert isinstance(found, Compiled), found
    return found


def _documents(found: Compiled) -> Iterator[Mapping[str, Any]]:
    for file in found.files:
        if file.pack.startswith("ci/") and file.path.endswith((".yml", ".yaml")):
            document = yaml.safe_load(file.text)
            if isinstance(document, dict):
                yield document


def github(found: Compiled) -> Locks:
    jobs = [one for document in _documents(found) for one in document.get("jobs", {}).items()]
    locks = {name: body["concurrency"] for name, body in jobs if "concurrency" in body}
    assert all(lock["cancel-in-progress"] is False for lock in locks.values())
    return {name: lock["group"] for name, lock in locks.items()}


def gitlab(found: Compiled) -> Locks:
    jobs = [one for document in _documents(found) for one in document.items()]
    return {name.rpartition(":")[2]: body["resource_group"] for name, body in jobs if "resource_group" in body}


def buildkite(found: Compiled) -> Locks:
    steps = [step for document in _documents(found) for step in document["steps"] if "command" in step]
    locked = [step for step in steps if step.get("concurrency") == 1]
    return {step["key"]: step["concurrency_group"] for step in locked if "concurrency_group" in step}


def circleci(found: Compiled) -> Locks:
    flows = [flow for document in _documents(found) for flow in document["workflows"].values()]
    jobs = [one for flow in flows for job in flow["jobs"] if isinstance(job, dict) for one in job.items()]
    begin = "<< pipeline.project.slug >>/"
    locks = {name: body["serial-group"] for name, body in jobs if "serial-group" in body}
    assert all(lock.startswith(begin) for lock in locks.values())
    return {name: lock.removeprefix(begin) for name, lock in locks.items()}


def jenkins(found: Compiled) -> Locks:
    """Return the locks of stages; a stage that delivers has a milestone too, which ends the builds before it."""
    (text,) = [file.text for file in found.files if file.pack == "ci/jenkins"]
    titles = {job.title: job for job in found.plan.pipeline.all_jobs}
    locks = {}
    for stage in re.split(r"^    stage\(", text, flags=re.MULTILINE)[1:]:
        lock = re.search(r"^        lock\(resource: '([\w-]+)', inversePrecedence: true\)$", stage, re.MULTILINE)
        job = titles.get(stage[1 : stage.index("')")])
        has_milestone = re.search(r"^        milestone\(\d+\)$", stage, re.MULTILINE) is not None
        assert has_milestone is bool(job and job.serial and job.runs == "deliver"), stage
        if job and lock:
            locks[job.id] = lock[1]
    return locks


READERS: dict[str, Callable[[Compiled], Locks]] = {
    "buildkite": buildkite,
    "circleci": circleci,
    "github-actions": github,
    "gitlab-ci": gitlab,
    "jenkins": jenkins,
}


def test_every_ci_has_a_reader() -> None:
    assert set(READERS) == set(CATALOGUE.names("ci"))


@pytest.mark.parametrize("mode", ["push", "pull"])
@pytest.mark.parametrize("ci", READERS)
def test_each_job_of_a_group_has_the_lock_of_the_ci_by_its_name(tmp_path: Path, ci: str, mode: str) -> None:
    found = compiled(tmp_path, ci, mode)
    jobs = {job.id: job.serial for job in found.plan.pipeline.all_jobs if job.serial}
    assert READERS[ci](found) == jobs


@pytest.mark.parametrize("mode", ["push", "pull"])
def test_what_changes_an_environment_shares_one_group_with_its_rollback(tmp_path: Path, mode: str) -> None:
    pipeline = compiled(tmp_path, "github-actions", mode).plan.pipeline
    by_target: dict[str, list[Job]] = {}
    for job in pipeline.all_jobs:
        if job.target:
            by_target.setdefault(job.target, []).append(job)
    assert set(by_target) == {"staging", "production"}
    groups = [{job.serial for job in jobs} for jobs in by_target.values()]
    assert [len(group) for group in groups] == [1, 1]
    assert set.union(*groups) == {f"{'deploy' if mode == 'push' else 'image'}-shop-{target}" for target in by_target}
    for jobs in by_target.values():
        assert {job.runs for job in jobs} == {"deliver", "manual"}


def test_what_makes_and_removes_a_preview_takes_turns_in_a_merge_request(tmp_path: Path) -> None:
    found = compiled(tmp_path, "gitlab-ci", "push", "\npreviews: true\n")
    locks = {name: lock for name, lock in gitlab(found).items() if name.startswith("preview-")}
    assert locks == dict.fromkeys(("preview-up", "preview-down"), "preview-shop-$CI_MERGE_REQUEST_IID")


def test_the_end_of_a_pull_request_ends_and_awaits_what_still_deploys_its_preview(tmp_path: Path) -> None:
    found = compiled(tmp_path, "github-actions", "push", "\npreviews: true\n")
    (flow,) = [one for one in _documents(found) if one["name"] == "shop preview"]
    assert flow["concurrency"] == {
        "group": "${{ github.workflow }}-${{ github.event.number }}",
        "cancel-in-progress": True,
    }
    assert {"preview-up", "preview-down"} <= flow["jobs"].keys()
