"""The Plan: everything the templates may know, frozen, with every default filled in."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from gitopsgen.packs.catalogue import Pack
from gitopsgen.plan.app import App, Resources

# A system as templates see it: its spec section with every default filled in, and the pack's `data`.
System = Mapping[str, Any]


class Repository(NamedTuple):
    """This git repository. `slug` is owner/name, `web` the URL a browser opens.

    `forge` is the kind of its host, which decides how a pull request is opened; empty when it is not known. `api` is
    the URL of the host's API.
    """

    url: str
    web: str
    slug: str
    owner: str
    branch: str
    forge: str
    api: str


class Config(NamedTuple):
    """Where the operator finds the manifests, and CI records images.

    `separate`: not in the app's own repository. `prefix` is the folder of the app there, with a slash at its end; it is
    empty for the root, and when the repository is the app's own.
    """

    repository: Repository
    separate: bool
    prefix: str


class Image(NamedTuple):
    """The image, without a tag."""

    ref: str
    host: str
    path: str


class Credential(NamedTuple):
    """A secret or variable of the CI system.

    `name` is the variable that scripts read, `key` what it is called in the CI system, `environment` the CI environment
    that holds it, `pack` whose it is. `given` is the shell variable in which a set-up step leaves the value, empty when
    a person brings it. `because` says why it is stored, empty where that is no question.
    """

    name: str
    key: str
    kind: str
    environment: str
    purpose: str
    source: str
    pack: str
    given: str = ""
    because: str = ""

    @property
    def why(self) -> str:
        """What a person who sets it must know, without a full stop: what it is for, whence, and why it is stored."""
        source = f" (from: {self.source})" if self.source else ""
        reason = f"; stored because {self.because}" if self.because else ""
        return f"{self.purpose}{source}{reason}"


class Access(NamedTuple):
    """How a job gets in: `form` is oidc, job-token, static or none; `to` the cloud or host that lets it in.

    `audience` is that of the OIDC token. `because` says why it is static, empty when nothing better is known.
    """

    form: str = "none"
    to: str = ""
    audience: str = ""
    because: str = ""
    credentials: tuple[Mapping[str, str], ...] = ()

    @property
    def stored(self) -> str:
        """The reason of a stored credential, as the comment beside it; empty when there is none."""
        return f"A stored credential, since {self.because}" if self.form == "static" and self.because else ""


class Environment(NamedTuple):
    """One place the app is delivered to. `overlay` and `image_file` are paths in the repository.

    `promotion` says how an image gets here from `previous`, the environment before, empty for the first. `recorder` is
    who commits it: `ci`, or the `operator`, which does so for the first environment only. `cluster` and `gitops` are
    the sections as they are for this environment; `access` is how CI gets into the cluster.
    """

    name: str
    namespace: str
    replicas: int
    resources: Resources
    env: Mapping[str, str]
    overlay: str
    image_file: str
    promotion: str
    previous: str
    recorder: str
    cluster: System
    gitops: System
    access: Access


class Trust(NamedTuple):
    """What the cloud `to` must trust: tokens of `issuer` for `audience`, of jobs in a CI environment.

    `subjects` are the forms of the job's name in the token, each with the note that tells which one fits; an asterisk
    stands for any text. `values` are names in issuer and subjects that stand for shell variables.
    """

    environment: str
    to: str
    issuer: str
    audience: str
    subjects: tuple[tuple[str, str], ...]
    values: tuple[str, ...]

    @property
    def is_pattern(self) -> bool:
        """Whether a subject has an asterisk, so that the cloud must not compare to the letter."""
        return any("*" in form for form, _ in self.subjects)

    @property
    def advice(self) -> str:
        """What a person who makes the trust must know of the subjects, as sentences."""
        told = ["An asterisk stands for any text." if self.is_pattern else "The subject must match to the letter."]
        told += [f"{form}: for {note}." for form, note in self.subjects if note]
        return " ".join(told + ["Keep the one that fits, or add both."] * (len(self.subjects) > 1))


class Step(NamedTuple):
    """One step of a job: what is done, never how a CI system writes it. `template` renders it for the chosen CI.

    `system` is the section of the pack whose step it is, for the job's environment. A step that has a `script` (a path
    in the repository) is that script with its variables: `env` are plain values; `values` are what only the run knows,
    by names that every CI pack knows (see docs/architecture.md); `credentials` are secrets and variables of the CI
    system, by the variable that the script reads. No template can use a credential that is not there.
    """

    kind: str
    title: str
    template: str
    options: Mapping[str, Any]
    system: System
    script: str
    env: Mapping[str, str]
    values: Mapping[str, str]
    credentials: Mapping[str, Credential]
    access: Access


class Job(NamedTuple):
    """A job of the pipeline.

    `runs`: `always` (pull requests too), `deliver` (only for the delivered branch), `manual`, `preview` (when a
    pull request is opened or changes) or `closed` (when one is closed). `needs`: the jobs that
    must have ended well. `target`: the environment of the app it works for. `environment`: the CI environment that
    holds its credentials or its approval, empty for none. `approval`: a person must agree before it starts. `serial`
    names the group in which one job runs at a time, empty for none; for previews, each pull request has one of that
    name. `grants`: what it may do besides reading the
    repository: contents, identity, packages, pull-requests. `image`: a container image with its tools, for CI systems
    that run jobs in containers; `prepare`: a command for what is missing in it, before the checkout. `minutes` is its
    time limit.
    """

    id: str
    title: str
    runs: str
    minutes: int
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()
    target: str = ""
    environment: str = ""
    approval: bool = False
    serial: str = ""
    grants: tuple[str, ...] = ()
    image: str = ""
    prepare: str = ""


class Pipeline(NamedTuple):
    """What CI does.

    `jobs` run for pull requests and the delivered branch. `follow` run when a commit on that branch changes one of
    `watched`: the image files that people merge by pull request, and that other environments follow. `rollback` run
    when a person asks, for the environment that is chosen. `quiet_paths` are globs of files whose change needs no
    delivery. `follows`: there is any `follow` job. `previews` run for pull requests of this repository, never of forks.
    `concerned_paths` are globs of the files that concern the app at all, when others share its repository; none when
    all do. `gate` is a job that comes first and finds out whether the others have anything to do.
    """

    jobs: tuple[Job, ...]
    follow: tuple[Job, ...]
    follows: bool
    watched: tuple[str, ...]
    rollback: tuple[Job, ...]
    quiet_paths: tuple[str, ...]
    previews: tuple[Job, ...] = ()
    concerned_paths: tuple[str, ...] = ()
    gate: Job | None = None

    @property
    def all_jobs(self) -> tuple[Job, ...]:
        """Every job there is."""
        gate = (self.gate,) if self.gate else ()
        return (*gate, *self.jobs, *self.follow, *self.rollback, *self.previews)


class Plan(NamedTuple):
    """The app, where it runs, and how it gets there.

    `app` is what runs; `port` and `health` are for a web app only. `credentials` are those that steps of the pipeline
    use, `trusts` what clouds must trust for its OIDC tokens, `scripts` the names of the scripts that its steps run,
    `preview` is where previews of pull requests run, as an environment: like the first one, but for its cluster, the
    operator's fields and its overlay. `bot_files` the files that CI itself commits. `tree` is
    what is being written: `app`, or `config` for the manifests in a repository of their own. `home` is the folder of
    the app in the tree, with a slash at its end; empty for the root.
    """

    home: str
    name: str
    mode: str
    port: int
    health: str
    env: Mapping[str, str]
    resources: Resources
    app: App
    image: Image
    repository: Repository
    config: Config
    manifests: str
    build_environment: str
    environments: tuple[Environment, ...]
    runtime: System
    ci: System
    registry: System
    cluster: System
    gitops: System
    workload: System
    registry_access: Access
    pipeline: Pipeline
    credentials: tuple[Credential, ...]
    trusts: tuple[Trust, ...]
    scripts: tuple[str, ...]
    bot_files: tuple[str, ...]
    previews: bool
    preview: Environment
    tree: str


class Service(NamedTuple):
    """One of the apps of a repository, with the packs that it uses by their kinds."""

    plan: Plan
    packs: Mapping[str, Pack]
