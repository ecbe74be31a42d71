"""The Plan: everything the templates may know, frozen, with every default filled in."""

from collections.abc import Mapping
from typing import Any, NamedTuple

# A system as templates see it: its spec section with every default filled in, and the pack's `data`.
System = Mapping[str, Any]


class Repository(NamedTuple):
    """This git repository. `slug` is owner/name, `web` the URL a browser opens."""

    url: str
    web: str
    slug: str
    owner: str
    branch: str


class Image(NamedTuple):
    """The image, without a tag."""

    ref: str
    host: str
    path: str


class Resources(NamedTuple):
    """Requests and limits of one replica, as Kubernetes quantities."""

    cpu: str
    memory: str
    cpu_limit: str
    memory_limit: str


class Environment(NamedTuple):
    """One place the app is delivered to. `overlay` and `image_file` are paths in the repository."""

    name: str
    namespace: str
    replicas: int
    overlay: str
    image_file: str


class Credential(NamedTuple):
    """A secret or variable of the CI system, and the CI environment that holds it."""

    name: str
    kind: str
    environment: str
    purpose: str
    source: str
    pack: str


class Step(NamedTuple):
    """One step of a job: what is done, never how a CI system writes it. `template` renders it for the chosen CI."""

    kind: str
    title: str
    template: str
    options: Mapping[str, Any]


class Job(NamedTuple):
    """A job of the pipeline.

    `runs`: `always` (pull requests too), `deliver` (only for the delivered branch) or `manual`. `serial` names the
    group in which one job runs at a time, empty for none. `writes`: it pushes to the repository. `identity`: it proves
    who it is to a cloud by a token of the CI system. `minutes` is its time limit.
    """

    id: str
    title: str
    runs: str
    minutes: int
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()
    environment: str = ""
    serial: str = ""
    writes: bool = False
    identity: bool = False


class Pipeline(NamedTuple):
    """What CI does. `quiet_paths` are globs of files whose change needs no delivery."""

    jobs: tuple[Job, ...]
    rollback: tuple[Job, ...]
    quiet_paths: tuple[str, ...]


class Plan(NamedTuple):
    """The app, where it runs, and how it gets there. `redundant`: one replica may go while others serve."""

    name: str
    mode: str
    port: int
    health: str
    env: Mapping[str, str]
    resources: Resources
    expose: str
    redundant: bool
    image: Image
    repository: Repository
    manifests: str
    build_environment: str
    environments: tuple[Environment, ...]
    runtime: System
    ci: System
    registry: System
    cluster: System
    gitops: System
    workload: System
    pipeline: Pipeline
    credentials: tuple[Credential, ...]
    bot_files: tuple[str, ...]
