"""The steps of a pipeline: each is data, with the credentials it needs and the words that a CI pack has for it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.plan.access import choose_access, credentials_of
from gitopsgen.plan.model import Access, Config, Environment, Image, Repository, Step, System

# The CI environment whose secrets only the build job may read.
BUILD_ENVIRONMENT = "build"
# The CI environment of jobs that run the code of pull requests.
PREVIEW_ENVIRONMENT = "preview"
# What a step that needs to get in nowhere says of itself.
NO_ACCESS = Access()


_CONFIG_BECAUSE = "the token of a job is good for the repository of the job only"
_CONFIG_CREDENTIAL = {
    "name": "CONFIG_REPOSITORY_TOKEN",
    "as": "GIT_TOKEN",
    "kind": "secret",
    "source": "the settings of that repository's host: a token of an app or project, for that repository alone",
}


class App(NamedTuple):
    """What the pipeline is built from: the app, the systems it uses, and how long a deployment may take."""

    name: str
    home: str
    image: Image
    repository: Repository
    config: Config
    manifests: str
    environments: tuple[Environment, ...]
    preview: Environment
    packs: dict[str, Pack]
    systems: dict[str, System]
    registry_access: Access
    minutes: int


class StepBuilder:
    """Builds the steps of one app."""

    def __init__(self, app: App, catalogue: Catalogue) -> None:
        self.app = app
        self.ci = app.packs["ci"]
        self.catalogue = catalogue

    def step(self, kind: str, title: str, owner: str = "", system: System | None = None, **parts: Any) -> Step:
        """Use the owner's own words for this CI where it has them, else the CI's words for this kind of step.

        A step that is a script needs no words of its own: each CI says once how it runs one.
        """
        pack = self.app.packs.get(owner)
        script = parts.pop("script", "")
        names = [f"{pack.id}/steps/{self.ci.name}.yaml"] if pack else []
        names += [f"{self.ci.id}/steps/{kind}.yaml"]
        names += [f"{self.ci.id}/steps/script.yaml"] if script else []
        template = next((name for name in names if self.catalogue.find_template(name)), names[-1])
        return Step(
            kind,
            f"{title} {pack.get('title', pack.name)}" if pack else title,
            template,
            parts.pop("options", {}),
            system or (self.app.systems.get(owner) if owner else None) or {"data": {}},
            f"{self.app.manifests}/bin/{script}" if script else "",
            {name: value for name, value in parts.pop("env", {}).items() if value},
            parts.pop("values", {}),
            parts.pop("credentials", {}),
            parts.pop("access", NO_ACCESS),
        )

    def checkout(self, *, history: bool, head: bool = False) -> Step:
        """Return the step that checks the repository out: with its whole history, at a pull request's own head."""
        return self.step("checkout", "Check out", options={"history": history, "head": head})

    @property
    def concerned_paths(self) -> tuple[str, ...]:
        """Globs of the files that concern the app, when others share its repository.

        What the workspace file says shows in the files that are generated from it, the CI's own at the root among them.
        """
        runtime = self.app.systems["runtime"]
        pipeline = [path.replace("{name}", self.app.name) for path in self.ci.get("data", {}).get("concerned", ())]
        # Each of these may be a file or a folder.
        installed = [path for name in runtime.get("installFiles") or () for path in (name, f"{name}/**")]
        shared = [*(f"{folder}/**" for folder in runtime["workspaces"]), *runtime["lockFiles"], *installed]
        others = [path for path in shared if not path.startswith(self.app.home)]
        return (f"{self.app.home}**", *others, *pipeline) if self.app.home else ()

    def quiet(self, paths: tuple[str, ...], environment: Environment | None = None) -> Step:
        """Return the step that looks whether there is anything to do.

        There is not when no file that concerns the app has changed, or none but `paths`: since the recorded image, else
        since the last push; in a pull request since it left the branch. The image is that of the environment, or of the
        first one.
        """
        place = environment or self.app.environments[0]
        concerned = self.concerned_paths
        env = {
            "QUIET_PATHS": "\n".join(paths),
            "CONCERNED_PATHS": "\n".join(concerned),
            "OVERLAY": place.overlay if paths and not self.app.config.separate else "",
            "BRANCH": self.app.repository.branch if concerned else "",
        }
        values = {"BASE": "base"} if concerned and "base" in self.ci.get("data", {}).get("values", {}) else {}
        return self.step("quiet", "Look for something to do", script="quiet.sh", env=env, values=values)

    def log_in(self, kind: str, pack: Pack, system: System, access: Access, environment: str) -> Step:
        """Return the step that gets a job into a cluster or registry."""
        login = pack.get("login", {})
        known = {**system, "image": self.app.image._asdict()}
        env = {name: _at(known, field) for name, field in login.get("env", {}).items()}
        return self.step(
            f"{kind}-login",
            "Log in to",
            pack.id if pack.id in self.app.packs else kind,
            system,
            script=login.get("script", "login-registry.sh"),
            env={name: str(value) for name, value in env.items() if value is not None},
            credentials=credentials_of(
                access,
                environment,
                self.ci,
                pack.id,
                shared=environment == BUILD_ENVIRONMENT,
            ),
            access=access,
        )

    def git(self, kind: str, title: str, environment: Environment, **parts: Any) -> Step:
        """Return a step that commits the image of an environment, and pushes."""
        git, config = self.ci.get("git", {"access": []}), self.app.config
        access = self._git_access("requests" if "PROPOSAL" in parts.get("env", {}) else "access")
        if config.separate:
            access = self._config_access()
        author = {"GIT_USER": "user", "GIT_AUTHOR_NAME": "authorName", "GIT_AUTHOR_EMAIL": "authorEmail"}
        env = {
            "ENVIRONMENT": environment.name,
            "APP": self.app.name,
            "OVERLAY": environment.overlay,
            "BRANCH": config.repository.branch,
            "CONFIG_URL": config.repository.url if config.separate else "",
            "CONFIG_FOLDER": config.prefix.rstrip("/"),
            **{name: git[key] for name, key in author.items() if key in git},
            **parts.pop("env", {}),
        }
        credentials = credentials_of(access, environment.name, self.ci, self.ci.id, shared=True)
        return self.step(kind, title, env=env, credentials=credentials, access=access, **parts)

    def _config_access(self) -> Access:
        """Return how the jobs of all environments get into the repository of the manifests: by one token."""
        proposes = any(environment.promotion == "pull-request" for environment in self.app.environments)
        may = "write to the repository of the manifests" + (" and open pull requests there" if proposes else "")
        purpose = f"a token that may {may}, and nothing else"
        return Access("static", credentials=({**_CONFIG_CREDENTIAL, "purpose": purpose},), because=_CONFIG_BECAUSE)

    def label(self) -> Step:
        """Return the step that puts the label of previews on a pull request."""
        repository = self.app.repository
        access = self._git_access("labels" if "labels" in self.ci.get("git", {}) else "requests")
        return self.step(
            "label",
            "Mark the pull request",
            script="label.sh",
            env={
                "LABEL": f"preview-{self.app.name}" if self.app.home else "preview",
                "FORGE": repository.forge,
                "API": repository.api,
                "REPOSITORY": repository.slug,
            },
            values={"PULL_REQUEST": "pull-request"},
            credentials=credentials_of(access, PREVIEW_ENVIRONMENT, self.ci, self.ci.id, shared=True),
            access=access,
        )

    def _git_access(self, to: str) -> Access:
        """Return how a job pushes (`access`), or opens and marks pull requests (`requests`, mostly the same)."""
        git = self.ci.get("git", {"access": []})
        return choose_access(git.get(to) or git["access"], self.ci, self.app.systems["ci"])

    def proposal(self, environment: Environment) -> dict[str, str]:
        """Return the further variables of a step that opens a pull request; none where there is none."""
        if environment.promotion != "pull-request":
            return {}
        repository = self.app.config.repository
        return {
            "PROPOSAL": f"promote/{self.app.name}/{environment.name}",
            "FORGE": repository.forge,
            "API": repository.api,
            "REPOSITORY": repository.slug,
        }

    def cluster_pack(self, environment: Environment) -> Pack:
        """Return the pack of the cluster of an environment."""
        chosen = environment.cluster.get("type", "")
        packs = [pack for pack in self.app.packs.values() if pack.kind == "cluster"]
        return next((pack for pack in packs if pack.name == chosen), self.app.packs["cluster"])

    def image(self, what: str) -> str:
        """Return the container image for a job that needs no more tools than those of `what`."""
        images: dict[str, str] = self.app.packs["workload"].get("data", {}).get("images", {})
        return images.get(what, "")


def granted(step: Step) -> tuple[str, ...]:
    """Return what the token of the job itself must be good for."""
    if step.access.form != "job-token":
        return ()
    if step.kind == "registry-login":
        return ("packages",)
    if step.kind == "label":
        return ("pull-requests",)
    return ("contents", "pull-requests") if "PROPOSAL" in step.env else ("contents",)


def _at(values: Any, field: str) -> Any:
    """Return the value at a dotted name, None when it is not there."""
    for part in field.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values
