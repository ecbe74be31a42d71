"""What runs in the cluster, as the templates see it: frozen, with every default filled in."""

from collections.abc import Mapping
from typing import NamedTuple


class Resources(NamedTuple):
    """Requests and limits of one replica, as Kubernetes quantities."""

    cpu: str
    memory: str
    cpu_limit: str
    memory_limit: str


class Scale(NamedTuple):
    """How many pods run. With `autoscaled` the cluster chooses between `least` and `most` by the load.

    `cpu` and `memory` are the use that is aimed at, in percent of what is requested; 0 when it is not looked at.
    """

    least: int
    most: int
    cpu: int
    memory: int
    autoscaled: bool


class Port(NamedTuple):
    """A port of the container and, under the number `service`, of its Service; `protocol` is TCP or UDP."""

    name: str
    port: int
    service: int
    protocol: str


class Gateway(NamedTuple):
    """The Gateway of a route; namespace and listener may be empty."""

    name: str
    namespace: str
    listener: str


class Expose(NamedTuple):
    """Who can reach the app; what a type does not use is empty."""

    type: str
    host: str
    gateway: Gateway
    ingress_class: str
    tls_secret: str
    annotations: Mapping[str, str]


class ConfigMap(NamedTuple):
    """Settings; `mount` is empty when they are environment variables. `files` are paths below base/config."""

    name: str
    volume: str
    files: tuple[str, ...]
    values: Mapping[str, str]
    mount: str


class StoreSecret(NamedTuple):
    """A variable whose value a secret store holds; `store` is empty for the environment's own store."""

    variable: str
    key: str
    property: str
    store: str


class FileSecret(NamedTuple):
    """A variable whose value is in a Secret, under `key`, that a committed and encrypted file makes.

    `form` is what encrypts it: `sealed` or `sops`.
    """

    variable: str
    secret: str
    key: str
    form: str


class Store(NamedTuple):
    """A secret store; both texts are empty when there is none."""

    name: str
    kind: str


class Volume(NamedTuple):
    """A folder that the app may write to. `claim` is the name of its claim, empty for a scratch volume."""

    name: str
    mount: str
    size: str
    claim: str
    storage_class: str
    access: str


class Schedule(NamedTuple):
    """When a cron job runs; `seconds` is the limit of one run. For another kind of app `cron` is empty."""

    cron: str
    time_zone: str
    concurrency: str
    keep_succeeded: int
    keep_failed: int
    retries: int
    seconds: int


class Migration(NamedTuple):
    """The Job that runs before a rollout; the command is empty when there is none."""

    command: tuple[str, ...]
    seconds: int


class ResourceKind(NamedTuple):
    """A kind of object among the manifests; the group of the core is empty."""

    group: str
    kind: str

    @property
    def resource(self) -> str:
        """What a role calls it, for a kind whose plural is regular: `httproutes.gateway.networking.k8s.io`."""
        return f"{self.kind.lower()}s.{self.group}".rstrip(".")


class Change(NamedTuple):
    """What one environment has other than the base. What is None, empty or "" is as in the base.

    `scaler` says what happens to the HorizontalPodAutoscaler: `add`, `change`, `remove` or empty. `scale` is set when
    any of it changes. `writes` says of each patch whether there is one.
    """

    name: str
    namespace: str
    overlay: str
    scale: Scale | None
    scaler: str
    resources: Resources | None
    host: str
    env: Mapping[str, str]
    store: Store | None
    writes: Mapping[str, bool]


class App(NamedTuple):
    """The app as Kubernetes runs it.

    `ports` has the main port first, for a web app. `startup` is in seconds; a rollout that has not moved for `deadline`
    seconds has failed. `recreate`: the old pod goes before the new one comes, as they share a disk. `redundant`:
    somewhere one pod may go while others serve. `autoscaled`: somewhere the cluster chooses the number of pods; no
    manifest has a number of replicas then, so an operator has nothing to ignore. `scratch` is the disk that a pod may
    fill, in Mi. `secret_files` are the names of the committed files with encrypted secrets. `writes` says of every kind
    of object that there may be whether there is one; `kinds` are those that are.
    """

    kind: str
    controller: ResourceKind
    schedule: Schedule
    protocol: str
    ports: tuple[Port, ...]
    health_command: tuple[str, ...]
    startup: int
    deadline: int
    scale: Scale
    expose: Expose
    config: tuple[ConfigMap, ...]
    secrets: tuple[StoreSecret, ...]
    store: Store
    file_secrets: tuple[FileSecret, ...]
    secret_files: tuple[str, ...]
    volumes: tuple[Volume, ...]
    scratch: int
    init: tuple[str, ...]
    migration: Migration
    annotations: Mapping[str, str]
    pod_labels: Mapping[str, str]
    metadata: bool
    recreate: bool
    redundant: bool
    autoscaled: bool
    writes: Mapping[str, bool]
    kinds: tuple[ResourceKind, ...]
    changes: tuple[Change, ...]
