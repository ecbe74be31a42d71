"""The delivery as an intermediate representation: jobs and steps that any CI pack can write down natively."""

from typing import Any

from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.plan.model import Environment, Job, Pipeline, Step, System
from gitopsgen.plan.runtime import build_options

# The CI environment whose secrets only the build job may read.
BUILD_ENVIRONMENT = "build"


class PipelineBuilder:
    """Builds the pipeline of one app from its packs."""

    def __init__(self, name: str, packs: dict[str, Pack], catalogue: Catalogue, runtime: System) -> None:
        self.name = name
        self.packs = packs
        self.catalogue = catalogue
        self.runtime = runtime

    def push(self, environments: tuple[Environment, ...]) -> Pipeline:
        """Return the pipeline of push mode: test gates build, build gates one deployment for each environment."""
        deploys = (self._deploy(environment) for environment in environments)
        return Pipeline((*self._test(), self._build(), *deploys), (), ())

    def pull(self, environments: tuple[Environment, ...], quiet_paths: tuple[str, ...]) -> Pipeline:
        """Return the pipeline of pull mode: as in push mode, but the last jobs record the image in git."""
        bumps = (self._bump(environment) for environment in environments)
        reverts = tuple(self._revert(environment) for environment in environments)
        return Pipeline((*self._test(), self._build(), *bumps), reverts, quiet_paths)

    def _step(self, kind: str, title: str, owner: str = "", **options: Any) -> Step:
        """Use the owner's own words for this CI where it has them, else the CI's words for this kind of step."""
        ci, pack = self.packs["ci"], self.packs.get(owner)
        template = f"{ci.id}/steps/{kind}.yaml"
        if pack is not None:
            title = f"{title} {pack.get('title', pack.name)}"
            native = f"{pack.id}/steps/{ci.name}.yaml"
            template = native if self.catalogue.find_template(native) else template
        return Step(kind, title, template, options)

    def _test(self) -> tuple[Job, ...]:
        """Return the job that gates the others; none when there is nothing to run."""
        if not self.runtime["test"]:
            return ()
        steps = (
            self._step("checkout", "Check out", history=False),
            self._step("setup-runtime", "Set up", "runtime"),
            self._step("test", "Test", command=self.runtime["test"]),
        )
        return (Job(id="test", title="Test", runs="always", minutes=15, steps=steps),)

    def _build(self) -> Job:
        steps = (
            self._step("checkout", "Check out", history=False),
            self._step("registry-login", "Log in to", "registry"),
            self._step("build-push", "Build and push the image", **build_options(self.runtime)),
        )
        return Job(
            id="build",
            title="Build",
            runs="deliver",
            needs=("test",) if self.runtime["test"] else (),
            environment=BUILD_ENVIRONMENT,
            minutes=30,
            steps=steps,
        )

    def _deploy(self, environment: Environment) -> Job:
        steps = (
            self._step("checkout", "Check out", history=True),
            self._step("cluster-login", "Log in to", "cluster"),
            self._step("deploy", "Deploy", environment=environment),
        )
        return Job(
            id=f"deploy-{environment.name}",
            title=f"Deploy to {environment.name}",
            runs="deliver",
            needs=("build",),
            environment=environment.name,
            serial=f"deploy-{self.name}-{environment.name}",
            identity=True,
            minutes=20,
            steps=steps,
        )

    def _bump(self, environment: Environment) -> Job:
        step = self._step("bump", "Record the image in git", environment=environment)
        return self._recording(environment, "bump", f"Record the image for {environment.name}", step)._replace(
            runs="deliver", needs=("build",)
        )

    def _revert(self, environment: Environment) -> Job:
        step = self._step("revert", "Record the earlier image in git", environment=environment)
        return self._recording(environment, "revert", f"Roll back {environment.name}", step)

    def _recording(self, environment: Environment, what: str, title: str, step: Step) -> Job:
        """Return a job that commits the image of an environment; all such jobs of one environment wait in one line."""
        return Job(
            id=f"{what}-{environment.name}",
            title=title,
            runs="manual",
            serial=f"image-{self.name}-{environment.name}",
            writes=True,
            minutes=15,
            steps=(self._step("checkout", "Check out", history=True), step),
        )
