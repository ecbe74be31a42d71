"""What `setup` makes clouds trust: the tokens of the jobs that it is for, and no others."""

import json
import re
import shlex
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.trees import run

from .combinations import CLUSTERS

# Subjects as the CI systems write them: of the job that deploys, of a preview's, and of others that must not get in.
GITLAB = "project_path:acme/shop:ref_type:branch:ref:"
CIRCLE = "org/ORGANIZATION_ID/project/PROJECT_ID/user/0b1c/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/"
BUILDKITE = "organization:ORGANIZATION:pipeline:shop:ref:refs/heads/"
SUBJECTS = {
    "github-actions": (
        "repo:acme/shop:environment:production",
        "repo:acme/shop:environment:preview",
        ["repo:acme/shop:pull_request", "repo:acme/shop:ref:refs/heads/main", "repo:evil/shop:environment:production"],
    ),
    "gitlab-ci": (f"{GITLAB}main", f"{GITLAB}feature/x", ["project_path:evil/shop:ref_type:branch:ref:main"]),
    "circleci": (f"{CIRCLE}main", "", [f"{CIRCLE}feature", CIRCLE.replace("PROJECT_ID", "0d0e") + "main"]),
    "buildkite": (
        f"{BUILDKITE}main:commit:0a:step:deploy",
        "",
        [f"{BUILDKITE}feature:commit:0a:step:deploy", f"{BUILDKITE}main2:commit:0a:step:deploy"],
    ),
}


def steps(tmp_path: Path, ci: str, cluster: str) -> dict[str, str]:
    """Return the commands of `setup` that make a trust, by the CI environment, as a shell hands them on.

    What a variable holds is its name.
    """
    host = "gitlab.com" if ci == "gitlab-ci" else "github.com"
    previews = "true" if SUBJECTS[ci][1] else "false"
    (tmp_path / "gitopsgen.yaml").write_text(
        f"apiVersion: gitopsgen/v1\nname: shop\nmode: push\nimage: docker.io/acme/shop\nruntime: node\nci: {ci}\n"
        f"repository: https://{host}/acme/shop.git\ncluster: {CLUSTERS[cluster]}\npreviews: {previews}\n"
    )
    ran = run("setup", cwd=tmp_path)
    assert ran.code == 0, ran
    making = "aws iam create-role|az ad app federated|az rest|gcloud iam .* create-oidc"
    told = [line for line in ran.out.splitlines() if re.match(rf" +({making})", line)]
    lines = [" ".join(shlex.split(re.sub(r"\$(\w+)", r"\1", line))) for line in told]
    assert lines
    per = len(lines) // (2 if SUBJECTS[ci][1] else 1)
    return {"production": "\n".join(lines[:per]), "preview": "\n".join(lines[per:])}


def gets_in(cluster: str, commands: str, subject: str) -> bool:
    """Say what the cloud does with a token of this subject."""
    if cluster == "eks":
        (condition,) = re.findall(r'"Condition": (\{.*?\}\})', commands)
        ((operator, keys),) = json.loads(condition).items()
        (allowed,) = [value for key, value in keys.items() if key.endswith(":sub")]
        return any(fnmatchcase(subject, form) if operator == "StringLike" else subject == form for form in allowed)
    if cluster == "aks":
        forms = re.findall(r"matches \\u0027(.*?)\\u0027", commands)
        exact = re.findall(r'"subject": "(.*?)"', commands)
        return subject in exact or any(fnmatchcase(subject, form) for form in forms)
    condition = commands.split("--attribute-condition ")[1]
    starts, ends = (re.findall(rf'{name}With\("(.*?)"\)', condition) for name in ("starts", "ends"))
    if starts:
        return any(subject.startswith(start) and subject.endswith(end) for start, end in zip(starts, ends, strict=True))
    return subject in re.findall(r'"(\S+?)"', condition)


@pytest.mark.parametrize(
    ("ci", "cluster"),
    [(ci, cluster) for ci in SUBJECTS for cluster in ("eks", "gke", "aks") if cluster != "aks" or SUBJECTS[ci][1]],
)
def test_the_right_jobs_get_in_and_no_others(tmp_path: Path, ci: str, cluster: str) -> None:
    """The two that no cloud can tell to the letter have no trust in Azure, which knows nothing else for them."""
    made = steps(tmp_path, ci, cluster)
    deploys, previews, strangers = SUBJECTS[ci]

    assert gets_in(cluster, made["production"], deploys)
    assert not any(gets_in(cluster, made["production"], subject) for subject in strangers)
    if previews:
        assert gets_in(cluster, made["preview"], previews)
        assert not gets_in(cluster, made["production"], previews)
        assert not any(gets_in(cluster, made["preview"], subject) for subject in strangers)


def test_google_is_told_a_pattern_in_a_condition_and_grants_to_the_provider(tmp_path: Path) -> None:
    """No grant of Google's knows an asterisk: what got past the condition has the name of the provider."""
    made = steps(tmp_path, "gitlab-ci", "gke")
    out = run("setup", cwd=tmp_path).out

    assert '--attribute-mapping google.subject="ci-preview-shop"' in made["preview"]
    assert out.count('/subject/"ci-preview-shop\n') == 1
    assert not re.search(r"/subject/\S*\*", out)
