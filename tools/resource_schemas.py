"""Write `schemas/resources/`: compact, strict JSON Schemas of the kinds that gitopsgen writes.

Usage: python tools/resource_schemas.py [--check]

Needs `python tools/install.py python` and `go`. Everything comes from pinned packages, so the same files come out each
time; `--check` writes nothing and exits 1 when the files differ.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from kustomization_schema import kustomize_schema
from schema_compaction import Schema, compact, deduplicate, pick_definitions

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "schemas" / "resources"
PACKAGES = ROOT / ".tools" / "python" / "lib"

KUBERNETES = "1.37.0"
ARGO_CD = "github.com/argoproj/argo-cd/v3@v3.5.1"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

KUBERNETES_KINDS = {
    "apps_v1_Deployment": "io.k8s.api.apps.v1.Deployment",
    "autoscaling_v2_HorizontalPodAutoscaler": "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
    "batch_v1_CronJob": "io.k8s.api.batch.v1.CronJob",
    "batch_v1_Job": "io.k8s.api.batch.v1.Job",
    "core_v1_ConfigMap": "io.k8s.api.core.v1.ConfigMap",
    "core_v1_Namespace": "io.k8s.api.core.v1.Namespace",
    "core_v1_PersistentVolumeClaim": "io.k8s.api.core.v1.PersistentVolumeClaim",
    "core_v1_Service": "io.k8s.api.core.v1.Service",
    "core_v1_ServiceAccount": "io.k8s.api.core.v1.ServiceAccount",
    "networking.k8s.io_v1_Ingress": "io.k8s.api.networking.v1.Ingress",
    "networking.k8s.io_v1_NetworkPolicy": "io.k8s.api.networking.v1.NetworkPolicy",
    "policy_v1_PodDisruptionBudget": "io.k8s.api.policy.v1.PodDisruptionBudget",
}
ARGO_CD_KINDS = {
    "Application": "application-crd.yaml",
    "ApplicationSet": "applicationset-crd.yaml",
    "AppProject": "appproject-crd.yaml",
}
GATEWAY_API = "sigs.k8s.io/gateway-api@v1.6.1"
# The last release that the Go proxy has; v1 of the resource is the same in later ones.
EXTERNAL_SECRETS = "github.com/external-secrets/external-secrets@v1.3.2"
SEALED_SECRETS = "github.com/bitnami-labs/sealed-secrets@v0.36.6"
SOURCE_CONTROLLER = "github.com/fluxcd/source-controller@v1.9.4"
KUSTOMIZE_CONTROLLER = "github.com/fluxcd/kustomize-controller@v1.9.4"
IMAGE_REFLECTOR = "github.com/fluxcd/image-reflector-controller@v1.2.4"
IMAGE_AUTOMATION = "github.com/fluxcd/image-automation-controller@v1.2.4"
NOTIFICATION_CONTROLLER = "github.com/fluxcd/notification-controller@v1.9.3"
# Go module -> its custom resource definitions.
DEFINITIONS = {
    GATEWAY_API: (
        "config/crd/standard/gateway.networking.k8s.io_grpcroutes.yaml",
        "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
    ),
    EXTERNAL_SECRETS: ("config/crds/bases/external-secrets.io_externalsecrets.yaml",),
    SOURCE_CONTROLLER: ("config/crd/bases/source.toolkit.fluxcd.io_gitrepositories.yaml",),
    KUSTOMIZE_CONTROLLER: ("config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml",),
    IMAGE_REFLECTOR: (
        "config/crd/bases/image.toolkit.fluxcd.io_imagepolicies.yaml",
        "config/crd/bases/image.toolkit.fluxcd.io_imagerepositories.yaml",
    ),
    IMAGE_AUTOMATION: ("config/crd/bases/image.toolkit.fluxcd.io_imageupdateautomations.yaml",),
    NOTIFICATION_CONTROLLER: (
        "config/crd/bases/notification.toolkit.fluxcd.io_alerts.yaml",
        "config/crd/bases/notification.toolkit.fluxcd.io_providers.yaml",
        "config/crd/bases/notification.toolkit.fluxcd.io_receivers.yaml",
    ),
    SEALED_SECRETS: ("helm/sealed-secrets/crds/bitnami.com_sealedsecrets.yaml",),
}

# Files of CI systems, by the names that SchemaStore and the vendors give their schemas.
PIPELINES = {
    "github-workflow": "github-workflows",
    "circle-ci": "circle-ci",
    "buildkite": "buildkite",
    "gitlab-ci": "gitlab-ci",
}

# What the API server writes, and nobody writes into a manifest.
SERVER_FIELDS = ("status", "operation")
METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
METADATA_FIELDS = ("annotations", "finalizers", "generateName", "labels", "name", "namespace")

# Each file with its origin, as the licences ask for.
NOTICE = f"""\
The files of this folder are written by tools/resource_schemas.py; do not edit them.

- apps, autoscaling, batch, core, networking.k8s.io, policy: the OpenAPI of Kubernetes {KUBERNETES}, Apache-2.0,
  as in the package kubernetes-validate {KUBERNETES}, Apache-2.0.
- argoproj.io: the custom resource definitions of Argo CD {ARGO_CD.rpartition("@")[2]}, Apache-2.0.
- gateway.networking.k8s.io: Gateway API {GATEWAY_API.rpartition("@")[2]}, Apache-2.0.
- external-secrets.io: External Secrets Operator {EXTERNAL_SECRETS.rpartition("@")[2]}, Apache-2.0.
- bitnami.com: Sealed Secrets {SEALED_SECRETS.rpartition("@")[2]}, Apache-2.0.
- source.toolkit.fluxcd.io, kustomize.toolkit.fluxcd.io, image.toolkit.fluxcd.io, notification.toolkit.fluxcd.io:
  Flux's source-controller {SOURCE_CONTROLLER.rpartition("@")[2]},
  kustomize-controller {KUSTOMIZE_CONTROLLER.rpartition("@")[2]},
  image-reflector-controller {IMAGE_REFLECTOR.rpartition("@")[2]},
  image-automation-controller {IMAGE_AUTOMATION.rpartition("@")[2]}
  and notification-controller {NOTIFICATION_CONTROLLER.rpartition("@")[2]}, Apache-2.0.
- buildkite, circle-ci, github-workflow, gitlab-ci: SchemaStore (Apache-2.0), CircleCI, Buildkite and GitLab (MIT), as
  in the package check-jsonschema 0.39.0, Apache-2.0.
- kustomize.config.k8s.io: part of gitopsgen, written after the fields of kustomize v5.

Changed here: descriptions, defaults and formats are dropped; unknown fields, null, and what only the API server writes
are refused in the resources.
"""


def kubernetes_schemas() -> dict[str, Schema]:
    """Return the schemas of the kinds of Kubernetes itself."""
    folder = f"kubernetes_validate/kubernetes-json-schema/v{KUBERNETES}-local-strict"
    definitions = json.loads(_packaged(f"{folder}/_definitions.json"))["$defs"]
    definitions[METADATA] = object_metadata(definitions)
    return {name: _kubernetes_schema(definitions, origin) for name, origin in KUBERNETES_KINDS.items()}


def object_metadata(definitions: dict[str, Schema]) -> Schema:
    """Return the schema of `metadata`, without what the API server fills in."""
    fields = definitions[METADATA]["properties"]
    return {**definitions[METADATA], "properties": {name: fields[name] for name in METADATA_FIELDS}}


def _kubernetes_schema(definitions: dict[str, Schema], origin: str) -> Schema:
    schema = dict(definitions[origin])
    schema["properties"] = {name: sub for name, sub in schema["properties"].items() if name not in SERVER_FIELDS}
    schema["required"] = sorted({"apiVersion", "kind", "metadata", *schema.get("required", [])})
    return pick_definitions(compact({"$schema": DIALECT, **schema}, nulls=False), definitions)


def argo_cd_schemas() -> dict[str, Schema]:
    """Return the schemas of the resources of Argo CD."""
    folder = Path(_go_module(ARGO_CD)) / "manifests" / "crds"
    return {
        f"argoproj.io_v1alpha1_{kind}": _resource_schema(yaml.safe_load((folder / file).read_text(encoding="utf-8")))
        for kind, file in ARGO_CD_KINDS.items()
    }


def defined_schemas() -> dict[str, Schema]:
    """Return the schemas of the resources of other projects, in the version that is stored."""
    found = {}
    for module, files in DEFINITIONS.items():
        folder = Path(_go_module(module))
        for file in files:
            definition = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
            version = _stored(definition)["name"]
            name = f"{definition['spec']['group']}_{version}_{definition['spec']['names']['kind']}"
            found[name] = _resource_schema(definition)
    return found


def _stored(definition: dict[str, Any]) -> dict[str, Any]:
    [version] = [known for known in definition["spec"]["versions"] if known["storage"]]
    return dict(version)


def _resource_schema(definition: dict[str, Any]) -> Schema:
    version = _stored(definition)
    schema = version["schema"]["openAPIV3Schema"]
    fields = {name: sub for name, sub in schema["properties"].items() if name not in SERVER_FIELDS}
    fields["apiVersion"] = {"const": f"{definition['spec']['group']}/{version['name']}"}
    fields["kind"] = {"const": definition["spec"]["names"]["kind"]}
    fields["metadata"] = _plain_metadata()
    required = sorted({"apiVersion", "kind", "metadata", *schema.get("required", [])})
    return deduplicate(compact({"$schema": DIALECT, **schema, "properties": fields, "required": required}, close=True))


def _plain_metadata() -> Schema:
    texts: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
    text: Schema = {"type": "string"}
    fields: dict[str, Schema] = {
        "annotations": texts,
        "finalizers": {"type": "array", "items": text},
        "labels": texts,
        "name": text,
        "namespace": text,
    }
    return {"type": "object", "properties": fields, "required": ["name"]}


def pipeline_schemas() -> dict[str, Schema]:
    """Return the schemas of the files of CI systems."""
    return {name: _store_schema(file) for name, file in PIPELINES.items()}


def _store_schema(file: str) -> Schema:
    schema = json.loads(_packaged(f"check_jsonschema/builtin_schemas/vendor/{file}.json"))
    # The address of the original would make a validator look there for what is here.
    schema.pop("$id", None)
    kept: Schema = _without(compact(schema), "markdownDescription")
    return kept


def _without(value: Any, dropped: str) -> Any:
    if isinstance(value, dict):
        return {key: _without(item, dropped) for key, item in value.items() if key != dropped}
    return [_without(item, dropped) for item in value] if isinstance(value, list) else value


def _packaged(path: str) -> bytes:
    found = sorted(PACKAGES.glob(f"python3*/site-packages/{path}"))
    if not found:
        sys.exit("run `python tools/install.py python` first")
    return found[0].read_bytes()


def _go_module(module: str) -> str:
    command = ["go", "mod", "download", "-json", module]
    done = subprocess.run(command, check=True, capture_output=True, cwd="/")
    return str(json.loads(done.stdout)["Dir"])


def served_versions() -> dict[str, set[str]]:
    """Return, of every kind that has a schema, the versions that are served, by `GROUP_Kind`."""
    folder = f"kubernetes_validate/kubernetes-json-schema/v{KUBERNETES}-local-strict"
    definitions = json.loads(_packaged(f"{folder}/_definitions.json"))["$defs"]
    found: dict[str, set[str]] = {}
    for name in KUBERNETES_KINDS:
        group, _, kind = name.split("_")
        origin = f"io.k8s.api.{group.split('.')[0]}."
        known = [other for other in definitions if other.startswith(origin) and other.endswith(f".{kind}")]
        found[f"{group}_{kind}"] = {other.split(".")[-2] for other in known}
    modules = {ARGO_CD: [f"manifests/crds/{file}" for file in ARGO_CD_KINDS.values()], **DEFINITIONS}
    for module, files in modules.items():
        for file in files:
            spec = yaml.safe_load((Path(_go_module(module)) / file).read_text(encoding="utf-8"))["spec"]
            versions = {version["name"] for version in spec["versions"] if version["served"]}
            found[f"{spec['group']}_{spec['names']['kind']}"] = versions
    return found


def build() -> dict[str, str]:
    """Return the text of every file of the folder, by name."""
    schemas = {
        **kubernetes_schemas(),
        **argo_cd_schemas(),
        **defined_schemas(),
        **pipeline_schemas(),
        "kustomize.config.k8s.io_v1beta1_Kustomization": {
            "$schema": DIALECT,
            **kustomize_schema("v1beta1", "Kustomization"),
        },
        "kustomize.config.k8s.io_v1alpha1_Component": {"$schema": DIALECT, **kustomize_schema("v1alpha1", "Component")},
    }
    texts = {f"{name}.json": _text(schema) for name, schema in schemas.items()}
    served = [f"{name} {' '.join(sorted(versions))}\n" for name, versions in sorted(served_versions().items())]
    return {**texts, "NOTICE": NOTICE, "SERVED": "".join(served)}


def _text(schema: Schema) -> str:
    return json.dumps(schema, sort_keys=True, separators=(",", ":")) + "\n"


def main(arguments: list[str]) -> int:
    """Write the folder, or say which of its files differ."""
    wanted = build()
    present = {file.name: file.read_text(encoding="utf-8") for file in TARGET.glob("*") if file.is_file()}
    differing = sorted(name for name in {*wanted, *present} if wanted.get(name) != present.get(name))
    if "--check" in arguments:
        sys.stdout.writelines(f"differs: {name}\n" for name in differing)
        return 1 if differing else 0
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in differing:
        if name in wanted:
            (TARGET / name).write_text(wanted[name], encoding="utf-8")
        else:
            (TARGET / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
