"""The part of the app spec that says what runs in the cluster, as pydantic models; see `model.py`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from gitopsgen.spec import patterns

Label = Annotated[str, Field(pattern=patterns.LABEL)]
ShortLabel = Annotated[str, Field(pattern=patterns.SHORT_LABEL)]
Argument = Annotated[str, Field(pattern=patterns.ARGUMENT, max_length=4096)]
Text = Annotated[str, Field(pattern=patterns.ENV_VALUE, max_length=32768)]
PortName = Annotated[str, Field(pattern=patterns.PORT_NAME)]
ConfigKey = Annotated[str, Field(pattern=patterns.CONFIG_KEY)]
ConfigFile = Annotated[str, Field(pattern=patterns.FOLDER, max_length=128)]
AnnotationKey = Annotated[str, Field(pattern=patterns.ANNOTATION)]
LabelValue = Annotated[str, Field(pattern=patterns.LABEL_VALUE)]
Minutes = Annotated[int, Field(ge=1, le=1440)]
Percent = Annotated[int, Field(ge=1, le=100)]
Count = Annotated[int, Field(ge=1, le=100)]
Cpu = Annotated[str, Field(pattern=patterns.CPU)]
Memory = Annotated[str, Field(pattern=patterns.MEMORY)]
Kept = Annotated[int, Field(ge=0, le=100)]


class Model(BaseModel):
    """What every section has in common: unknown keys are refused, and no value is turned into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class Resources(Model):
    """What one replica asks for and may use. Memory has the same request and limit unless `memoryLimit` says more."""

    size: Literal["small", "medium", "large"] | None = Field(
        None, description="A named size; single values below override it.", examples=["small", "medium"]
    )
    cpu: Cpu | None = Field(None, description="CPU requested, in cores or thousandths.", examples=["100m", "250m"])
    memory: Memory | None = Field(
        None, description="Memory requested, and the limit when none is written.", examples=["128Mi", "256Mi"]
    )
    cpu_limit: Cpu | None = Field(
        None, description="CPU limit, in cores or thousandths; a bare number in quotes.", examples=["1", "2"]
    )
    memory_limit: Memory | None = Field(
        None, description="Memory limit, when it is not what is requested.", examples=["256Mi", "512Mi"]
    )


class Replicas(Model):
    """How many pods run: a number, or the bounds between which a HorizontalPodAutoscaler chooses."""

    count: Count | None = Field(None, description="How many pods run.", examples=[2, 3])
    min: Count | None = Field(None, description="The fewest pods, when their number follows the load.", examples=[2])
    max: Count | None = Field(None, description="The most pods, when their number follows the load.", examples=[6, 10])
    cpu: Percent | None = Field(
        None, description="CPU in use that is aimed at, in percent of what is requested.", examples=[70, 60]
    )
    memory: Percent | None = Field(
        None, description="Memory in use that is aimed at, in percent of what is requested.", examples=[80]
    )


class Schedule(Model):
    """When a cron job runs, and what happens around it."""

    cron: str = Field(
        pattern=patterns.CRON,
        max_length=100,
        description="Minute, hour, day, month and weekday, as cron has them, or @daily and the like.",
        examples=["0 3 * * *", "*/15 * * * *"],
    )
    time_zone: str | None = Field(
        None,
        pattern=patterns.TIME_ZONE,
        max_length=64,
        description="The time zone of the schedule, by its IANA name.",
        examples=["Europe/Berlin", "Etc/UTC"],
    )
    concurrency: Literal["forbid", "replace", "allow"] | None = Field(
        None,
        description="What happens when the last run is not over yet: the new one is skipped (forbid), the last one is "
        "stopped (replace), or both run (allow).",
        examples=["forbid", "replace"],
    )
    keep_succeeded: Kept | None = Field(None, description="How many finished runs are kept to look at.", examples=[3])
    keep_failed: Kept | None = Field(None, description="How many failed runs are kept to look at.", examples=[3, 1])
    retries: Annotated[int, Field(ge=0, le=10)] | None = Field(
        None, description="How often a run that fails is tried again.", examples=[0, 2]
    )
    minutes: Minutes | None = Field(None, description="A run is stopped after so many minutes.", examples=[60, 10])


class Gateway(Model):
    """The Gateway that a route is attached to."""

    name: Label = Field(description="Name of the Gateway.", examples=["public"])
    namespace: Label | None = Field(
        None, description="Its namespace, when it is not the app's own.", examples=["gateways"]
    )
    listener: Label | None = Field(None, description="One listener of it, by name.", examples=["https"])


class Expose(Model):
    """Who can reach the app."""

    type: Literal["cluster", "load-balancer", "http-route", "ingress"] = Field(
        description="`cluster`: from inside the cluster only. `load-balancer`: a public address of its own, plain TCP. "
        "`http-route`: by a host name through a Gateway. `ingress`: by a host name through an ingress controller.",
        examples=["cluster", "load-balancer"],
    )
    host: str | None = Field(
        None,
        pattern=patterns.HOST,
        max_length=253,
        description="The host name of an `http-route` or `ingress`.",
        examples=["shop.example.com"],
    )
    gateway: Gateway | None = Field(
        None,
        description="The Gateway of an `http-route`.",
        examples=["public", {"name": "public", "namespace": "edge"}],
    )
    ingress_class: Label | None = Field(
        None, description="The class of an `ingress`; without it the cluster's default.", examples=["traefik"]
    )
    tls_secret: Label | None = Field(
        None,
        description="The Secret with the certificate of an `ingress`. It is not ours: a certificate manager makes it.",
        examples=["shop-tls"],
    )
    annotations: dict[AnnotationKey, Text] | None = Field(
        None,
        max_length=50,
        description="Annotations of the Service of a `load-balancer`, or of the route or Ingress.",
        examples=[{"cert-manager.io/cluster-issuer": "letsencrypt"}],
    )


class Port(Model):
    """A port beside the main one; the Service has it under the same number."""

    port: int = Field(ge=1024, le=65535, description="The number of the port, 1024 or more.", examples=[9090, 9100])
    protocol: Literal["tcp", "udp"] | None = Field(None, description="What is spoken on it.", examples=["udp", "tcp"])


class Config(Model):
    """Settings in a ConfigMap, whose name follows from its content, so that a change is a rollout."""

    files: list[ConfigFile] | None = Field(
        None,
        min_length=1,
        max_length=50,
        description="Files that you keep in base/config/ of the manifests.",
        examples=[["app.yaml"], ["nginx/site.conf"]],
    )
    values: dict[ConfigKey, Text] | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Texts by name: environment variables, or files when `mount` is set.",
        examples=[{"FEATURE_X": "on"}, {"motd.txt": "welcome"}],
    )
    mount: str | None = Field(
        None,
        pattern=patterns.MOUNT,
        max_length=128,
        description="Folder in the container that holds one file for each name.",
        examples=["/etc/app"],
    )


class Secret(Model):
    """Where the value of one environment variable is kept; never the value."""

    key: str | None = Field(
        None,
        pattern=patterns.REMOTE_KEY,
        max_length=512,
        description="The key: of the store's entry, or of the Secret that a committed file makes.",
        examples=["shop/db", "url"],
    )
    property: str | None = Field(
        None,
        pattern=patterns.REMOTE_KEY,
        max_length=253,
        description="One property of the store's entry, when it has several.",
        examples=["url", "password"],
    )
    store: Label | None = Field(
        None, description="The store, over `secretStore`, by name; of the same kind.", examples=["vault"]
    )
    sealed: ShortLabel | None = Field(
        None,
        description="Name of a SealedSecret, which you commit as secrets/NAME.yaml beside the overlay's kustomization.",
        examples=["shop-db"],
    )
    sops: ShortLabel | None = Field(
        None,
        description="Name of a Secret that SOPS has encrypted, committed as secrets/NAME.yaml in the overlay.",
        examples=["shop-db"],
    )


class SecretStore(Model):
    """The store that External Secrets reads from."""

    name: Label = Field(description="Name of the store.", examples=["vault"])
    kind: Literal["SecretStore", "ClusterSecretStore"] | None = Field(
        None, description="Whether it is the namespace's or the cluster's.", examples=["SecretStore"]
    )


class Volume(Model):
    """A folder that the app may write to."""

    mount: str = Field(
        pattern=patterns.MOUNT, max_length=128, description="Where it is in the container.", examples=["/var/cache/app"]
    )
    type: Literal["scratch", "claim"] | None = Field(
        None,
        description="`scratch`: empty whenever a pod starts. `claim`: a disk that outlives the pods.",
        examples=["claim", "scratch"],
    )
    size: Memory | None = Field(None, description="How much it holds.", examples=["1Gi", "512Mi"])
    storage_class: Label | None = Field(
        None, description="The class of a `claim`; without it the cluster's default.", examples=["premium"]
    )
    access: Literal["one-node", "many-nodes"] | None = Field(
        None,
        description="Whether pods of one node share a `claim` (ReadWriteOnce) or of many (ReadWriteMany).",
        examples=["many-nodes", "one-node"],
    )


class Migration(Model):
    """A Job from the same image that must succeed before the new version starts."""

    command: list[Argument] = Field(
        min_length=1,
        max_length=64,
        description="The command, one argument a list item; it must be safe to run twice.",
        examples=[["node", "migrate.js"]],
    )
    minutes: Minutes | None = Field(None, description="It is stopped after so many minutes.", examples=[10, 30])


class ServiceAccount(Model):
    """Who the app is, towards the cloud."""

    annotations: dict[AnnotationKey, Text] | None = Field(
        None,
        max_length=50,
        description="Annotations of the service account, by which a cloud knows whose rights it has.",
        examples=[{"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/shop"}],
    )
    pod_labels: dict[AnnotationKey, LabelValue] | None = Field(
        None,
        max_length=50,
        description="Labels of the pods that a cloud asks for.",
        examples=[{"azure.workload.identity/use": "true"}],
    )


class Network(Model):
    """What the NetworkPolicy lets through beside the usual."""

    metadata: bool | None = Field(
        None,
        description="Whether pods may ask the cloud's metadata service, which GKE's workload identity needs.",
        examples=[True],
    )
