"""The pack manifest `pack.yaml` as pydantic models: the source of `schemas/pack.schema.json`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gitopsgen.packs.access_model import Credential, Git, Login, Name, Offers, TemplatePath

Scalar = str | int | bool
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

    pattern: str
    says: str
    example: str = Field("", description="One that it accepts, which the pack's page is made with.")


class Selector(_Model):
    """Which values a rule looks at: of documents (`kind` or `file`, and `path`), of texts (`language`), of the plan."""

    plan: str | None = None
    kind: str | None = None
    language: str | None = Field(None, description="The whole text of every file in this language, for a `pattern`.")
    file: str | None = None
    path: str | None = Field(None, description="`*` is every item, `~` the keys of a mapping, `**` every text below.")
    pattern: str | None = Field(None, description="The first group of every match is the value.")
    within: str | None = Field(None, description="Where `pattern` is looked for: the first group of every match.")
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
    pattern: str | None = Field(None, description="The first group is the path; what does not match names none.")
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


class Workspaces(_Model):
    """How the workspaces of a monorepo name each other."""

    manifest: str = Field(description="The file that each has.")
    name: str = Field(description="The key of its name.")
    uses: list[str] = Field(description="The keys of what it depends on, by name.")
    locks: list[str] = Field(description="Lock files; one must lie above the app's folder, and none in it.")
    having: str | None = Field(None, description="Instead each of the others by itself whose manifest has this key.")


class Source(_Model):
    """A place where a value may stand.

    Exactly one of `exists`, `in` with `key` or `match`, `documents`, `entries`, `remote`, `workspaces`.
    """

    exists: str | list[str] | dict[str, str] | None = Field(
        None, description="Files or folders; a mapping gives each its value."
    )
    in_: str | list[str] | None = Field(
        None,
        alias="in",
        description="JSON, TOML, YAML or XML files (with `key`) or text files; `src/*/*.x`, `**/*.x`, `{field}/x`.",
    )
    key: str | None = Field(None, description="Dotted key in the files; `*` is every item.")
    match: str | list[str] | None = Field(
        None, description="Patterns of a line or of the key's value; group 1 is the value."
    )
    documents: str | None = Field(None, description="A group of YAML documents, by its name under `documents`.")
    whosever: bool = Field(False, description="Documents count, too, when which of them is this app's cannot be told.")
    file: str | None = Field(None, description="Only documents of files whose path this pattern finds something in.")
    each: str | None = Field(None, description="Dotted path of the nodes of a document that count; `*` is every item.")
    where: dict[str, str] | None = Field(None, description="Paths below the node, and patterns that a value must fit.")
    at: str | None = Field(None, description="Path of the value below the node; without one it is the file's path.")
    span: int | None = Field(None, ge=1, le=8, description="How many lines a pattern may go over, one without this.")
    mentions: str | None = Field(None, description="Text files without this text are passed over at once.")
    lacking: str | None = Field(None, description="Text files count only when none of their lines matches this.")
    defines: str | None = Field(
        None, description="Lines that give a name (group 1) a value (group 2), which is put for `$NAME` and `${NAME}`."
    )
    known: dict[str, str] | None = Field(
        None,
        description="Patterns of variables, and what they stand for; {repository.path} and the like are filled in.",
    )
    skip: str | None = Field(None, description="Lines that match are passed over, such as comments.")
    unless: str | None = Field(None, description="The value at the key or path does not count when it matches.")
    entries: list[str] | None = Field(None, description="Names of source files at the root.")
    folders: list[str] | None = Field(None, description="Folders that are source whatever they hold.")
    except_: list[str] | None = Field(None, alias="except", description="Names that never count.")
    workspaces: Workspaces | None = Field(
        None, description="The folders that the app needs of a monorepo, its own first."
    )
    remote: str | None = Field(None, description="A pattern over the repository's https URL.")
    endings: list[str] | None = Field(None, description="The value is a path that may lack one of these.")
    built_by: str | None = Field(
        None, alias="builtBy", description="Field whose presence means that the path will be built."
    )
    value: str | None = Field(None, description="What to make of it: {} is the found value, {field} an earlier fact.")
    weight: int = Field(1, description="For a sign: how much it says; below zero it speaks against.")
    above: bool = Field(
        False, description="In a folder of a workspace: a file (with `key`: the key) of a folder above counts too."
    )
    when: dict[str, Scalar | list[str]] | None = Field(None, description="Earlier facts, and what they must be.")
    without: list[str] | None = Field(None, description="Files; the source counts only when none of them exists.")
    absent: list["Source"] | None = Field(
        None, description="The source counts only when none of these finds something."
    )
    certain: list[str] | None = Field(None, description="Counts only when files do not disagree about these fields.")
    beside: str | None = Field(None, description="Files count only where this one lies in the same folder.")
    given: list[str] | None = Field(None, description="Files; the source counts only when one of them exists.")
    path: str | None = Field(
        None, description="A pattern over the file's path, whose first group is the value instead."
    )
    because: str | None = Field(None, description="What evidence says beside the place: whose default it is.")
    exact: bool = Field(False, description="For a version: one with three numbers is kept; a tool refuses any other.")
    relative: bool = Field(False, description="The key's value is a path from its own file, which must be there.")
    below: list["Source"] | None = Field(None, description="Prefixes of the path that is found, such as of all routes.")


class DetectedField(_Model):
    """How one spec field is found; facts of earlier fields can be used."""

    from_: list[Source] = Field(
        alias="from", min_length=1, description="In order; the first that finds something counts."
    )
    every: bool = Field(False, description="All sources count and must agree.")
    gathers: bool = Field(False, description="All sources count, and the value is the list of all they find.")
    decides: bool = Field(False, description="What other packs find for the field does not count then.")
    as_: Literal[
        "text", "label", "version", "command", "names", "port", "path",
        "name", "entry", "count", "flag", "number", "image", "resources", "variables",
    ] = Field("text", alias="as")  # fmt: skip
    named: str = Field("", description="What `*` in the middle of the field stands for when nothing else says it.")
    host: str = Field("", description="For an image: where one without a host is.")
    secret: str | None = Field(None, description="For variables: NAME=value that matches is a secret.")
    programs: list[str] = []
    drop: list[str] = []
    aliases: dict[str, str] = {}
    later: bool = Field(False, description="A version that is not offered is the least: a later one does as well.")
    missing: str = Field("", description="The problem when nothing is found; empty: none.")
    beside: str | None = Field(None, description="`missing` is a problem only when this field was found.")
    unsaid: list[Source] = Field([], description="When one of these finds something, `missing` is not said.")
    ask: str | None = Field(None, description="The question when nothing is found; `init` goes on only with an answer.")
    doubt: str | None = Field(
        None,
        description="The question when files disagree, or say what no value can be; versions have one by themselves.",
    )


class Note(_Model):
    """What `init` says when a source finds something."""

    say: str = Field(description="`{}` is what was found.")
    from_: list[Source] = Field(alias="from", min_length=1)


class Variables(_Model):
    """Constants of a file that its other values name."""

    match: str = Field(description="How a value names one; the first group is the name.")
    at: list[str] = Field(min_length=1, description="Paths of the mappings that hold them.")


class Documents(_Model):
    """A group of YAML documents; a file may hold several."""

    in_: str | list[str] = Field(alias="in", description="Files; `folder/**/*.yaml` looks a few levels down.")
    except_: list[str] = Field([], alias="except", description="Names of files that never count.")
    mentions: str = Field("", description="Files without a match are not read as YAML.")
    where: dict[str, str] = Field({}, description="Paths, and patterns that a value must fit.")
    repository: str | None = Field(None, description="Path of a URL that must be that of this repository.")
    called: str = Field("", description="How evidence names a document, with `{path}` for its values.")
    one: str | None = Field(None, description="Path of a value that all share; otherwise none of them counts.")
    variables: Variables | None = None


class Detect(_Model):
    """How `gitopsgen init` recognises the system and its fields."""

    documents: dict[str, Documents] = {}
    otherwise: bool = Field(False, description="Offered beside what has signs, and never taken by itself.")
    signs: list[Source] = Field(min_length=1)
    runs: list[Source] = Field([], description="What tells an app from a library, among the folders of a monorepo.")
    fields: dict[str, DetectedField] = {}
    offers: dict[str, list[Source]] = Field({}, description="Good guesses, by field; they are offered, never taken.")
    notes: list[Note] = Field([], description="What a person should know besides; said after what was found.")


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
    farewell: str = Field("", description="What is left outside the repository when the pack is no longer used.")
    clients: dict[str, str] = Field({}, description="Programs that its set-up steps run, and where to get each.")
    setup: TemplatePath | None = Field(
        None,
        description="Template of the steps a person must do outside the repository, relative to the pack's folder.",
    )
