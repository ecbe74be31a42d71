"""The schemas of the resources: sound, strict, and open to what a good tree holds."""

import copy
import json
import shutil
import subprocess
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml

from .runner import installed
from .subject import ROOT, TOOLS, Subject

SCHEMAS = ROOT / "schemas" / "resources"
# Files of CI systems that the sample does not use, each with a wrong document; test_outputs.py has right ones.
PIPELINES = {
    "buildkite": {"steps": 5},
    "circle-ci": {"version": 2.1, "jobs": 5},
    "gitlab-ci": {"stages": 5},
}
IMAGES = ("ImageRepository", "ImagePolicy", "ImageUpdateAutomation")
NAMES = sorted(path.stem for path in SCHEMAS.glob("*.json") if path.stem not in PIPELINES)
SAMPLE = ROOT / "examples" / "pull"

# The kinds which the sample does not hold.
EXAMPLES = """
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {LOG_LEVEL: info}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  minReplicas: 2
  maxReplicas: 6
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  ingressClassName: internal
  rules:
    - host: shop.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec: {backoffLimit: 0, template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: "web:1"}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: "0 3 * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: report, image: "web:1"}]}}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: web-data}
spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  parentRefs: [{name: public, namespace: edge, sectionName: https}]
  hostnames: [web.example.com]
  rules: [{matches: [{path: {type: PathPrefix, value: /}}], backendRefs: [{name: web, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: web}
spec:
  parentRefs: [{name: public}]
  hostnames: [web.example.com]
  rules: [{backendRefs: [{name: web, port: 80}]}]
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web}
spec:
  refreshInterval: 1h
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: web, creationPolicy: Owner, deletionPolicy: Retain}
  data:
    - secretKey: URL
      remoteRef: {key: web/db, property: url}
      sourceRef: {storeRef: {kind: SecretStore, name: other}}
---
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: web-production, namespace: argocd}
spec:
  goTemplate: true
  goTemplateOptions: ["missingkey=error"]
  generators: [{clusters: {}}]
  template:
    metadata: {name: "web-{{.name}}"}
    spec:
      project: web
      source: {repoURL: "https://git.example.com/acme/web.git", targetRevision: main, path: k8s/overlays/production}
      destination: {server: "{{.server}}", namespace: web}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: web-production, namespace: flux-system}
spec:
  interval: 1m
  url: https://git.example.com/acme/web.git
  ref: {branch: main}
  secretRef: {name: web-git}
  sparseCheckout: [k8s]
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web-production, namespace: flux-system}
spec:
  interval: 60m
  retryInterval: 2m
  timeout: 300s
  sourceRef: {kind: GitRepository, name: web-production}
  path: k8s/overlays/production
  dependsOn: [{name: infrastructure}]
  serviceAccountName: web
  decryption: {provider: sops, secretRef: {name: sops-age}}
  prune: true
  wait: true
  force: false
  deletionPolicy: Orphan
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: web-staging, namespace: flux-system}
spec: {image: ghcr.io/acme/web, interval: 5m, provider: generic, secretRef: {name: registry}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: web-staging, namespace: flux-system}
spec:
  imageRepositoryRef: {name: web-staging}
  filterTags: {pattern: "^sha-[0-9a-f]{40}-(?P<number>[0-9]+)$", extract: $number}
  policy: {numerical: {order: asc}}
  digestReflectionPolicy: Always
  interval: 5m
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: web-staging, namespace: flux-system}
spec:
  interval: 5m
  sourceRef: {kind: GitRepository, name: web-staging}
  git:
    checkout: {ref: {branch: main}}
    commit: {author: {name: flux, email: flux@example.com}, messageTemplate: deploy}
    push: {branch: main}
  policySelector: {matchLabels: {app.kubernetes.io/instance: web-staging}}
  update: {strategy: Setters, path: k8s/overlays/staging/image}
---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Provider
metadata: {name: web-staging, namespace: flux-system}
spec: {type: slack, channel: deployments, secretRef: {name: slack}}
---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Alert
metadata: {name: web-staging, namespace: flux-system}
spec:
  providerRef: {name: web-staging}
  eventSeverity: info
  eventSources: [{kind: Kustomization, name: web-staging}]
---
apiVersion: notification.toolkit.fluxcd.io/v1
kind: Receiver
metadata: {name: web-staging, namespace: flux-system}
spec:
  type: github
  events: [ping, push]
  secretRef: {name: webhook}
  resources: [{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, name: web-staging}]
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: web-db}
spec: {encryptedData: {url: AgBy3i4OJSWK}}
"""


def schema_of(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return schema


def name_of(document: dict[str, Any]) -> str:
    group, _, version = document["apiVersion"].rpartition("/")
    return f"{group or 'core'}_{version}_{document['kind']}"


def good_documents() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    resources = [document for documents in Subject(SAMPLE).resources.values() for document in documents]
    for document in [*resources, *yaml.safe_load_all(EXAMPLES)]:
        found.setdefault(name_of(document), []).append(document)
    workflows = [yaml.safe_load((SAMPLE / name).read_text(encoding="utf-8")) for name in Subject(SAMPLE).workflows]
    return found | {"github-workflow": workflows}


def fields_of(value: Any) -> list[dict[str, Any]]:
    """Return every mapping inside a document, itself first."""
    if isinstance(value, dict):
        return [value, *(found for sub in value.values() for found in fields_of(sub))]
    return [found for sub in value for found in fields_of(sub)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", NAMES)
def test_is_a_schema_that_needs_no_other_file(name: str) -> None:
    schema = schema_of(name)
    jsonschema.validators.validator_for(schema).check_schema(schema)
    references = [found["$ref"] for found in fields_of(schema) if isinstance(found.get("$ref"), str)]
    assert [reference for reference in references if not reference.startswith("#/")] == []
    jsonschema_rs.validator_for(schema)


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_schema_needs_no_other_file_and_refuses_what_is_wrong(name: str) -> None:
    schema = schema_of(name)
    references = [found["$ref"] for found in fields_of(schema) if isinstance(found.get("$ref"), str)]
    assert [reference for reference in references if not reference.startswith("#")] == []
    assert not jsonschema_rs.validator_for(schema).is_valid(PIPELINES[name])


@pytest.mark.parametrize("name", NAMES)
def test_accepts_what_is_right(name: str) -> None:
    validator = jsonschema_rs.validator_for(schema_of(name))
    documents = good_documents()[name]
    assert documents
    assert [error.message for document in documents for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize("name", NAMES)
def test_refuses_an_unknown_field(name: str) -> None:
    validator = jsonschema_rs.validator_for(schema_of(name))
    for document in good_documents()[name]:
        assert not validator.is_valid({**document, "speck": {}})


@pytest.mark.parametrize("name", [name for name in NAMES if name != "github-workflow"])
def test_refuses_an_unknown_field_at_every_depth(name: str) -> None:
    validator = jsonschema_rs.validator_for(schema_of(name))
    for document in good_documents()[name]:
        for number, original in enumerate(fields_of(document)):
            if _holds_free_names(original, document):
                continue
            changed = copy.deepcopy(document)
            fields_of(changed)[number]["unknownField"] = {}
            assert not validator.is_valid(changed), original


def _holds_free_names(mapping: dict[str, Any], document: dict[str, Any]) -> bool:
    """Say whether the keys of a mapping are the user's names: they take any text, but nothing else."""
    named = ("labels", "annotations", "matchLabels", "selector", "pairs", "data", "encryptedData", "requests", "limits")
    return any(mapping is parent.get(name) for parent in fields_of(document) for name in named)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("apps_v1_Deployment", "spec", None),
        ("apps_v1_Deployment", "status", {}),
        ("apps_v1_Deployment", "kind", "StatefulSet"),
        ("core_v1_Service", "apiVersion", "v2"),
        ("core_v1_Service", "metadata", {"name": 1}),
        ("argoproj.io_v1alpha1_Application", "spec", {"project": "web"}),
        ("argoproj.io_v1alpha1_Application", "apiVersion", "argoproj.io/v1"),
        ("gateway.networking.k8s.io_v1_HTTPRoute", "apiVersion", "gateway.networking.k8s.io/v1beta1"),
        ("external-secrets.io_v1_ExternalSecret", "apiVersion", "external-secrets.io/v1beta1"),
        ("external-secrets.io_v1_ExternalSecret", "spec", {"data": [{"secretKey": "URL"}]}),
        *((f"image.toolkit.fluxcd.io_v1_{kind}", "apiVersion", "image.toolkit.fluxcd.io/v1beta2") for kind in IMAGES),
        ("notification.toolkit.fluxcd.io_v1_Receiver", "apiVersion", "notification.toolkit.fluxcd.io/v1beta2"),
        ("notification.toolkit.fluxcd.io_v1beta3_Alert", "apiVersion", "notification.toolkit.fluxcd.io/v1beta2"),
        ("notification.toolkit.fluxcd.io_v1beta3_Provider", "apiVersion", "notification.toolkit.fluxcd.io/v1beta2"),
        ("notification.toolkit.fluxcd.io_v1beta3_Provider", "spec", {"type": "carrier-pigeon"}),
        ("source.toolkit.fluxcd.io_v1_GitRepository", "apiVersion", "source.toolkit.fluxcd.io/v1beta2"),
        ("kustomize.toolkit.fluxcd.io_v1_Kustomization", "apiVersion", "kustomize.toolkit.fluxcd.io/v1beta2"),
        ("argoproj.io_v1alpha1_ApplicationSet", "spec", {"generators": []}),
        ("argoproj.io_v1alpha1_AppProject", "apiVersion", "argoproj.io/v1beta1"),
        ("core_v1_PersistentVolumeClaim", "spec", {"accessModes": "ReadWriteOnce"}),
        ("kustomize.config.k8s.io_v1beta1_Kustomization", "vars", []),
        ("kustomize.config.k8s.io_v1alpha1_Component", "images", [{"name": "web", "newTag": 20}]),
        ("github-workflow", "jobs", {"build": {"steps": []}}),
    ],
)
def test_refuses_a_wrong_value(name: str, field: str, value: object) -> None:
    validator = jsonschema_rs.validator_for(schema_of(name))
    assert not validator.is_valid({**good_documents()[name][0], field: value})


def test_is_what_the_pinned_packages_give() -> None:
    if not installed("python") or not shutil.which("go"):
        pytest.skip("needs go, and python tools/install.py python")
    command = [str(TOOLS / "python" / "bin" / "python"), str(ROOT / "tools" / "resource_schemas.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
