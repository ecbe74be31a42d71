"""What holds in push mode, where CI deploys with kubectl."""

import re
from pathlib import Path
from typing import Any

from .project import OVERLAY, PUSH, Project, deliver


def deploy_steps(project: Project) -> list[Any]:
    steps = project.workflow["jobs"]["deploy-production"]["steps"]
    assert isinstance(steps, list)
    return steps


def step_with(project: Project, action: str) -> tuple[int, Any]:
    steps = deploy_steps(project)
    (found,) = ((at, step) for at, step in enumerate(steps) if step.get("uses", "").startswith(f"{action}@"))
    return found


def test_no_key_of_the_cloud_is_stored(push: Project) -> None:
    text = push.text(".github/workflows/storefront.yaml")
    assert set(re.findall(r"secrets\.(\w+)", text)) == {"DOCKERHUB_TOKEN"}
    _, login = step_with(push, "azure/login")
    assert set(login["with"]) == {"client-id", "tenant-id", "subscription-id"}
    assert all(value.startswith("${{ vars.") for value in login["with"].values())
    assert push.workflow["jobs"]["deploy-production"]["permissions"]["id-token"] == "write"
    assert "az ad app federated-credential create" in push.setup()
    assert "repo:acme/storefront:environment:production" in push.setup()


def test_the_login_asks_nobody(push: Project) -> None:
    signed_in, _ = step_with(push, "azure/login")
    helper, kubelogin = step_with(push, "azure/use-kubelogin")
    connected, context = step_with(push, "azure/aks-set-context")
    assert signed_in < helper < connected
    assert re.fullmatch(r"v\d+\.\d+\.\d+", kubelogin["with"]["kubelogin-version"])
    assert context["with"] == {
        "resource-group": "shop",
        "cluster-name": "prod",
        "admin": "false",
        "use-kubelogin": "true",
    }


def test_kubectl_has_the_version_that_the_spec_says(push: Project, tmp_path: Path) -> None:
    _, default = step_with(push, "azure/setup-kubectl")
    assert re.fullmatch(r"v1\.\d+\.\d+", default["with"]["version"])
    older = deliver(tmp_path, PUSH.replace("name: prod}", "name: prod, kubectl: v1.34.10}"))
    _, chosen = step_with(older, "azure/setup-kubectl")
    assert chosen["with"]["version"] == "v1.34.10"


def test_the_deploy_job_waits_for_the_rollout(push: Project) -> None:
    last = deploy_steps(push)[-1]
    assert last["run"] == "sh k8s/bin/deploy.sh"
    assert (last["env"]["APP"], last["env"]["NAMESPACE"]) == ("storefront", "storefront")
    assert last["env"]["OVERLAY"] == OVERLAY
    script = push.text("k8s/bin/deploy.sh")
    _, applied, after = script.partition('apply -k "${overlay}" ')
    assert applied
    assert 'rollout status "deployment/${app}" --timeout="${timeout}"' in after
    (more,) = re.findall(r"timeout=\$\(\(deadline \+ (\d+)\)\)s", script)
    # Kubernetes gives up first, so that the log has the reason; and the job lives long enough to roll back.
    deadline = push.object("Deployment")["spec"]["progressDeadlineSeconds"]
    minutes = push.workflow["jobs"]["deploy-production"]["timeout-minutes"]
    assert int(more) > 0
    assert 2 * (deadline + int(more)) < minutes * 60


def test_every_kind_that_is_applied_can_be_pruned(push: Project) -> None:
    """A kind that prune.sh does not look for would stay in the cluster after the overlay has dropped it."""
    parts = re.findall(r"default_kinds=(?:\$\{default_kinds\},)?(\S+)", push.text("k8s/bin/prune.sh"))
    looked_for = {kind.partition(".")[0] for kind in ",".join(parts).split(",")}
    applied = {item["kind"].lower() for item in push.objects()} - {"namespace"}
    plural = {kind[:-1] + "ies" if kind.endswith("y") else kind + "s" for kind in applied}
    assert len(plural) == 5
    assert plural <= looked_for
    selector = "app.kubernetes.io/instance=${app},app.kubernetes.io/managed-by=gitopsgen"
    assert selector in push.text("k8s/bin/prune.sh")
    (labels,) = (entry["pairs"] for entry in push.yaml("k8s/base/kustomization.yaml")["labels"])
    assert labels["app.kubernetes.io/managed-by"] == "gitopsgen"


def test_the_namespace_is_an_administrators_job(push: Project) -> None:
    overlay = push.yaml(f"{OVERLAY}/kustomization.yaml")
    assert "namespace.yaml" not in overlay["resources"]
    assert f"kubectl apply -f {OVERLAY}/namespace.yaml" in push.setup()


def test_going_back_on_purpose_is_a_newer_commit(push: Project, pull: Project) -> None:
    """An older commit would be refused as stale, so the way back that is printed must not be a deployment of one."""
    assert "git revert --no-edit --mainline 1 HEAD git push origin HEAD" in push.setup()
    assert "git revert" not in pull.setup()
