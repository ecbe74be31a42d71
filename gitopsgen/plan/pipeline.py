"""The delivery as an intermediate representation: jobs and steps that any CI pack can write down natively."""

from typing import Any

from gitopsgen.core.command import Command
from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.plan.model import Environment, Job, Pipeline, Step
from gitopsgen.plan.runtime import build_credentials, build_options, install_command
from gitopsgen.plan.steps import BUILD_ENVIRONMENT, PREVIEW_ENVIRONMENT, App, StepBuilder, granted


def _by_others(environment: Environment) -> bool:
    """Whether the commit that records an image here is not made by a job of CI."""
    return environment.promotion == "pull-request" or environment.recorder == "operator"


class PipelineBuilder:
    """Builds the pipeline of one app from its packs."""

    def __init__(self, app: App, catalogue: Catalogue) -> None:
        self.app = app
        self.steps = StepBuilder(app, catalogue)
        self.quiet: tuple[Step, ...] = ()
        self.quiet_in_tests = False
        self.quiet_paths: tuple[str, ...] = ()

    def push(self) -> Pipeline:
        """Return the pipeline of push mode: test gates build, and the environments are deployed to in a chain."""
        gate = self._look_first(())
        jobs, last = [*self._test(), self._build()], "build"
        for environment in self.app.environments:
            jobs.append(self._deploy(environment, last))
            last = jobs[-1].id
        rollback = tuple(self._roll_back(environment) for environment in self.app.environments)
        return Pipeline(tuple(jobs), (), False, (), rollback, (), (), self.steps.concerned_paths, gate)

    def pull(self, quiet_paths: tuple[str, ...]) -> Pipeline:
        """Return the pipeline of pull mode: the image is recorded in git for one environment after the other.

        The chain ends where people merge or the operator commits: what follows such an environment follows the commit.
        """
        gate = self._look_first(quiet_paths)
        jobs, follow, last = [*self._test(), self._build()], [], "build"
        watched: list[str] = []
        merged = False
        for environment in self.app.environments:
            if merged:
                before = self._environment(environment.previous)
                watched += [before.image_file] if _by_others(before) and not self.app.config.separate else []
                needs = f"promote-{before.name}" if not _by_others(before) else ""
                follow.append(self._promote(environment, before, needs))
            elif environment.recorder == "ci":
                jobs.append(self._record(environment, last))
                last = jobs[-1].id
            merged = merged or _by_others(environment)
        # What the operator has recorded it would record again.
        rollback = tuple(self._revert(known) for known in self.app.environments if known.recorder == "ci")
        parts = (tuple(jobs), tuple(follow), bool(follow), tuple(watched), rollback, quiet_paths)
        return Pipeline(*parts, concerned_paths=self.steps.concerned_paths, gate=gate)

    def _look_first(self, quiet_paths: tuple[str, ...]) -> Job | None:
        """Choose where CI finds out that a change is none of this app's business; return the job that does, if any.

        A CI that starts by paths knows it for pushes. What concerns no app at all is also a question of pull requests,
        whose required checks must not wait for jobs that never start.
        """
        self.quiet_paths = quiet_paths
        offers, concerned = self.steps.ci.get("offers", {}), bool(self.steps.concerned_paths)
        skips, recorded = offers.get("skips", "step"), bool(quiet_paths) and not self.app.config.separate
        look = self.steps.quiet(quiet_paths)
        if not offers.get("paths", True) and (recorded or (concerned and skips == "step")):
            self.quiet, self.quiet_in_tests = (look,), concerned and skips == "step"
        if not concerned or skips != "job":
            return None
        steps = (self.steps.checkout(history=True), look)
        return self._job(
            "changes", "Look for something to do", steps, runs="always", minutes=5, image=self.steps.image("git")
        )

    def _environment(self, name: str) -> Environment:
        return next(known for known in self.app.environments if known.name == name)

    def _job(self, what: str, title: str, steps: tuple[Step, ...], **parts: Any) -> Job:
        """Return a job that may do what its steps need, and no more."""
        identity = ("identity",) if any(step.access.form == "oidc" for step in steps) else ()
        grants = tuple(dict.fromkeys([*identity, *(grant for step in steps for grant in granted(step))]))
        return Job(what, title, steps=steps, grants=grants, **parts)

    def _for(self, environment: Environment, what: str, title: str, steps: tuple[Step, ...], **parts: Any) -> Job:
        """Return a job that works for one environment of the app; it holds that CI environment if it needs it."""
        approval = bool(parts.pop("approval", False))
        held = approval or any(step.credentials or step.access.form == "oidc" for step in steps)
        return self._job(
            f"{what}-{environment.name}",
            title,
            steps,
            target=environment.name,
            environment=environment.name if held else "",
            approval=approval,
            **parts,
        )

    def _test(self) -> tuple[Job, ...]:
        """Return the job that gates the others; none when there is nothing to run."""
        runtime = self.app.systems["runtime"]
        if not runtime["test"]:
            return ()
        install, secrets = install_command(runtime, self.app.packs["runtime"], f"{self.app.manifests}/bin")
        steps = (
            self.steps.checkout(history=self.quiet_in_tests),
            *(self.quiet if self.quiet_in_tests else ()),
            self.steps.step(
                "setup-runtime",
                "Set up",
                "runtime",
                options={"command": install},
                credentials=secrets,
            ),
            self.steps.step("test", "Test", options={"command": runtime["test"]}),
        )
        return (self._job("test", "Test", steps, runs="always", minutes=15, image=runtime["toolchain"]),)

    def _build(self) -> Job:
        needs = ("test",) if self.app.systems["runtime"]["test"] else ()
        checkout = self.steps.checkout(history=bool(self.quiet) or self._numbered)
        steps = (checkout, *self.quiet, *self._building(BUILD_ENVIRONMENT))
        return self._job(
            "build", "Build", steps, runs="deliver", needs=needs, minutes=30, environment=BUILD_ENVIRONMENT,
            image=self._build_image(),
        )  # fmt: skip

    def _build_image(self) -> str:
        image: str = self.app.packs["registry"].get("login", {}).get("image", "")
        return image or self.steps.image("build")

    @property
    def _numbered(self) -> bool:
        """Whether an operator looks for the newest image."""
        return self.app.environments[0].recorder == "operator"

    def _building(self, environment: str) -> tuple[Step, Step]:
        """Return the steps that make and push the image, in a CI environment."""
        preview = environment == PREVIEW_ENVIRONMENT
        registry, runtime = self.app.packs["registry"], self.app.systems["runtime"]
        # An operator must be able to tell by the tags which image is the newest.
        numbered = self._numbered and not preview
        options = {**build_options(runtime), "preview": preview, "numbered": numbered}
        secrets = build_credentials(runtime, self.app.packs["runtime"], environment)
        env = {
            "IMAGE": self.app.image.ref,
            "DOCKERFILE": options["dockerfile"],
            "BUILD_ARGUMENTS": "\n".join(options["args"]),
            "BUILD_SECRETS": "\n".join(f"{one['id']}={one['credential']}" for one in options["secrets"]),
        }
        env |= {"NUMBERED": "yes"} if numbered else {}
        values = {"REVISION": "head", "PULL_REQUEST": "pull-request"} if preview else {"REVISION": "revision"}
        access = self.app.registry_access
        return (
            self.steps.log_in("registry", registry, self.app.systems["registry"], access, environment),
            self.steps.step(
                "build-push", "Build and push the image", script="build-image.sh", env=env, values=values,
                options=options, credentials={secret.name: secret for secret in secrets},
            ),
        )  # fmt: skip

    def previews(self, mode: str) -> tuple[Job, ...]:
        """Return the jobs that deploy a pull request to a namespace of its own, and remove it.

        In pull mode CI only makes the image and marks the pull request; the operator sees to the rest.
        """
        steps = (self.steps.checkout(history=False, head=True), *self._building(PREVIEW_ENVIRONMENT))
        build = self._job(
            "build", "Build", steps, runs="preview", minutes=30, environment=PREVIEW_ENVIRONMENT,
            image=self._build_image(),
        )  # fmt: skip
        if mode == "pull":
            return build, self._mark()
        up, down = self._preview("up"), self._preview("down")
        return build, up, down

    def _mark(self) -> Job:
        """Return the job that tells the operator of a pull request: only now, when its image is there."""
        return self._job(
            "mark", "Mark the pull request", (self.steps.checkout(history=False), self.steps.label()),
            runs="preview", minutes=5, needs=("build",), environment=PREVIEW_ENVIRONMENT, image=self.steps.image("git"),
        )  # fmt: skip

    def _preview(self, action: str) -> Job:
        environment = self.app.preview
        pack, up = self.steps.cluster_pack(environment), action == "up"
        env = {"ACTION": action, "APP": self.app.name}
        values = {"PULL_REQUEST": "pull-request"}
        if up:
            like = self.app.environments[0].overlay
            env |= {"OVERLAY": like, "PREVIEW": environment.overlay, "IMAGE": self.app.image.ref}
            values |= {"REVISION": "head", "DIGEST": "digest"}
        title = "Deploy a preview" if up else "Remove the preview"
        steps = (
            self.steps.checkout(history=up, head=up),
            self.steps.log_in("cluster", pack, environment.cluster, environment.access, PREVIEW_ENVIRONMENT),
            self.steps.step("preview", title, script="preview.sh", env=env, values=values),
        )
        return self._job(
            f"preview-{action}", title, steps, runs="preview" if up else "closed", minutes=20,
            needs=("build",) if up else (), environment=PREVIEW_ENVIRONMENT, serial=f"preview-{self.app.name}",
            **_machine(pack),
        )  # fmt: skip

    def _deploy(self, environment: Environment, after: str) -> Job:
        return self._deploying(
            environment,
            "deploy",
            f"Deploy to {environment.name}",
            {"REVISION": "revision", "DIGEST": "digest"},
            runs="deliver",
            needs=("build",) if after == "build" else ("build", after),
            approval=environment.promotion == "approval",
        )

    def _roll_back(self, environment: Environment) -> Job:
        title = f"Roll back {environment.name}"
        return self._deploying(environment, "rollback", title, {"TO_REVISION": "chosen"}, runs="manual")

    def _deploying(self, environment: Environment, kind: str, title: str, values: dict[str, str], **parts: Any) -> Job:
        """Return a job that changes what runs in a cluster; all such jobs of one environment wait in one line."""
        pack = self.steps.cluster_pack(environment)
        env = {
            "APP": self.app.name,
            "NAMESPACE": environment.namespace,
            "OVERLAY": environment.overlay,
            "IMAGE": self.app.image.ref,
        }
        steps = (
            self.steps.checkout(history=True),
            *(self.quiet if kind == "deploy" else ()),
            self.steps.log_in("cluster", pack, environment.cluster, environment.access, environment.name),
            self.steps.step(kind, "Deploy" if kind == "deploy" else title, script=f"{kind}.sh", env=env, values=values),
        )
        serial = f"deploy-{self.app.name}-{environment.name}"
        return self._for(
            environment, kind, title, steps, serial=serial, minutes=self.app.minutes, **_machine(pack), **parts
        )

    def _record(self, environment: Environment, after: str) -> Job:
        kind = "propose" if environment.promotion == "pull-request" else "bump"
        title = f"Propose the image for {environment.name}" if kind == "propose" else "Record the image in git"
        step = self.steps.git(
            kind,
            title,
            environment,
            script=f"{kind}.sh",
            env={"IMAGE": self.app.image.ref, **self.steps.proposal(environment)},
            values={"REVISION": "revision", "DIGEST": "digest"},
        )
        named = title if kind == "propose" else f"Record the image for {environment.name}"
        needs = ("build",) if after == "build" else ("build", after)
        quiet = self.quiet
        if quiet and environment.promotion == "approval":
            # A later change of manifests alone must not look like the approved delivery that still waits.
            quiet = (self.steps.quiet(self.quiet_paths, environment),)
        return self._recording(environment, kind, named, (*quiet, step), runs="deliver", needs=needs)

    def _promote(self, environment: Environment, before: Environment, after: str) -> Job:
        env = {
            "FROM_OVERLAY": before.overlay,
            "THEN": "propose.sh" if environment.promotion == "pull-request" else "bump.sh",
            **self.steps.proposal(environment),
        }
        title = f"Promote the image of {before.name} to {environment.name}"
        step = self.steps.git("promote", title, environment, script="promote.sh", env=env)
        return self._recording(environment, "promote", title, (step,), runs="deliver", needs=(after,) if after else ())

    def _revert(self, environment: Environment) -> Job:
        title = f"Roll back {environment.name}"
        step = self.steps.git(
            "revert",
            "Record the earlier image in git",
            environment,
            script="revert.sh",
            values={"TO_REVISION": "chosen"},
        )
        return self._recording(environment, "revert", title, (step,), runs="manual")

    def _recording(self, environment: Environment, what: str, title: str, steps: tuple[Step, ...], **parts: Any) -> Job:
        """Return a job that commits the image of an environment; all such jobs of one environment wait in one line."""
        serial = f"image-{self.app.name}-{environment.name}"
        approval = environment.promotion == "approval" and what != "revert"
        return self._for(
            environment, what, title, (self.steps.checkout(history=True), *steps),
            serial=serial, minutes=15, image=self.steps.image("git"), approval=approval, **parts,
        )  # fmt: skip


def _machine(cluster: Pack) -> dict[str, str]:
    """Return the image of jobs that get into a cluster, and the command for what it lacks."""
    login = cluster.get("login", {})
    return {"image": login.get("image", ""), "prepare": Command(login.get("prepare", ""))}
