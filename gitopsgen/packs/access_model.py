"""The part of a pack manifest that says how a job of a CI system gets into another system."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
# No `..` and nothing absolute, so that a template is always one of the pack.
TemplatePath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@+-]*[A-Za-z0-9_@+-](/[A-Za-z0-9_.@+-]*[A-Za-z0-9_@+-])*$")]


class Model(BaseModel):
    """A part of a manifest."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class Credential(Model):
    """A secret or variable that somebody must set in the CI system."""

    name: Variable
    kind: Literal["secret", "variable"]
    as_: Variable | None = Field(None, alias="as", description="The variable that its reader knows it by.")
    purpose: str
    source: str = Field("", description="The command or page that gives the value.")
    given: bool = Field(
        False,
        description="A set-up step leaves the value in the shell variable NAME_ENVIRONMENT; nobody has to bring it.",
    )


class Access(Model):
    """One way to get in. The first that the CI system can take is taken.

    `oidc`: the cloud `to` trusts a token that the CI system makes for the job. `job-token`: the CI system is part of
    the host `to`, and gives each job a token for it. `static`: a stored credential, which every CI system can hold.
    """

    form: Literal["oidc", "job-token", "static"]
    to: Name | None = Field(None, description="The cloud or host that gives the access.")
    audience: str = Field("", description="For oidc: the audience that the token must have.")
    field: str = Field("", description="A field of the CI system's own section; this way is there when it is set.")
    own: str = Field("", description="Why it is there only when the image belongs to the owner of the repository.")
    because: str = Field("", description="For static: why nothing better is there, when no other form is.")
    credentials: list[Credential] = []


class Login(Model):
    """How a job gets into a cluster or registry."""

    script: str = Field("login-registry.sh", pattern=r"^[a-z][a-z0-9-]*\.sh$", description="The portable script.")
    env: dict[Variable, str] = Field({}, description="Variables of the script: a field of the section, or of the plan.")
    access: list[Access] = Field(min_length=1)
    image: str = Field("", description="Container image with the tools that the script needs.")
    prepare: str = Field("", description="Command that installs in the image what a job lacks there: git and its kin.")


class Subject(Model):
    """A form of the name that a job has in its OIDC token; `{environment}` and so on stand for values of the plan.

    An asterisk stands for any text.
    """

    form: str
    note: str = ""


class Oidc(Model):
    """The OIDC tokens of a CI system."""

    issuer: str = Field(
        description="The address of what makes them; fields of the CI system's section may stand in it."
    )
    field: str = Field("", description="A field of the CI system's own section; they are there when it is set.")
    credential: Credential | None = Field(
        None,
        description="What a job gets its token from, where that is a credential: one for each cloud, NAME_CLOUD; "
        "{audience} and {to} stand for values in its purpose.",
    )
    clouds: list[Name] = Field(description="The clouds that can be made to trust them.")
    subjects: list[Subject] = Field(min_length=1)
    previews: list[Subject] = Field([], description="Those of jobs for pull requests, when they are others.")
    workspace: list[Subject] = Field([], description="Those of one of many apps of a repository, when they are others.")
    values: list[Variable] = Field(
        [], description="Names in all of this that stand for shell variables, which the set-up steps of the pack fill."
    )


class Approval(Model):
    """What to know before a person is asked to approve in this CI system; `unless` is a field of its section."""

    caution: str
    unless: str
    cure: str


class Offers(Model):
    """What a CI system can do for the jobs of any app."""

    oidc: Oidc | None = None
    without: dict[Name, str] = Field({}, description="Clouds without OIDC from here, and why.")
    job_tokens: list[Name] = Field([], description="Hosts that let a job in by the token that it has anyway.")
    paths: bool = Field(True, description="It starts a pipeline, or not, by the paths of what was pushed.")
    skips: Literal["job", "rules", "step"] = Field(
        "step",
        description="How it leaves out what a change does not concern: because an earlier `job` said so, by `rules` of "
        "its own, or job by job in a first `step` that ends it.",
    )
    previews: str | dict[Literal["push", "pull"], str] = Field(
        "",
        description="Why it (or an operator) makes no previews of pull requests; by mode, when it makes them in one.",
    )
    images: str = Field("", description="Why an operator does not record images itself.")
    environments: bool = Field(True, description="It keeps secrets of one environment from jobs of another.")
    approval: Approval | None = None


class Git(Model):
    """How a job pushes to its own repository."""

    access: list[Access] = Field(min_length=1)
    requests: list[Access] = Field([], description="How they open and mark pull requests, where `access` cannot.")
    labels: list[Access] = Field([], description="How they mark them, where that wants a token of its own.")
    user: str = Field("", description="The user name that goes with the token.")
    author_name: str = ""
    author_email: str = ""
