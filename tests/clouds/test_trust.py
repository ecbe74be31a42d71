"""What `setup` makes clouds trust: the tokens of the jobs that it is for, and no others."""

import json
import os
import re
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.trees import run

from .combinations import CLUSTERS

# Subjects as the CI systems write them: of the job that deploys, of a preview's, and of others that must not get in.
GITLAB = "project_path:acme/shop:ref_type:branch:ref:"
CIRCLE = "org/0a/project/0b/user/0c/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/"
BUILDKITE = "organization:acme:pipeline:shop:ref:refs/heads/"
JENKINS = "https://jenkins.example.com/job/shop/job/"
SUBJECTS = {
    "github-actions": (
        "repo:acme/shop:environment:production",
        "repo:acme/shop:environment:preview",
        ["repo:acme/shop:pull_request", "repo:acme/shop:ref:refs/heads/main", "repo:evil/shop:environment:production"],
    ),
    "gitlab-ci": (f"{GITLAB}main", f"{GITLAB}feature/x", ["project_path:evil/shop:ref_type:branch:ref:main"]),
    "circleci": (f"{CIRCLE}main", "", [f"{CIRCLE}feature", CIRCLE.replace("/0b/", "/0d/") + "main"]),
    "buildkite": (
        f"{BUILDKITE}main:commit:0a:step:deploy",
        "",
        [f"{BUILDKITE}feature:commit:0a:step:deploy", f"{BUILDKITE}main2:commit:0a:step:deploy"],
    ),
    "{name: jenkins, issuer: 'https://jenkins.example.com/oidc'}": (f"{JENKINS}main/", "", [f"{JENKINS}PR-1/"]),
}
# What a person says that a spec does not know.
KNOWN = {
    "AWS_ACCOUNT": "123456789012",
    "ORGANIZATION_ID": "0a",
    "PROJECT_ID": "0b",
    "ORGANIZATION": "acme",
    "PIPELINE": "shop",
    "JENKINS_JOB": "https://jenkins.example.com/job/shop",
}
MAKES = "aws iam create-role |az ad app federated-credential |az rest |gcloud iam .* create-oidc "


def trusts(root: Path, ci: str, cluster: str) -> dict[str, list[list[str]]]:
    """Return the arguments of each command of `setup` that makes a trust, by the CI environment it is for."""
    host = "gitlab.com" if ci == "gitlab-ci" else "github.com"
    (root / "gitopsgen.yaml").write_text(
        f"apiVersion: gitopsgen/v1\nname: shop\nmode: push\nimage: docker.io/acme/shop\nruntime: node\nci: {ci}\n"
        f"repository: https://{host}/acme/shop.git\ncluster: {CLUSTERS[cluster]}\n"
        f"previews: {str(bool(SUBJECTS[ci][1])).lower()}\n"
    )
    ran = run("setup", "--format", "json", cwd=root)
    assert ran.code == 0, ran
    made: dict[str, list[list[str]]] = {"production": [], "preview": []}
    for step in json.loads(ran.out)["steps"]:
        for command in step["commands"]:
            if re.match(MAKES, command):
                made["preview" if "preview" in command else "production"].append(arguments(root, command))
    assert made["production"]
    return made


def arguments(root: Path, command: str) -> list[str]:
    """Return what the cloud's command line tool is called with, as a person's shell has it."""
    tools = root / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("aws", "az", "gcloud"):
        (tools / name).write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
        (tools / name).chmod(0o755)
    env = {**KNOWN, "PATH": f"{tools}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", command], env=env, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def after(words: list[str], option: str) -> str:
    return words[words.index(option) + 1]


def gets_in(cluster: str, made: list[list[str]], subject: str) -> bool:
    """Say what the cloud does with a token of this subject."""
    return any({"eks": aws, "aks": azure, "gke": google}[cluster](words, subject) for words in made)


def aws(words: list[str], subject: str) -> bool:
    (statement,) = json.loads(after(words, "--assume-role-policy-document"))["Statement"]
    ((operator, keys),) = statement["Condition"].items()
    (allowed,) = [value for key, value in keys.items() if key.endswith(":sub")]
    return any(fnmatchcase(subject, form) if operator == "StringLike" else subject == form for form in allowed)


def azure(words: list[str], subject: str) -> bool:
    made = json.loads(after(words, "--body" if "--body" in words else "--parameters"))
    if "subject" in made:
        return bool(made["subject"] == subject)
    (form,) = re.findall(r"^claims\['sub'\] matches '(.*)'$", made["claimsMatchingExpression"]["value"])
    return fnmatchcase(subject, form)


def google(words: list[str], subject: str) -> bool:
    condition = after(words, "--attribute-condition")
    starts, ends = re.findall(r'startsWith\("(.*?)"\)', condition), re.findall(r'endsWith\("(.*?)"\)', condition)
    if starts:
        return any(subject.startswith(start) and subject.endswith(end) for start, end in zip(starts, ends, strict=True))
    return subject in json.loads(condition.removeprefix("assertion.sub in "))


@pytest.mark.parametrize(
    ("ci", "cluster"),
    [(ci, cluster) for ci in SUBJECTS for cluster in ("eks", "gke", "aks")],
)
def test_the_right_jobs_get_in_and_no_others(tmp_path: Path, ci: str, cluster: str) -> None:
    if cluster == "aks" and ci in ("circleci", "buildkite"):
        pytest.skip(
            "Azure compares to the letter, and these have no subject that stays the same: their secret is stored"
        )
    made = trusts(tmp_path, ci, cluster)
    deploys, previews, strangers = SUBJECTS[ci]

    assert gets_in(cluster, made["production"], deploys)
    assert not any(gets_in(cluster, made["production"], subject) for subject in strangers)
    if previews:
        assert gets_in(cluster, made["preview"], previews)
        assert not gets_in(cluster, made["production"], previews)
        assert not any(gets_in(cluster, made["preview"], subject) for subject in strangers)


def test_google_is_told_a_pattern_in_a_condition_and_grants_to_the_provider(tmp_path: Path) -> None:
    """No grant of Google's knows an asterisk: what got past the condition has the name of the provider."""
    made = trusts(tmp_path, "gitlab-ci", "gke")
    out = run("setup", cwd=tmp_path).out

    assert [after(words, "--attribute-mapping") for words in made["preview"]] == ['google.subject="ci-preview-shop"']
    assert out.count('/subject/"ci-preview-shop') == 1
    assert not re.search(r"/subject/\S*\*", out)
