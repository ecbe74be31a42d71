"""What services of one repository must not do to each other: rules across the specs of a workspace."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.plan.model import Credential, Plan


class Member(NamedTuple):
    """A service with its spec."""

    doc: SourceDoc
    plan: Plan

    def find(self, code: str, message: str, cure: str, at: Path) -> Diagnostic:
        """Make a Diagnostic in the spec."""
        return self.doc.find(code, message, cure, at)


def unfit_services(members: Sequence[Member]) -> list[Diagnostic]:
    """Return what stands between the services of one repository; they are in the order of their folders."""
    return [
        found for number, second in enumerate(members) for first in members[:number] for found in _unfit(first, second)
    ]


def _unfit(first: Member, second: Member) -> Iterator[Diagnostic]:
    one, other = first.plan, second.plan
    if one.name == other.name:
        message = f"{first.doc.path} has the name {one.name} too, and names tell pipelines and images apart"
        yield second.find("workspace.same-name", message, "give one of them another name", ("name",))
    if other.home.startswith(one.home):
        message = f"the service lies in the folder of another, {one.home}, which would own its files too"
        yield second.find("workspace.nested", message, "move one of the two beside the other", ())
    if one.repository.url != other.repository.url:
        message = f"{first.doc.path} says that this repository is {one.repository.url}"
        cure = "write `repository` once, below `defaults` of the workspace file"
        yield second.find("workspace.other-repository", message, cure, ("repository",))
    yield from _shared_keys(first, second)


def _shared_keys(first: Member, second: Member) -> Iterator[Diagnostic]:
    """Yield where two services would read one secret of the CI system, and mean two."""
    known = {_place(credential): credential for credential in first.plan.credentials}
    clusters = {environment.name: environment.cluster for environment in first.plan.environments}
    for environment in second.plan.environments:
        kept = [one for one in second.plan.credentials if one.environment == environment.name and _place(one) in known]
        used = [one for one in kept if one.pack.startswith("cluster/")]
        if used and clusters.get(environment.name, environment.cluster) != environment.cluster:
            message = (
                f"{first.plan.name} deploys to another cluster in its environment {environment.name}, and both would "
                f"read {used[0].key} of that environment"
            )
            cure = f"give the environment of one of them another name, such as {environment.name}-{second.plan.name}"
            yield second.find("workspace.shared-credential", message, cure, ("environments", environment.name))


def _place(credential: Credential) -> tuple[str, str]:
    return credential.environment, credential.key
