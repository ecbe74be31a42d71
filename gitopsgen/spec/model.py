"""The app spec as pydantic models: what is common to all systems.

Fields of one system, such as the resource group of one kind of cluster, are in that system's pack. The models are the
source of the JSON Schema, of `gitopsgen explain` and of every message about a wrong field; a good spec is checked by
the exported schema alone, which costs a tenth.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from gitopsgen.spec import patterns, workload
from gitopsgen.spec.runtime import Runtime, System
from gitopsgen.spec.workload import Label, Model
from gitopsgen.spec.workload_fields import EnvName, EnvValue, WorkloadFields


class Ci(System):
    """The CI system that tests, builds and delivers."""

    name: Label | None = Field(None, description="The CI system, by the name of its pack.", examples=["github-actions"])


class Registry(System):
    """The container registry that holds the image."""

    type: Label | None = Field(None, description="The registry, by the name of its pack.", examples=["docker-hub"])
    pull_secret: Label | None = Field(
        None,
        description="Name of the pull secret in the namespace, for a private image. The secret itself is not ours.",
        examples=["registry-pull"],
    )


class Cluster(System):
    """The cluster that CI deploys to in push mode."""

    type: Label = Field(description="The kind of cluster, by the name of its pack.", examples=["aks"])


class Gitops(System):
    """The operator that syncs the cluster from git in pull mode."""

    operator: Label | None = Field(None, description="The operator, by the name of its pack.", examples=["argocd"])
    images: Literal["ci", "operator"] | None = Field(
        None,
        description="Who records a new image in git for the first environment: a job of CI, or the operator, which "
        "watches the registry. From there on CI promotes it.",
        examples=["operator", "ci"],
    )
    repository: str | None = Field(
        None,
        pattern=patterns.CONFIG_REPOSITORY,
        max_length=255,
        description="Where the manifests are: `same` as the app, or the URL of a repository of their own, which "
        "`generate --config-repo` writes.",
        examples=["same", "https://github.com/acme/config.git"],
    )
    branch: str | None = Field(
        None,
        pattern=patterns.BRANCH,
        max_length=128,
        description="The branch of that repository, when it is not main.",
        examples=["main", "live"],
    )
    folder: str | None = Field(
        None,
        pattern=patterns.FOLDER,
        max_length=128,
        description="The folder of this app in that repository, when it is not the app's name.",
        examples=["apps/storefront", "storefront"],
    )


def _short(key: str, type_: type = str) -> BeforeValidator:
    return BeforeValidator(lambda value: {key: value} if isinstance(value, type_) else value)


class Environment(Model):
    """One place the app is delivered to; what is missing here is as the spec says for all."""

    namespace: Label | None = Field(None, description="Its namespace in the cluster.", examples=["storefront", "shop"])
    replicas: workload.Replicas | None = Field(
        None, description="Replicas here, over the spec's own.", examples=[3, {"min": 3, "max": 9}]
    )
    resources: workload.Resources | None = Field(
        None, description="CPU and memory of one replica here.", examples=["medium", {"cpu": "1", "memory": "1Gi"}]
    )
    host: str | None = Field(
        None,
        pattern=patterns.HOST,
        max_length=253,
        description="The host name here, over that of `expose`.",
        examples=["shop.staging.example.com"],
    )
    env: dict[EnvName, EnvValue] | None = Field(
        None,
        max_length=200,
        description="Environment variables here, beside the spec's own or over them.",
        examples=[{"LOG_LEVEL": "debug"}, {"LOG_LEVEL": "warn"}],
    )
    secret_store: workload.SecretStore | None = Field(
        None, description="The store of the secrets here, over the spec's own.", examples=["vault-staging"]
    )
    promotion: Literal["auto", "approval", "pull-request"] | None = Field(
        None,
        description="How an image gets here from CI or the environment before: at once (auto), when a person approves "
        "it in CI (approval), or by a pull request (pull-request, in pull mode). Without it the first environment is "
        "auto, the others are approval in push mode and pull-request in pull mode.",
        examples=["approval", "pull-request"],
    )
    cluster: Annotated[Cluster, _short("type")] | None = Field(
        None,
        description="The cluster of this environment in push mode, when it has one of its own.",
        examples=[{"type": "aks", "resourceGroup": "rg", "name": "prod-2"}],
    )
    gitops: dict[str, Any] | None = Field(
        None,
        min_length=1,
        description="Fields of the operator that are different here in pull mode, such as the cluster it syncs to.",
        examples=[{"server": "https://prod.example.com:6443"}],
    )


class Previews(Model):
    """Deployments of pull requests; what is missing here is as in the first environment."""

    enabled: bool | None = Field(
        None, description="Whether there are any; a section that does not say so has them.", examples=[True, False]
    )
    cluster: Annotated[Cluster, _short("type")] | None = Field(
        None,
        description="The cluster of previews in push mode, where nothing else should be: CI makes namespaces there.",
        examples=[{"type": "aks", "resourceGroup": "rg", "name": "previews"}],
    )
    gitops: dict[str, Any] | None = Field(
        None, min_length=1, description="What is different for the operator.", examples=[{"clusterName": "previews"}]
    )


class _App(Model):
    """What the app is, and how it is built."""

    api_version: Literal["gitopsgen/v1"] = Field(description="Version of this format.", examples=["gitopsgen/v1"])
    name: Label = Field(
        max_length=40,
        description="Name of the app: of its Deployment, Service and pipeline. At most 40 characters, as what is named "
        "after it and an environment or a pull request must fit into the 63 of a label.",
        examples=["storefront", "shop"],
    )
    mode: Literal["push", "pull"] = Field(
        description="push: CI deploys with kubectl. pull: CI records the image in git and an operator syncs.",
        examples=["pull", "push"],
    )
    image: str = Field(
        pattern=patterns.IMAGE,
        max_length=255,
        description="The image without a tag; CI makes the tag from the commit.",
        examples=["docker.io/acme/storefront", "docker.io/acme/shop"],
    )
    repository: str | None = Field(
        None,
        pattern=patterns.REPOSITORY,
        max_length=255,
        description="URL of this git repository, as one would clone it; guessed when it is missing.",
        examples=["https://github.com/acme/storefront.git", "https://github.com/acme/shop.git"],
    )
    branch: str | None = Field(
        None,
        pattern=patterns.BRANCH,
        max_length=128,
        description="The branch that is delivered.",
        examples=["main", "trunk"],
    )
    runtime: Annotated[Runtime, _short("name")] = Field(
        description="Language runtime and its commands.",
        examples=["node", {"name": "node", "version": "24", "start": ["node", "app.js"]}],
    )


class Spec(WorkloadFields, _App):
    """One app and how it is delivered."""

    ci: Annotated[Ci, _short("name")] | None = Field(None, description="The CI system.", examples=["github-actions"])
    registry: Annotated[Registry, _short("type")] | None = Field(
        None, description="The container registry.", examples=["docker-hub", {"pullSecret": "registry-pull"}]
    )
    cluster: Annotated[Cluster, _short("type")] | None = Field(
        None,
        description="The cluster, needed in push mode.",
        examples=[{"type": "aks", "resourceGroup": "rg", "name": "prod"}],
    )
    gitops: Annotated[Gitops, _short("operator")] | None = Field(
        None, description="The operator of pull mode.", examples=["argocd"]
    )
    previews: Annotated[Previews, _short("enabled", bool)] | None = Field(
        None,
        description="Whether each pull request of this repository is deployed to a namespace of its own, and where.",
        examples=[True, {"cluster": {"type": "aks", "resourceGroup": "rg", "name": "previews"}}],
    )
    manifests: str | None = Field(
        None,
        pattern=patterns.FOLDER,
        max_length=128,
        description="Folder of the Kubernetes manifests.",
        examples=["k8s", "deploy"],
    )
    environments: dict[Label, Environment] | None = Field(
        None,
        min_length=1,
        max_length=20,
        description="Where the app is delivered to, by name, in the order in which an image passes through them.",
        examples=[{"production": {}}, {"staging": {"namespace": "shop"}}],
    )
