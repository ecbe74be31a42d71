"""What git itself knows: where the repository lives, which branch is delivered, what is ignored."""

import os
import re

from gitopsgen.core.git import git
from gitopsgen.spec import patterns

_HTTPS = re.compile(r"https://(?:[^/@]*@)?(?P<host>[^/@]+)/(?P<path>.+)")
_SSH = re.compile(r"(?:ssh://git@(?P<host>[^/:@]+)(?::[0-9]+)?/|git@(?P<host2>[^/:@]+):)(?P<path>.+)")
# An alias of someone's ssh configuration and a host that speaks only ssh say nothing about the https address.
_PUBLIC_HOST = re.compile(r"(?!(alt)?ssh\.)([a-z0-9-]+\.)+([a-z]{2,}|[0-9]{1,3})")


def https_url(remote: str) -> str:
    """Return a remote as an https URL without credentials, empty when it cannot be one."""
    if found := _HTTPS.fullmatch(remote):
        host = found["host"].lower()
    elif found := _SSH.fullmatch(remote):
        host = (found["host"] or found["host2"]).lower()
        if not _PUBLIC_HOST.fullmatch(host):
            return ""
    else:
        return ""
    url = f"https://{host}/{found['path'].strip('/')}"
    return url if re.fullmatch(patterns.REPOSITORY, url) and len(url) <= 255 else ""


def repository(root: str) -> str:
    """Return the https URL of the remote `origin`, or nothing."""
    return https_url(git(root, "remote", "get-url", "origin").strip())


def parts(url: str) -> dict[str, str]:
    """Return what registries and CI systems make names of, in lower case: host, path, owner and name."""
    host, _, path = url.removeprefix("https://").removesuffix(".git").lower().partition("/")
    owner, slash, name = path.rpartition("/")
    found = {"host": host, "path": path, "owner": owner, "name": name} if slash else {}
    return {f"repository.{key}": value for key, value in found.items()}


def branch(root: str) -> tuple[str, str]:
    """Return the branch that is delivered and where it was found; both empty when git does not say."""
    for evidence, arguments in (
        ("git: default branch of origin", ("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")),
        ("git: current branch", ("symbolic-ref", "--quiet", "--short", "HEAD")),
        ("git config init.defaultBranch", ("config", "init.defaultBranch")),
    ):
        name = git(root, *arguments).strip()
        if arguments[-1].endswith("origin/HEAD"):
            name = name.removeprefix("origin/")
        if name:
            return (name, evidence) if len(name) <= 128 and re.fullmatch(patterns.BRANCH, name) else ("", "")
    return "", ""


def ignored(root: str, names: list[str]) -> set[str]:
    """Return those of the names that git ignores."""
    output = git(root, "check-ignore", "-z", "--stdin", text="".join(f"{name}\0" for name in names))
    return set(output.split("\0"))


def enclosing_repository(root: str) -> str:
    """Return the root of the git repository that `root` is a folder of, empty when it is its own root or in none."""
    folder = os.path.realpath(root)
    if os.path.exists(os.path.join(folder, ".git")):
        return ""
    while (above := os.path.dirname(folder)) != folder:
        if os.path.exists(os.path.join(above, ".git")):
            return above
        folder = above
    return ""
