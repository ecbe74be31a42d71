"""The commits that the tags of a repository stand for, asked of git."""

import os
import re
import subprocess

from gitopsgen.repin.registry import LookupFailed

_SECONDS = 60
_LINE = re.compile(r"([0-9a-f]{40})\trefs/tags/(\S+?)(\^\{\})?$", re.MULTILINE)
_RELEASE = re.compile(r"v?([0-9]+(?:\.[0-9]+){0,2})\Z")


def commits_of(url: str) -> dict[str, str]:
    """Return the commit of each tag; of an annotated tag, the commit that it is about. Raises LookupFailed."""
    # Nobody is there to answer a question for a password.
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": "", "LC_ALL": "C"}
    command = ["git", "ls-remote", "--tags", "--", url]
    try:
        done = subprocess.run(  # noqa: S603 - the URL is a host of ours with a checked owner and name
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except OSError as error:
        raise LookupFailed(f"git cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise LookupFailed(f"{url}: no answer in {_SECONDS} seconds") from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["git says no"]
        raise LookupFailed(f"{url}: {said[0].removeprefix('fatal: ')}")
    # The line of the commit comes after that of the tag, and wins.
    return {name: commit for commit, name, _ in _LINE.findall(done.stdout)}


def release(tag: str) -> tuple[int, ...]:
    """Return the numbers of a release such as v4.1.0, empty for any other tag."""
    match = _RELEASE.match(tag)
    return tuple(map(int, match[1].split("."))) if match else ()


def newest(tags: dict[str, str], tag: str) -> str:
    """Return the newest full release, empty when `tag` is that or none is newer."""
    known = [name for name in tags if len(release(name)) == 3 and release(name) > release(tag)]
    # What moves with every release, such as v4, is behind none of its own.
    known = [name for name in known if release(name)[: len(release(tag))] != release(tag)]
    return max(known, key=release, default="") if release(tag) else ""
