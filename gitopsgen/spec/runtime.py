"""The app spec as pydantic models: how the app is built, tested and started."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from gitopsgen.spec import patterns
from gitopsgen.spec.workload import Argument, Label, Model
from gitopsgen.spec.workload_fields import EnvName

CommandLine = Annotated[str, Field(pattern=patterns.COMMAND, max_length=4096)]


class System(Model):
    """A section whose remaining fields belong to the pack that it names."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, alias_generator=to_camel)


class BuildSecret(Model):
    """Where the step that installs the dependencies finds a secret; with neither it is the file /run/secrets/ID."""

    target: str | None = Field(
        None,
        pattern=patterns.ABSOLUTE_FILE,
        max_length=255,
        description="The file that holds it during that step.",
        examples=["/root/.npmrc", "/root/.netrc"],
    )
    env: EnvName | None = Field(
        None, description="The environment variable that holds it during that step.", examples=["NPM_TOKEN"]
    )


class Runtime(System):
    """How the app is built, tested and started."""

    name: Label = Field(description="The language runtime, by the name of its pack.", examples=["node"])
    version: str | None = Field(
        None, pattern=patterns.VERSION, description="Version of the runtime, in quotes.", examples=["24", "22"]
    )
    start: list[Argument] | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="The command that starts the app, one argument a list item; no shell reads it.",
        examples=[["node", "app.js"], ["node", "server.js"]],
    )
    test: CommandLine | None = Field(
        None,
        description="The command that runs the tests; CI deploys nothing when it fails. `none`: there are no tests.",
        examples=["npm test", "npm run test:all"],
    )
    build: CommandLine | None = Field(
        None,
        description="A command that builds the app inside the image, after its dependencies are installed. `none`: "
        "nothing is built.",
        examples=["npm run build"],
    )
    include: list[Annotated[str, Field(pattern=patterns.INCLUDE)]] | None = Field(
        None,
        min_length=1,
        description="What goes into the image: names or patterns, as in .dockerignore. All else stays out.",
        examples=[["app.js", "src"], ["*.js", "lib"]],
    )
    exclude: list[Annotated[str, Field(pattern=patterns.INCLUDE)]] | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="What stays out of the image on purpose: a part of what `include` names, or a folder beside it.",
        examples=[["src/stories"], ["legacy"]],
    )
    install: CommandLine | None = Field(
        None,
        description="The command that installs in CI what the tests need. `none`: they need nothing.",
        examples=["npm ci --no-audit --no-fund", "npm ci --ignore-scripts"],
    )
    folder: str | None = Field(
        None,
        pattern=patterns.APP_FOLDER,
        max_length=128,
        description="Folder of the app, where the commands run and the Dockerfile is; `include` is relative to it.",
        examples=["apps/web", "backend"],
    )
    workspaces: list[Annotated[str, Field(pattern=patterns.FOLDER, max_length=128)]] | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="When the lock file is at the root and not in `folder`: the folders of all workspaces that the app "
        "needs, its own too.",
        examples=[["apps/web", "packages/shared"], ["apps/web"]],
    )
    packages: list[Annotated[str, Field(pattern=patterns.PACKAGE, max_length=100)]] | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="Packages of the base image's distribution that the app needs besides.",
        examples=[["libpq5"], ["imagemagick"]],
    )
    build_args: dict[EnvName, Annotated[str, Field(pattern=patterns.BUILD_ARG, max_length=1024)]] | None = Field(
        None,
        max_length=100,
        description="Variables that the build in the image sees. No secrets: this file is in git, and the image tells.",
        examples=[{"PUBLIC_API": "https://api.example.com"}, {"FLAVOUR": "full"}],
    )
    build_secrets: dict[Annotated[str, Field(pattern=patterns.MOUNT_ID)], BuildSecret] | None = Field(
        None,
        max_length=20,
        description="Secrets that installing the dependencies needs, by the mount's id. They never enter the image.",
        examples=[{"npmrc": {"target": "/root/.npmrc"}}, {"npm-token": {"env": "NPM_TOKEN"}}],
    )
