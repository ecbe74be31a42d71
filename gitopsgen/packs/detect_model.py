"""The `detect` section of a pack manifest as pydantic models; docs/detection.md tells how it works."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Scalar = str | int | bool

# What is marked so is compiled when a pack is read: `groups` is how many it must have at least.
Pattern = Annotated[str, Field(json_schema_extra={"groups": 0})]
PatternOfOne = Annotated[str, Field(json_schema_extra={"groups": 1})]
PatternOfTwo = Annotated[str, Field(json_schema_extra={"groups": 2})]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Workspaces(_Model):
    """How the workspaces of a monorepo name each other."""

    manifest: str = Field(description="The file that each has.")
    name: str = Field(description="The key of its name.")
    uses: list[str] = Field(description="The keys of what it depends on, by name.")
    locks: list[str] = Field(description="Lock files; one must lie above the app's folder, and none in it.")
    having: str | None = Field(None, description="Instead each of the others by itself whose manifest has this key.")


class Routes(_Model):
    """How code says which paths it serves; patterns with the named groups `path`, `prefix`, `on`, `of`.

    `on` is the router that a path or a prefix belongs to, `of` the one that it is mounted on. A prefix whose group
    matches nothing is one that cannot be told; with an empty group `chain`, `of` is what the chain of calls makes.
    """

    named: Pattern = Field(description="A pattern that a path must fit, alone or with its prefixes.")
    route: list[Pattern] = Field([], description="Routes of a router: `path`, and `on`.")
    whole: list[Pattern] = Field([], description="Paths of the server itself, which no router has: `path`.")
    roots: list[Pattern] = Field(
        [], description="What makes the app itself: `on`; without it, a block whose routes it has."
    )
    mounts: list[Pattern] = Field(
        [], description="What puts a router below a path: `on`, `prefix`, `of`; without `of`, how it is made."
    )
    joins: list[Pattern] = Field([], description="What mounts a router without a path: `on`, `of`.")
    within: list[Pattern] = Field([], description="Lines that begin a block of routes below a path: `prefix`, `of`.")
    classes: list[Pattern] = Field([], description="Lines above a class whose routes are below a path: `prefix`.")
    self_: str = Field("", alias="self", description="What stands in a path of `classes` for the name of the class.")
    imports: list[Pattern] = Field([], description="Where the names of other files come from: `names`, `module`.")
    servers: list[Pattern] = Field([], description="What listens: `on`, and its `port`; one app may have several.")
    owner: Pattern | None = Field(None, description="The line that begins a chain of calls: `on`.")
    guards: list[Pattern] = Field([], description="What beside a route, or around it, asks for a log-in.")
    guarded: list[Pattern] = Field([], description="What asks for a log-in on all routes of `on` that come later.")


class Source(_Model):
    """A place where a value may stand.

    Exactly one of `exists`, `in` with `key`, `match` or `routes`, `documents`, `entries`, `remote`, `workspaces`,
    `either`, `fact`.
    """

    exists: str | list[str] | dict[str, str] | None = Field(
        None, description="Files or folders; a mapping gives each its value."
    )
    in_: str | list[str] | None = Field(
        None,
        alias="in",
        description="JSON, TOML, YAML or XML files (with `key`) or text files; `src/*/*.x`, `**/*.x`, `{field}/x`.",
    )
    executable: bool | None = Field(None, description="Files count only with, or only without, the bit to run them.")
    names: bool = Field(False, description="The key's own name is the value, as for the items of a mapping.")
    key: str | None = Field(None, description="Dotted key in the files; `*` is every item.")
    match: Pattern | list[Pattern] | None = Field(
        None,
        description="Patterns of a line or of the key's value; group 1 is the value. "
        "`(?P<secret>)` in that of a line is the name of a variable that may hold a secret.",
    )
    documents: str | None = Field(None, description="A group of YAML documents, by its name under `documents`.")
    whosever: bool = Field(False, description="Documents count, too, when which of them is this app's cannot be told.")
    file: Pattern | None = Field(
        None, description="Only documents of files whose path this pattern finds something in."
    )
    each: str | None = Field(None, description="Dotted path of the nodes of a document that count; `*` is every item.")
    where: dict[str, Pattern] | None = Field(
        None,
        description="Paths below the node of a document, or below the item that the first `*` of `key` stands for, and "
        "patterns that a value must fit.",
    )
    unset: list[str] | None = Field(
        None, description="Paths below the item that the first `*` of `key` stands for, where nothing may be."
    )
    at: str | None = Field(None, description="Path of the value below the node; without one it is the file's path.")
    span: int | None = Field(None, ge=1, le=30, description="How many lines a pattern may go over, one without this.")
    mentions: str | None = Field(None, description="Text files without this text are passed over at once.")
    lacking: Pattern | None = Field(None, description="Text files count only when none of their lines matches this.")
    defines: PatternOfTwo | None = Field(
        None, description="Lines that give a name (group 1) a value (group 2), which is put for `$NAME` and `${NAME}`."
    )
    known: dict[Pattern, str] | None = Field(
        None,
        description="Patterns of variables, and what they stand for; {repository.path} and the like are filled in.",
    )
    skip: Pattern | None = Field(None, description="Lines that match are passed over, such as comments.")
    block: list[Pattern] | None = Field(
        None,
        min_length=2,
        max_length=2,
        description="Two patterns: lines from one that fits the first to one that fits the second are passed over.",
    )
    routes: Routes | None = Field(None, description="Paths that the code of the files serves, with their prefixes.")
    guess: bool = Field(False, description="What is found is a guess, told with `because` and asked.")
    unsure: list["Source"] | None = Field(
        None, description="When one of these finds something, what is found is a guess, which is offered and asked."
    )
    unless: Pattern | None = Field(None, description="The value at the key or path does not count when it matches.")
    entries: list[str] | None = Field(None, description="Names of source files at the root.")
    folders: list[str] | None = Field(None, description="Folders that are source whatever they hold.")
    except_: list[str] | None = Field(None, alias="except", description="Names that never count.")
    workspaces: Workspaces | None = Field(
        None, description="The folders that the app needs of a monorepo, its own first."
    )
    remote: Pattern | None = Field(None, description="A pattern over the repository's https URL.")
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
    fits: dict[str, Pattern] | None = Field(
        None, description="Earlier facts, and patterns that each fits; a list is its items joined by blanks."
    )
    without: list[str] | None = Field(None, description="Files; the source counts only when none of them exists.")
    absent: list["Source"] | None = Field(
        None, description="The source counts only when none of these finds something."
    )
    present: list["Source"] | None = Field(
        None, description="The source counts only when one of these finds something, whose place is told with its own."
    )
    either: list["Source"] | None = Field(None, description="Several sources as one: what they find must agree.")
    fact: str | None = Field(None, description="An earlier fact, such as a command, which `match` looks at.")
    resolved: list["Source"] | None = Field(
        None,
        description="What is found is a name, and the value what the first of these finds of it; `{}` in `match` is "
        "the name, `{.}` what stands behind its last dot.",
    )
    last: bool = Field(False, description="Of several that it finds, the last counts.")
    words: bool = Field(False, description="The value is a JSON list of words, of which one line is made.")
    explained: list["Source"] | None = Field(
        None,
        description="A found name does not count when one of these finds something; `{}` is that name in `match`, "
        "`{.}` what stands behind its last dot.",
    )
    settles: bool = Field(False, description="Counts beside what is `unclear`, such as the default of a variable.")
    certain: list[str] | None = Field(None, description="Counts only when files do not disagree about these fields.")
    beside: str | None = Field(None, description="Files count only where this one lies in the same folder.")
    given: list[str] | None = Field(None, description="Files; the source counts only when one of them exists.")
    path: Pattern | None = Field(
        None, description="A pattern over the file's path, whose first group is the value instead."
    )
    because: str | None = Field(None, description="What evidence says beside the place: whose default it is.")
    joined: bool = Field(False, description="The value is all groups of `match`, one after the other.")
    exact: bool = Field(False, description="For a version: one with three numbers is kept; a tool refuses any other.")
    relative: bool = Field(False, description="The key's value is a path from its own file, which must be there.")
    outside: bool = Field(
        False, description="The key's value leads out of the app's folder; the path is that from the repository's root."
    )
    below: list["Source"] | None = Field(None, description="Prefixes of the path that is found, such as of all routes.")


class DetectedField(_Model):
    """How one spec field is found; facts of earlier fields can be used."""

    from_: list[Source] = Field(
        alias="from", min_length=1, description="In order; the first that finds something counts."
    )
    every: bool = Field(False, description="All sources count and must agree.")
    gathers: bool = Field(False, description="All sources count, and the value is the list of all they find.")
    unclear: list[Source] = Field(
        [],
        description="What says the field, too, but not its value: when one finds something, only `settles` counts, "
        "and what other packs say.",
    )
    against: list[Source] = Field(
        [],
        description="Where this pack finds nothing for the field and one of these does, what other packs say is not "
        "believed: it is left open.",
    )
    decides: bool = Field(False, description="What other packs find for the field does not count then.")
    as_: Literal[
        "text", "label", "version", "command", "names", "port", "path",
        "name", "namespace", "entry", "count", "flag", "number", "image", "resources", "variables",
    ] = Field("text", alias="as")  # fmt: skip
    named: str = Field("", description="What `*` in the middle of the field stands for when nothing else says it.")
    host: str = Field("", description="For an image: where one without a host is.")
    secret: Pattern | None = Field(None, description="For variables: NAME=value that matches is a secret.")
    others: list[Pattern] = Field(
        [], description="Patterns of namespaces that by custom are no app's own; they count for what every pack finds."
    )
    programs: list[str] = []
    drop: list[str] = []
    aliases: dict[str, str] = {}
    later: bool = Field(False, description="A version that is not offered is the least: a later one does as well.")
    missing: str = Field("", description="The problem when nothing is found; empty: none.")
    beside: str | None = Field(None, description="`missing` is a problem only when this field was found.")
    unsaid: list[Source] = Field([], description="When one finds something, neither `missing` nor a default is said.")
    prefers: list[Pattern] = Field(
        [], description="Patterns: where a source finds several values, those count that fit the first that any fits."
    )
    ask: str | None = Field(None, description="The question when nothing is found; `init` goes on only with an answer.")
    doubt: str | None = Field(
        None,
        description="The question when files disagree, or say what no value can be; versions have one by themselves.",
    )


class Note(_Model):
    """What `init` says when a source finds something."""

    say: str = Field(description="`{}` is what was found, `{folder}` the app's folder in the repository.")
    together: bool = Field(False, description="Said once of all that is found, with the place of the first.")
    but: str | None = Field(None, description="An earlier fact, a list: its words, and these with -dev, are not said.")
    from_: list[Source] = Field(alias="from", min_length=1)


class Variables(_Model):
    """Constants of a file that its other values name."""

    match: PatternOfOne = Field(description="How a value names one; the first group is the name.")
    at: list[str] = Field(min_length=1, description="Paths of the mappings that hold them.")


class Documents(_Model):
    """A group of YAML documents; a file may hold several."""

    in_: str | list[str] = Field(alias="in", description="Files; `folder/**/*.yaml` looks a few levels down.")
    except_: list[str] = Field([], alias="except", description="Names of files that never count.")
    mentions: Pattern = Field("", description="Files without a match are not read as YAML.")
    where: dict[str, Pattern] = Field({}, description="Paths, and patterns that a value must fit.")
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
    members: list[Source] = Field(
        [], description="What tells the root of a monorepo, of which a Dockerfile makes no app."
    )
    fields: dict[str, DetectedField] = {}
    offers: dict[str, list[Source]] = Field({}, description="Good guesses, by field; they are offered, never taken.")
    notes: list[Note] = Field([], description="What a person should know besides; said after what was found.")
    unsplit: list[Note] = Field(
        [], description="Why `init --workspace` finds no apps in the folders of a repository, and what to do."
    )
