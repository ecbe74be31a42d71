"""Whether a folder is a checkout of the repository that a spec keeps its manifests in."""

import os
from collections.abc import Sequence

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.git import git
from gitopsgen.core.repopath import Root
from gitopsgen.detect.git import https_url
from gitopsgen.plan.model import Plan
from gitopsgen.project import SPEC_NAME


def unfit_checkout(home: Root, folder: str, plans: Sequence[Plan]) -> Diagnostic | None:
    """Return why the manifests of the apps in `home` do not belong into `folder`."""
    if not os.path.isdir(folder):
        return _refused(f"there is no folder {folder}", "clone the repository of the manifests, and name the clone")
    if os.path.realpath(folder) == home.path or _top(folder) == (_top(home.path) or None):
        return _refused(
            f"{folder} is in the app's own repository, not in that of its manifests",
            "name a clone of the repository of the manifests, or keep them here: `gitops: {repository: same}`",
        )
    urls = sorted({plan.config.repository.url for plan in plans if plan.config.separate})
    if urls and not plans_in(folder, plans):
        found = ", ".join(sorted({https_url(remote) for remote in _remotes(folder)}))
        return _refused(
            f"{folder} is a checkout of {found}, and the spec keeps the manifests in {', '.join(urls)}",
            f"`git clone {urls[0]}`, and name the clone; or mend `gitops.repository` in {SPEC_NAME}",
        )
    return None


def plans_in(folder: str, plans: Sequence[Plan]) -> list[Plan]:
    """Return the plans whose manifests belong into the checkout; where its remotes do not tell, all that have some."""
    separate = [plan for plan in plans if plan.config.separate]
    remotes = _remotes(folder)
    told = {_place(url) for url in remotes if _place(url)}
    if len(told) < len(remotes) or not told:
        return separate
    return [plan for plan in separate if _place(plan.config.repository.url) in {*told, ""}]


def nothing_there() -> Diagnostic:
    """Return what to say when a checkout was named that has nothing to do with the app."""
    return _refused(
        "the spec keeps the manifests with the app", "write `gitops: {repository: URL}`, or leave --config-repo out"
    )


def _top(folder: str) -> str:
    return git(folder, "rev-parse", "--show-toplevel").strip()


def _remotes(folder: str) -> list[str]:
    lines = git(folder, "config", "--get-regexp", r"^remote\..*\.url$").splitlines()
    return sorted({line.partition(" ")[2] for line in lines})


def _place(url: str) -> str:
    """Return what is the same for all addresses of one repository, empty when an address does not tell."""
    return https_url(url).removesuffix(".git").lower()


def _refused(message: str, cure: str) -> Diagnostic:
    return Diagnostic("config.repository", message, cure, SPEC_NAME)
