"""The pack manifest `pack.yaml` as pydantic models: the source of `schemas/pack.schema.json`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gitopsgen.packs.access_model import Credential, Git, Login, Name, Offers, TemplatePath
from gitopsgen.packs.detect_model import Detect, Pattern, PatternOfOne, Scalar

# No `?` or `[`: a star is all that a host needs.
HostPattern = Annotated[str, Field(pattern=r"^[a-z0-9.:*-]+$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class File(_Model):
    """One file that the pack writes."""

    path: str = Field(description="Where, with `<%= a.b %>` for values of the plan.")
    template: TemplatePath = Field(description="Template, relative to the pack's folder and inside it.")
    language: Literal["yaml", "shell", "dockerfile", "lines", "groovy"] = Field(
        description="Output language: how values are escaped and how the result is read back."
    )
    ownership: Literal["managed", "once", "block"] = Field("managed", description="Who may write the file afterwards.")
    when: dict[str, Scalar] = Field(
        {},
        description="Values of the plan, or of the item of `each`, that must hold, such as `mode: push`; "
        "`true` and `false` ask whether a list or text is there.",
    )
    each: str = Field("", description="A list of the plan; the file is written for each item.")
    sees: Literal["outputs"] | None = Field(
        None, description="`outputs`: the template also sees path, mode and ownership of every other file of the plan."
    )
    executable: bool = False
    tree: Literal["app", "config", "both"] = Field(
        "app", description="Where it goes when the manifests have a repository of their own: to it, or to the app's."
    )
    scope: Literal["app", "repository"] = Field(
        "app",
        description="`repository`: one file for all apps of a repository that use the pack; its template sees nothing "
        "but `services`, their plans, and `stages`: their environments by name, each with its services.",
    )
    script: str = Field("", description="The file is written only when a step of the pipeline runs this script.")
    verbatim: bool = Field(False, description="The text is copied; nothing in it is a template.")
    literals: dict[str, str] = Field(
        {}, description="Texts with a meaning for the reader of the file, and how each is written when it is data."
    )
    schema_: str = Field(
        "",
        alias="schema",
        pattern="^[A-Za-z0-9_.-]*$",
        description="Schema of the result: `by-kind` or a name under resources/.",
    )
    holds: str = Field(
        "", description="A text that somebody else needs in a file that is written once; its loss is told."
    )
    comment: str = Field("#", pattern=r"^\S+$", description="What starts a comment, for the marks of a block.")
    under: str = Field(
        "", pattern=r"^[\w.-]*$", description="For a block in YAML: the top-level key whose list it extends."
    )


class Default(_Model):
    """A default value of a spec field and the reason for it."""

    value: Any = None
    by: str = Field("", description="Another field of the section that decides; `values` has the value for each.")
    values: dict[str, Any] = {}
    because: str


class ImageShape(_Model):
    """The form of an image name that a registry accepts."""

    pattern: Pattern
    says: str
    example: str = Field("", description="One that it accepts, which the pack's page is made with.")


class Selector(_Model):
    """Which values a rule looks at: of documents (`kind` or `file`, and `path`), of texts (`language`), of the plan."""

    plan: str | None = None
    kind: str | None = None
    language: str | None = Field(None, description="The whole text of every file in this language, for a `pattern`.")
    file: str | None = None
    path: str | None = Field(None, description="`*` is every item, `~` the keys of a mapping, `**` every text below.")
    pattern: PatternOfOne | None = Field(None, description="The first group of every match is the value.")
    within: PatternOfOne | None = Field(
        None, description="Where `pattern` is looked for: the first group of every match."
    )
    same: Literal["file"] | None = Field(None, description="Only what stands in the file of the `from`.")


class Reference(_Model):
    """A rule that every value found at `from` must be found at `to`."""

    code: Name
    from_: Selector = Field(alias="from")
    also_from: list[Selector] = Field([], alias="alsoFrom", description="More places whose values must be found.")
    to: Selector
    also_to: list[Selector] = Field([], alias="alsoTo", description="More places where they may be found.")
    match: Literal["in", "subset", "file", "root-file", "glob"] = "in"
    scope: Literal["app", "repository"] = Field(
        "app", description="`repository`: it is about files with that scope, and sees the plans of all apps."
    )
    severity: Literal["error", "warning"] = "error"
    message: str
    cure: str


class AppPath(_Model):
    """A path of the app that the spec names, and that must be in the repository."""

    code: Name = Field(description="Behind the name of the section: `runtime.CODE`.")
    field: str = Field(description="The spec field that names it, where a message points: `runtime.start`.")
    plan: str = Field("", description="Where the plan has the path, or a list of paths; that of the field otherwise.")
    pattern: PatternOfOne | None = Field(
        None, description="The first group is the path; what does not match names none."
    )
    forms: list[str] = Field(
        ["{}"],
        min_length=1,
        description="Where it may lie below the app's folder, or with a slash in front below the root; a slash at the "
        "end means a folder. `{}` is the path, `{/}` the same with slashes for dots, `*` any name. One is enough.",
    )
    written: bool = Field(False, description="Only what the spec itself says counts, no default.")
    unless: str = Field("", description="Something of the plan, such as a build, that may make what is not there.")
    severity: Literal["error", "warning"] = Field(
        "warning", description="`error` when the image cannot be built without it; a mere default is a warning always."
    )
    message: str
    cure: str
    cures: dict[str, str] = Field({}, description="The cure for each value of `by`, instead.")
    by: str = Field("", description="What of the plan decides which cure is right.")


class Scripts(_Model):
    """Commands of the spec that run a script by its name, and the JSON file that has them."""

    file: str = Field(description="In the app's folder: `package.json`.")
    key: str = Field(description="Its mapping of names to scripts.")
    fields: list[str] = Field(min_length=1, description="Fields of the runtime that are commands.")
    pattern: PatternOfOne = Field(description="The first group of every match is a name.")
    unless: Pattern = Field("", description="A command that matches runs scripts of another folder.")


class Manifest(_Model):
    """A pack: one system of one kind, as data."""

    kind: Literal["ci", "cluster", "registry", "gitops", "runtime", "workload", "repository", "example"]
    name: Name
    title: str
    summary: str
    about: list[str] = Field([], description="What is written and how it works, for its page; Markdown.")
    limits: list[str] = Field([], description="What it cannot do and what to beware of, for its page; Markdown.")
    like: Name | None = Field(
        None,
        description="A pack of the same kind; what it says counts where this one says nothing.",
    )
    default: bool = Field(False, description="Chosen when the spec names no system of this kind.")
    hosts: list[HostPattern] = Field(
        [], description="Registry hosts that choose this pack; `*` is any text, and the closest pattern wins."
    )
    image: ImageShape | None = Field(None, description="For a registry: the image names it takes.")
    fields: dict[str, Any] = Field({}, description="JSON Schema properties that the pack adds to its spec section.")
    required: list[str] = []
    defaults: dict[str, Default] = {}
    data: dict[str, Any] = Field({}, description="Values for the templates: versions, pins, sizes.")
    detect: Detect | None = Field(None, description="How `gitopsgen init` recognises the system.")
    credentials: list[Credential] = Field([], description="What its own steps need besides the log-in.")
    login: Login | None = Field(None, description="For a cluster or registry: how a job of any CI system gets in.")
    offers: Offers | None = Field(None, description="For a CI system: what its jobs can prove, and what it can hold.")
    git: Git | None = Field(None, description="For a CI system: how its jobs push to a repository.")
    files: list[File] = []
    references: list[Reference] = []
    paths: list[AppPath] = []
    scripts: list[Scripts] = []
    farewell: str = Field("", description="What is left outside the repository when the pack is no longer used.")
    parting: str = Field("", description="The same of an ENVIRONMENT that goes: of NAME, in NAMESPACE.")
    clients: dict[str, str] = Field({}, description="Programs that its set-up steps run, and where to get each.")
    setup: TemplatePath | None = Field(
        None,
        description="Template of the steps a person must do outside the repository, relative to the pack's folder.",
    )
