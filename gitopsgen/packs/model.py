"""The pack manifest `pack.yaml` as pydantic models: the source of `schemas/pack.schema.json`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Scalar = str | int | bool


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class File(_Model):
    """One file that the pack writes."""

    path: str = Field(description="Where, with `<%= a.b %>` for values of the plan.")
    template: str = Field(description="Template, relative to the pack's folder.")
    language: Literal["yaml", "shell", "dockerfile", "lines"] = Field(
        description="Output language: how values are escaped and how the result is read back."
    )
    ownership: Literal["managed", "once", "block"] = Field("managed", description="Who may write the file afterwards.")
    when: dict[str, Scalar] = Field({}, description="Plan values that must hold, such as `mode: push`.")
    each: str = Field("", description="A list of the plan; the file is written for each item.")
    executable: bool = False
    verbatim: bool = Field(False, description="The text is copied; nothing in it is a template.")
    literals: dict[str, str] = Field(
        {}, description="Texts with a meaning for the reader of the file, and how each is written when it is data."
    )
    schema_: str = Field("", alias="schema", description="Schema of the result: `by-kind` or a name under resources/.")
    comment: str = Field("#", description="What starts a comment, for the marks of a block.")
    under: str = Field("", description="For a block in YAML: the top-level key whose list it extends.")


class Default(_Model):
    """A default value of a spec field and the reason for it."""

    value: Any = None
    by: str = Field("", description="Another field of the section that decides; `values` has the value for each.")
    values: dict[str, Any] = {}
    because: str


class Credential(_Model):
    """A secret or variable that somebody must set in the CI system."""

    name: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    kind: Literal["secret", "variable"]
    scope: Literal["build", "deploy"] = Field(description="The job that may read it.")
    purpose: str
    source: str = Field("", description="The command or page that gives the value.")


class ImageShape(_Model):
    """The form of an image name that a registry accepts."""

    pattern: str
    says: str


class Reference(_Model):
    """A rule that every value found at `from` must be found at `to`."""

    code: Name
    from_: dict[str, str] = Field(alias="from")
    to: dict[str, str]
    match: Literal["in", "subset", "file", "root-file", "glob"] = "in"
    severity: Literal["error", "warning"] = "error"
    message: str
    cure: str


class Manifest(_Model):
    """A pack: one system of one kind, as data."""

    kind: Literal["ci", "cluster", "registry", "gitops", "runtime", "workload", "repository", "example"]
    name: Name
    title: str
    summary: str
    default: bool = Field(False, description="Chosen when the spec names no system of this kind.")
    hosts: list[str] = Field([], description="Registry hosts that choose this pack.")
    image: ImageShape | None = Field(None, description="For a registry: the image names it takes.")
    fields: dict[str, Any] = Field({}, description="JSON Schema properties that the pack adds to its spec section.")
    required: list[str] = []
    defaults: dict[str, Default] = {}
    data: dict[str, Any] = Field({}, description="Values for the templates: versions, pins, sizes.")
    detect: dict[str, Any] = Field({}, description="How `gitopsgen init` recognises the system.")
    credentials: list[Credential] = []
    files: list[File] = []
    references: list[Reference] = []
    setup: str = Field("", description="Template of the steps a person must do outside the repository.")
