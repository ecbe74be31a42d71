"""What can be seen from here of the steps outside the repository: without a network, and without credentials."""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from gitopsgen.core.git import git
from gitopsgen.detect.git import https_url
from gitopsgen.outcome import Compiled, Outcome
from gitopsgen.plan.model import Plan
from gitopsgen.project import SPEC_NAME, WORKSPACE_NAME
from gitopsgen.repo.lock import LOCK_NAME
from gitopsgen.setup import SetupStep

# Steps that checks of their own look at, or that there is nothing to look at for.
_SEEN_OTHERWISE = ("commit", "later")
_SHOWN = 3
_SECONDS = 10


class Check(NamedTuple):
    """One thing that was looked at.

    `unseen` cannot be told from here. `step` is the number of the step that it is about, 0 for none.
    """

    verdict: Literal["good", "missing", "unseen"]
    what: str
    cure: str = ""
    step: int = 0


def check_setup(root: str, compiled: Compiled, outcome: Outcome, steps: Sequence[SetupStep]) -> list[Check]:
    """Return what was seen of the repository at `root`, whose inspection came to `outcome`, and of this machine."""
    plan, packs = compiled.plan, compiled.packs.values()
    commit = next((number for number, step in enumerate(steps, 1) if step.phase == "commit"), 0)
    checks = [_lock(outcome)]
    if git(root, "rev-parse", "--is-inside-work-tree").strip() == "true":
        checks += [Check("good", "this is a git repository"), _remote(root, plan, commit)]
        checks += [*_branch(root, plan, commit), _committed(root, outcome, commit)]
    else:
        checks.append(Check("missing", "this is no git repository", f"step {commit} makes it one", commit))
    checks += _tools(steps, {name: url for pack in packs for name, url in pack.get("clients", {}).items()})
    checks += [
        Check("unseen", step.title, _how_to_see(step, number), number)
        for number, step in enumerate(steps, 1)
        if step.phase not in _SEEN_OTHERWISE
    ]
    return checks


def all_good(checks: Iterable[Check]) -> bool:
    """Whether nothing is missing of what can be seen."""
    return all(check.verdict != "missing" for check in checks)


def _lock(outcome: Outcome) -> Check:
    if outcome.exit_code == 0:
        return Check("good", "the generated files are what the spec says")
    return Check("missing", "the generated files are not what the spec says", "`gitopsgen generate`")


def _remote(root: str, plan: Plan, commit: int) -> Check:
    found = git(root, "remote", "get-url", "origin").strip()
    wanted = plan.repository.url
    if not found:
        return Check(
            "missing", "the remote origin is not set", f"`git remote add origin {wanted}`, step {commit}", commit
        )
    if not https_url(found):
        told = f"origin is an address of its own, and whether it leads to {wanted} cannot be told"
        return Check("unseen", told, "`git remote get-url origin` shows it")
    if _same_place(https_url(found), wanted):
        return Check("good", f"origin is {wanted}")
    cure = f"`git remote set-url origin {wanted}`, or mend `repository` in {_spec(plan)}"
    return Check("missing", f"origin is {https_url(found)}, and the spec says {wanted}", cure)


def _same_place(one: str, other: str) -> bool:
    return one.removesuffix(".git").lower() == other.removesuffix(".git").lower()


def _spec(plan: Plan) -> str:
    """Return the file that says what all services of a repository have in common."""
    return WORKSPACE_NAME if plan.home else SPEC_NAME


def _branch(root: str, plan: Plan, commit: int) -> list[Check]:
    branch = plan.repository.branch
    here, there = f"refs/heads/{branch}", f"refs/remotes/origin/{branch}"
    default = git(root, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD").strip()
    has_here, has_there = (bool(git(root, "rev-parse", "--verify", "--quiet", name)) for name in (here, there))
    checks = []
    if default == f"origin/{branch}":
        checks.append(Check("good", f"{branch} is the default branch of origin"))
    elif default:
        cure = f"make {branch} the default, then `git remote set-head origin --auto`; or mend `branch` in {_spec(plan)}"
        checks.append(Check("missing", f"the default branch of origin is {default[7:]}, not {branch}", cure))
    else:
        told = f"whether {branch} is the default branch of origin"
        checks.append(Check("unseen", told, "`git remote set-head origin --auto` asks origin"))
    if not has_here and not has_there:
        cure = f"`git branch {branch}`, or mend `branch` in {_spec(plan)}"
        checks.append(Check("missing", f"there is no branch {branch}", cure))
    elif not has_there:
        checks.append(Check("missing", f"{branch} was never pushed to origin", f"step {commit} pushes it", commit))
    elif has_here and (ahead := git(root, "rev-list", "--count", f"{there}..{here}").strip()) != "0":
        commits = "1 commit" if ahead == "1" else f"{ahead} commits"
        told = f"{branch} has {commits} that origin had not when it was asked last"
        checks.append(Check("missing", told, f"step {commit} pushes what is there", commit))
    else:
        checks.append(Check("good", f"origin has the branch {branch}"))
    return checks


def _committed(root: str, outcome: Outcome, commit: int) -> Check:
    written = [str(file.path) for file in outcome.compiled.files] if outcome.compiled else []
    services = outcome.compiled.services if outcome.compiled else ()
    specs = [f"{service.plan.home}{SPEC_NAME}" for service in services]
    names = sorted({*specs, str(WORKSPACE_NAME), str(LOCK_NAME), *written})
    names = [name for name in names if os.path.lexists(os.path.join(root, name))]
    known = set(git(root, "ls-tree", "-r", "-z", "--name-only", "HEAD", "--", *names).split("\0"))
    changed = set(git(root, "diff", "--name-only", "--relative", "-z", "HEAD", "--", *names).split("\0"))
    left = [name for name in names if name not in known or name in changed]
    if not left:
        return Check("good", "the spec, the lock and the generated files are committed")
    more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
    return Check(
        "missing", f"not committed as it is: {', '.join(left[:_SHOWN])}{more}", f"step {commit} commits them", commit
    )


def _tools(steps: Sequence[SetupStep], homes: Mapping[str, str]) -> list[Check]:
    used: dict[str, list[int]] = {}
    for number, step in enumerate(steps, 1):
        for tool in step.tools:
            used.setdefault(tool, []).append(number)
    checks = []
    for tool, numbers in sorted(used.items()):
        which = f"step{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
        if shutil.which(tool):
            checks.append(Check("good", f"{tool} is here, for {which}", "", numbers[0]))
        else:
            where = f": {homes[tool]}" if tool in homes else ""
            checks.append(Check("missing", f"{tool} is not on PATH, for {which}", f"install {tool}{where}", numbers[0]))
    if "kubectl" in used and shutil.which("kubectl"):
        checks.append(_context(used["kubectl"][0]))
    return checks


def _context(step: int) -> Check:
    """Tell which cluster kubectl would talk to: it reads its own file for that, and asks nobody."""
    import subprocess

    words = ["kubectl", "config", "current-context"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_SECONDS)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        done = None
    context = done.stdout.strip() if done and done.returncode == 0 else ""
    if not context:
        return Check("missing", "kubectl has no current context", "`kubectl config use-context NAME`", step)
    return Check(
        "unseen", f"whether the context {context} of kubectl is the cluster meant", "`kubectl cluster-info`", step
    )


def _how_to_see(step: SetupStep, number: int) -> str:
    return f"`{step.see}` shows it" if step.see else f"step {number} says how it is done"
