"""What the steps give to whom: no less than the app needs, and each identity once."""

import pytest

from .plans import plans

SECRETS = "externalsecrets.external-secrets.io"


def commands(name: str) -> list[str]:
    ((_, _, steps),) = plans(name)
    return [command for step in steps for command in step.commands]


@pytest.mark.parametrize(
    ("name", "resources", "subject"),
    [
        ("github-actions push aks acr, previews apart", SECRETS, '--user "$PRINCIPAL_PRODUCTION"'),
        ("gitlab-ci push, sealed", "sealedsecrets.bitnami.com", "--group "),
        ("flux, a tenant with routes", "httproutes.gateway.networking.k8s.io", "--serviceaccount flux-system:shop"),
    ],
)
def test_custom_resources_need_a_role_of_their_own(name: str, resources: str, subject: str) -> None:
    told = commands(name)
    (role,) = [command for command in told if "kubectl create role " in command]
    assert role.endswith(f"--resource {resources}")
    (binding,) = [command for command in told if "kubectl create rolebinding shop-custom" in command]
    assert subject in binding


def test_an_app_of_common_kinds_needs_none() -> None:
    assert not [command for command in commands("github-actions push aks acr") if "kubectl create role " in command]


def test_the_identity_of_previews_is_made_once_for_cluster_and_registry() -> None:
    told = commands("github-actions push aks acr, previews apart")
    assert len([command for command in told if command.startswith("AZURE_CLIENT_ID_PREVIEW=")]) == 1
    admin = [command for command in told if "RBAC Cluster Admin" in command]
    assert len(admin) == 1
    assert "--name previews" in told[told.index(admin[0]) - 2], "in their own cluster"
    assert any("--name previews --attach-acr" in command for command in told), "whose nodes pull the image"


@pytest.mark.parametrize(
    ("name", "opens"),
    [("github-actions pull, proposed", True), ("argocd, proposed in a repository of manifests", False)],
)
def test_workflows_may_open_pull_requests_only_where_one_does(name: str, opens: bool) -> None:
    told = commands(name)
    assert any("can_approve_pull_request_reviews=true" in command for command in told) is opens


def test_the_token_of_the_manifests_repository_may_what_the_jobs_do_with_it() -> None:
    ((_, _, steps),) = plans("argocd, proposed in a repository of manifests")
    (reason,) = {step.why for step in steps if step.sets and step.sets[1] == "CONFIG_REPOSITORY_TOKEN"}
    assert reason.startswith("a token that may write to the repository of the manifests and open pull requests there, ")
