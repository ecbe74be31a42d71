"""`gitopsgen init`: detect, ask, write the first spec and everything that follows from it."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import click

from gitopsgen.besides import delivering_besides
from gitopsgen.cli.act import tell_waiting
from gitopsgen.cli.generate import repo_paths
from gitopsgen.cli.init_many import Scene, Written, first_specs, one_more, workspace_around
from gitopsgen.cli.interview import again, answers_of, complete, look_around
from gitopsgen.cli.main import ExampleCommand, base_directory, shared_options
from gitopsgen.compiler import compiler_for, inspect_source, write
from gitopsgen.core import errors
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.detect import label
from gitopsgen.handover import take_over
from gitopsgen.outcome import Compiled, Outcome
from gitopsgen.packs.catalogue import Catalogue
from gitopsgen.plan.model import Plan
from gitopsgen.project import SPEC_NAME, WORKSPACE_NAME, read_project
from gitopsgen.repo.change import Change
from gitopsgen.repo.turn import turn
from gitopsgen.repo.wishes import Wishes
from gitopsgen.report.diff import diff_bytes
from gitopsgen.report.out import colour_wanted, emit
from gitopsgen.report.safe import safe
from gitopsgen.report.steps import steps_text
from gitopsgen.report.text import diagnostics_text, summary_text, tree_text
from gitopsgen.scaffold import example_files, spec_text
from gitopsgen.setup import setup_steps
from gitopsgen.verify.left_out import unnamed


@click.command(
    cls=ExampleCommand,
    examples="""
gitopsgen init                                        # finds what it can, asks for the rest
gitopsgen init shop --example express                 # a sample app to begin with
gitopsgen init --yes --mode pull --image docker.io/acme/shop
gitopsgen init --workspace --mode pull --image 'docker.io/acme/{name}'    # every app of a monorepo
gitopsgen init --yes --mode push --image docker.io/acme/shop --cluster aks \\
  --set cluster.resourceGroup=rg --set cluster.name=prod
""",
)
@click.argument("root", default="", metavar="[DIR]")
@click.option(
    "--mode",
    type=click.Choice(["push", "pull"]),
    help="push: CI deploys, for few clusters that CI may reach. pull: an operator syncs, for many or closed ones.",
)
@click.option("--name", metavar="NAME", help="Name of the app.")
@click.option("--image", metavar="REF", help="The image, without a tag.")
@click.option("--port", type=int, metavar="N", help="The port that the app listens on.")
@click.option("--runtime", metavar="NAME", help="The language runtime.")
@click.option("--workspace", is_flag=True, help="Deliver every app in the folders of this repository, as a workspace.")
@click.option("--folder", metavar="PATH", help="The app's folder in a monorepo; lock files above it stay in reach.")
@click.option("--start", metavar="COMMAND", help="The command that starts the app, one plain command without a shell.")
@click.option("--test", metavar="COMMAND", help="The command that runs its tests.")
@click.option("--ci", metavar="NAME", help="The CI system.")
@click.option("--cluster", metavar="KIND", help="The kind of cluster (push mode).")
@click.option("--operator", metavar="NAME", help="The operator (pull mode).")
@click.option("--registry", metavar="NAME", help="The container registry; found from the image otherwise.")
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE", help="Any other field, such as replicas=3.")
@click.option("--example", metavar="NAME", help="Write a sample app first: express.")
@click.option("--take", "take", multiple=True, metavar="PATH", help="Overwrite PATH, and keep its text aside.")
@click.option("--adopt", is_flag=True, help="Keep the files that are there: as patches of ours, or as yours for good.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing; what cannot be found is an error.")
@shared_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    root: str,
    settings: tuple[str, ...],
    example: str | None,
    take: tuple[str, ...],
    adopt: bool,
    workspace: bool,
    yes: bool,
    directory: str,
    quiet: bool,
    **flags: Any,
) -> int:
    """Write gitopsgen.yaml for the app in DIR, and everything that follows from it.

    Finds name, runtime, version, port, start and test command, repository and branch; asks on a terminal for what it
    cannot find; never overwrites a file that it did not make.
    """
    folder = os.path.join(base_directory(ctx, directory), root)
    quiet = quiet or ctx.obj["quiet"]
    above = workspace_around(folder)
    answers = answers_of(flags, settings)
    if example is not None:
        answers.setdefault("name", label(os.path.basename(os.path.abspath(folder))))
    _refuse_second(folder, above, workspace=workspace, in_folder=bool(flags["folder"]))
    home = above or folder
    catalogue = compiler_for(home).catalogue
    with _Sample(folder, catalogue, example) as sample:
        ask = not yes and sys.stdin.isatty()
        scene = Scene(home, catalogue, ask, quiet)
        if workspace:
            new = first_specs(scene, answers)
        else:
            new = one_more(scene, folder, answers) if above else _one_app(scene, answers)
        how = _How(repo_paths("--take", take), adopt, ask, quiet, new.evidence, again(root, example, answers))
        with turn(home, tell_waiting):
            sample.exit_code = _write(Root(home), new.texts, sample.written, how)
    return sample.exit_code


def _refuse_second(folder: str, above: str, *, workspace: bool, in_folder: bool) -> None:
    """Raise click.UsageError where there is a spec already, or a workspace file."""
    name = WORKSPACE_NAME if workspace and above else SPEC_NAME
    if (workspace and above) or os.path.lexists(os.path.join(folder, SPEC_NAME)):
        second = (
            "; `gitopsgen init FOLDER` adds a service"
            if name == WORKSPACE_NAME
            else f"; for more than one app move it into the folder of its app, beside a {WORKSPACE_NAME}"
            if in_folder or (workspace and not above)
            else ""
        )
        place = os.path.join(above if name == WORKSPACE_NAME else folder, name)
        raise click.UsageError(f"{place} is there already; edit it, then run `gitopsgen generate`{second}")


def _one_app(scene: Scene, answers: dict[str, Any]) -> Written:
    found = look_around(scene.root, scene.catalogue, answers, ask=scene.ask, quiet=scene.quiet)
    found, data = complete(scene.root, found, answers, scene.catalogue, ask=scene.ask)
    evidence = (*(fact.evidence for fact in found.facts), *found.problems)
    return Written({SPEC_NAME: spec_text(data).encode()}, evidence)


class _How(NamedTuple):
    """What to do about files that are in the way: `take` are overwritten, `adopt` keeps them, `ask` asks.

    `evidence` says where something was found, and `again` is the command that gives all answers once more.
    """

    take: frozenset[RepoPath]
    adopt: bool
    ask: bool
    quiet: bool
    evidence: tuple[str, ...]
    again: str


class _Sample:
    """The folder and the sample app that `init` begins with; both go again when it comes to nothing."""

    def __init__(self, folder: str, catalogue: Catalogue, name: str | None) -> None:
        self.folder = folder
        self.files = _sample_files(catalogue, name) if name is not None else {}
        self.made_folder = not os.path.isdir(folder)
        self.written: list[str] = []
        self.exit_code = errors.BUG

    def __enter__(self) -> Self:
        taken = [path for path in self.files if os.path.lexists(os.path.join(self.folder, path))]
        if taken:
            raise click.UsageError(f"--example would overwrite {', '.join(taken)}; choose an empty folder")
        os.makedirs(self.folder, exist_ok=True)
        for path, text in self.files.items():
            with open(os.path.join(self.folder, path), "x", encoding="utf-8", newline="\n") as file:
                self.written.append(path)
                file.write(text)
        return self

    def __exit__(self, *_: object) -> None:
        if self.exit_code == errors.OK:
            return
        for path in self.written:
            os.unlink(os.path.join(self.folder, path))
        if self.made_folder:
            os.rmdir(self.folder)


def _sample_files(catalogue: Catalogue, name: str) -> dict[str, str]:
    pack = catalogue.pack("example", name) if name in catalogue.names("example") else None
    if pack is None:
        raise click.UsageError(f"--example {name}: choose {', '.join(catalogue.names('example'))}")
    return example_files(pack)


def _write(repository: Root, texts: Mapping[RepoPath, bytes], sample: list[str], how: _How) -> int:
    """Write the specs and what follows from them, or nothing: a spec that does not compile is not left behind."""
    project = read_project(repository, texts)
    if isinstance(project, list):
        emit(diagnostics_text(project, colour=colour_wanted(sys.stderr)), sys.stderr)
        return errors.SPEC_INVALID
    found = inspect_source(repository, project, Wishes(how.take))
    if found.decision is not None and found.decision.conflicts and _wants_to_adopt(found, how):
        found = take_over(repository, project, found)
    emit(diagnostics_text(found.diagnostics, colour=colour_wanted(sys.stderr)), sys.stderr)
    if found.exit_code not in (errors.OK, errors.DRIFT):
        code = _refused(found)
        emit(f"with the same answers: `{safe(how.again)}`\n" if how.ask else "", sys.stderr)
        return code
    besides = delivering_besides(repository, found.compiled, how.evidence) if found.compiled else []
    new = _new_services(found, texts)
    besides += unnamed(new, found.compiled.files, repository) if found.compiled else []
    emit(diagnostics_text(besides, colour=colour_wanted(sys.stderr)), sys.stderr)
    steps = _steps(repository, found, new)
    # Last, so that a spec is never there without what was decided about the files that are.
    specs = [Change(path, "create", "managed", None, raw, 0o644, "-") for path, raw in sorted(texts.items())]
    outcome = write(repository, found._replace(records=(*found.records, *specs)))
    if not how.quiet:
        emit(f"{repository.path}\n{tree_text([*sample, *outcome.written])}", sys.stdout)
        emit(adopted_text(found.compiled), sys.stdout)
        emit(_untested_text(new), sys.stdout)
        emit(f"\nNext steps (`gitopsgen setup` shows them again):\n\n{steps}", sys.stdout)
    return outcome.exit_code


def _wants_to_adopt(found: Outcome, how: _How) -> bool:
    if how.adopt or not how.ask:
        return how.adopt
    _refused(found)
    return click.confirm("Keep these files as they are, and record it?", default=True, err=True)


def adopted_text(compiled: Compiled | None) -> str:
    """Say what became of the files that were there before."""
    if compiled is None or not (compiled.plain or compiled.ejected):
        return ""
    lines = [f"  {path}: ours, with your edits as a patch\n" for path in sorted(compiled.plain)]
    lines += [f"  {path}: yours, as it is (`gitopsgen eject --back` has it generated)\n" for path in compiled.ejected]
    return "\nWhat was here is as it was:\n" + "".join(lines)


def _refused(found: Outcome) -> int:
    if found.decision is not None and found.decision.conflicts:
        conflicts = found.decision.conflicts
        emit(diff_bytes(conflicts, taken=True), sys.stderr)
        emit("".join(f"foreign {conflict.path}: {conflict.reason}\n" for conflict in conflicts), sys.stderr)
        emit(summary_text(conflicts, written=False), sys.stderr)
        emit(_WAYS, sys.stderr)
    return found.exit_code


_WAYS = """\
to keep them as they are: `gitopsgen init --adopt` (patches of ours where they are alike, else yours for good)
to have one overwritten: `gitopsgen init --take PATH` (your text is kept in .gitopsgen/kept/)
"""


def _new_services(found: Outcome, texts: Mapping[RepoPath, bytes]) -> list[Plan]:
    plans = [service.plan for service in found.compiled.services] if found.compiled else []
    return [plan for plan in plans if f"{plan.home}{SPEC_NAME}" in texts]


def _untested_text(plans: Sequence[Plan]) -> str:
    """Say which apps no pull request checks."""
    names = [plan.name for plan in plans if not any(job.runs == "always" for job in plan.pipeline.jobs)]
    if not names:
        return ""
    told = f"Pull requests check nothing of {', '.join(names)}"
    return f"\n{told}: no command runs its tests (`runtime.test` names one).\n"


def _steps(repository: Root, found: Outcome, new: Sequence[Plan]) -> str:
    if found.compiled is None:
        return ""
    renderer = compiler_for(repository.path).renderer
    return steps_text(setup_steps(found.compiled.services, renderer, repository.path, [plan.name for plan in new]))
