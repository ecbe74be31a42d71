"""Whether what runs is recorded where an operator looks: one that finds no image there stops the app."""

from collections.abc import Iterable

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from gitopsgen.plan.model import Plan, Service
from gitopsgen.project import SPEC_NAME
from gitopsgen.repo.change import Decision
from gitopsgen.repo.disk import Disk
from gitopsgen.repo.exchange import has_our_text
from gitopsgen.repo.lock import Entry, Input, Lock

_BRING = "`gitopsgen generate --config-repo DIR`, where DIR is a clone of {}, brings them"


def unrecorded(compiled: Compiled, decision: Decision, lock: Lock | None, root: Root) -> list[Diagnostic]:
    """Return what to do before an operator looks, where an app was delivered in another way until this run."""
    if lock is None or compiled.plan.tree != "app":
        return []
    theirs = {path for path in compiled.edits.ejected if Disk(root).has(path)}
    found = [_of_service(service, decision, lock, theirs) for service in compiled.services]
    return [one for one in found if one]


def _of_service(service: Service, decision: Decision, lock: Lock, theirs: Iterable[str]) -> Diagnostic | None:
    plan = service.plan
    before = [entry for entry in lock.files if entry.path.startswith(plan.home)]
    if not any(entry.pack == service.packs["workload"].id for entry in before):
        return None  # it is new
    images = {entry.path for entry in before if _is_image(entry, plan)}
    had_operator = any(entry.pack.startswith("gitops/") for entry in before)
    if plan.mode == "push":
        return None if images else _operator_elsewhere(plan)
    if images and not had_operator:
        return _from_push(plan)
    if plan.config.separate:
        left = [change.path for change in decision.changes if change.path in images and change.verdict == "forget"]
        return _left(plan) if left else _other_repository(plan) if not images and _has_moved(plan, decision) else None
    former = [path for path in sorted(theirs) if path.startswith(plan.home) and _is_former(path, plan)]
    awaiting = _begun(plan, decision) if former else _names(plan, decision)
    if former:
        return _ejected(plan, awaiting, former) if awaiting else None
    return _elsewhere(plan, awaiting) if awaiting and not images else None


def _is_image(entry: Entry, plan: Plan) -> bool:
    return entry.ownership == "once" and entry.path.endswith(_image_name(plan))


def _is_former(path: str, plan: Plan) -> bool:
    """Whether an image was recorded at a path, for an environment that is nowhere any more."""
    return path.endswith(_image_name(plan)) and path not in [each.image_file for each in plan.environments]


def _image_name(plan: Plan) -> str:
    first = plan.environments[0]
    return first.image_file.removeprefix(first.overlay)


def _begun(plan: Plan, decision: Decision) -> list[str]:
    """Return the files in which an image is to be recorded for an environment that is new."""
    begun = {change.path for change in decision.changes if change.verdict == "create" and has_our_text(change)}
    return [environment.image_file for environment in plan.environments if environment.image_file in begun]


def _names(plan: Plan, decision: Decision) -> list[str]:
    """Return the environments for which no image is recorded after this run, or one of an earlier time."""
    waiting = {change.path for change in decision.changes if has_our_text(change) or change.verdict == "keep"}
    return [environment.name for environment in plan.environments if environment.image_file in waiting]


def _has_moved(plan: Plan, decision: Decision) -> bool:
    """Whether a file, such as the pipeline, tells of the repository of the manifests, and told of another before."""
    url = plan.config.repository.url.encode()
    changed = [change for change in decision.changes if change.verdict == "update"]
    return any(url in (change.after or b"") and url not in (change.before or b"") for change in changed)


def _other_repository(plan: Plan) -> Diagnostic:
    files = [f"{plan.config.prefix}{environment.image_file}" for environment in plan.environments]
    return _warning(
        "images.other-repository",
        f"the manifests of {plan.name} were in another repository than {plan.config.repository.url}, and the images "
        "that CI recorded are still there: an operator would run no pods without them",
        f"before you hand the app over, copy from a clone of the one into a clone of the other: {', '.join(files)}",
        plan,
    )


def _from_push(plan: Plan) -> Diagnostic:
    where = ", ".join(environment.name for environment in plan.environments)
    return _warning(
        "images.from-push",
        f"git does not say which image of {plan.name} runs in {where}: an operator would run none, or an old one",
        "before you hand the app over, record it for each: `gitopsgen setup` has the commands, and takes back what CI "
        "was allowed in the cluster",
        plan,
    )


def _left(plan: Plan) -> Diagnostic:
    return _warning(
        "images.left",
        f"the images of {plan.name} that CI recorded do not go along, and an operator would run no pods without them",
        _BRING.format(plan.config.repository.url),
        plan,
    )


def _elsewhere(plan: Plan, names: Iterable[str]) -> Diagnostic:
    return _warning(
        "images.elsewhere",
        f"the manifests of {plan.name} were in another repository, which says what runs in {', '.join(names)}: "
        "an operator would run no pods there, or what was recorded here long ago",
        _BRING.format("that repository"),
        plan,
    )


def _ejected(plan: Plan, new: Iterable[str], former: Iterable[str]) -> Diagnostic:
    return _warning(
        "images.ejected",
        f"{', '.join(new)} begins without an image, and an operator would run no pods: what was recorded in "
        f"{', '.join(former)} is yours and stays there",
        "where an environment has another name only, copy the one file to the other",
        plan,
    )


def _operator_elsewhere(plan: Plan) -> Diagnostic:
    return _warning(
        "operator.elsewhere",
        f"the manifests of {plan.name} were in another repository; an operator that follows it undoes what CI deploys",
        "delete the operator's objects of the app before the next delivery: what they deployed goes on running",
        plan,
    )


def manifests_apart(compiled: Compiled, before: Iterable[Input], after: Iterable[Input]) -> list[Diagnostic]:
    """Return how manifests in a repository of their own come along, when what they are made from has changed."""
    apart = [service.plan for service in compiled.services if service.plan.config.separate]
    if not apart or set(before) == set(after):
        return []
    urls = ", ".join(sorted({plan.config.repository.url for plan in apart}))
    message = (
        f"the manifests of {', '.join(plan.name for plan in apart)} are in {urls}, and this run does not write there"
    )
    cure = "`gitopsgen generate --config-repo DIR`, where DIR is a clone of it; commit and push there, too"
    return [_warning("config.apart", message, cure, apart[0])]


def _warning(code: str, message: str, cure: str, plan: Plan) -> Diagnostic:
    return Diagnostic(code, message, cure, f"{plan.home}{SPEC_NAME}", severity="warning")
