"""The Kubernetes objects, the same in both modes."""

from pathlib import Path
from typing import Any

import pytest

from .project import PULL, Project, deliver

LABELS = {"app.kubernetes.io/name": "storefront", "app.kubernetes.io/instance": "storefront"}


def test_names_come_from_the_spec(project: Project) -> None:
    kinds = ("Deployment", "Service", "ServiceAccount", "NetworkPolicy", "PodDisruptionBudget", "Namespace")
    assert {project.object(kind)["metadata"]["name"] for kind in kinds} == {"storefront"}
    assert "kubectl port-forward --namespace storefront service/storefront 8080:80" in project.setup()


def test_everything_has_its_namespace(project: Project) -> None:
    inside = [item for item in project.objects() if item["kind"] != "Namespace"]
    assert len(inside) == 5
    assert {item["metadata"]["namespace"] for item in inside} == {"storefront"}
    assert project.object("Namespace")["metadata"]["name"] == "storefront"


def test_pods_are_asked_whether_they_serve(project: Project) -> None:
    probes = project.container
    for probe in ("startupProbe", "readinessProbe"):
        assert probes[probe]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert probes["livenessProbe"]["tcpSocket"] == {"port": "http"}
    assert probes["ports"] == [{"name": "http", "containerPort": 3000, "protocol": "TCP"}]
    strategy = project.object("Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxSurge": 1, "maxUnavailable": 0}


def test_pods_say_what_they_need_and_may_use(project: Project) -> None:
    resources = project.container["resources"]
    assert set(resources["requests"]) == set(resources["limits"]) == {"cpu", "memory", "ephemeral-storage"}
    assert resources["requests"]["memory"] == resources["limits"]["memory"]


def test_the_container_can_do_little(project: Project) -> None:
    context = project.container["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert project.pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert project.pod["automountServiceAccountToken"] is False
    labels = project.object("Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize(
    ("expose", "expected"), [("", "ClusterIP"), ("expose: load-balancer\n", "LoadBalancer")], ids=["default", "asked"]
)
def test_a_public_address_is_given_only_on_request(tmp_path: Path, expose: str, expected: str) -> None:
    service = deliver(tmp_path, PULL + expose).object("Service")["spec"]
    assert service["type"] == expected
    assert [(port["port"], port["targetPort"]) for port in service["ports"]] == [(80, "http")]


def test_pods_are_spread_and_nodes_are_drained_one_pod_at_a_time(project: Project) -> None:
    (spread,) = project.pod["topologySpreadConstraints"]
    assert spread["topologyKey"] == "topology.kubernetes.io/zone"
    preferred = project.pod["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert [term["podAffinityTerm"]["topologyKey"] for term in preferred] == ["kubernetes.io/hostname"]
    budget = project.object("PodDisruptionBudget")["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"]["matchLabels"] == LABELS


def test_labels_are_the_recommended_ones(project: Project) -> None:
    deployment: Any = project.object("Deployment")
    assert project.object("Service")["spec"]["selector"] == LABELS
    assert deployment["spec"]["selector"]["matchLabels"] == LABELS
    assert deployment["spec"]["template"]["metadata"]["labels"] == LABELS
    assert all(LABELS.items() <= item["metadata"]["labels"].items() for item in project.objects())
    assert not any("name" in item["metadata"]["labels"] for item in project.objects())
