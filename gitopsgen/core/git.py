"""git as a program: what it prints, and an exception or nothing where it says no."""

import os

_SECONDS = 10


class GitError(Exception):
    """Git is missing, or said no; the text is why."""


def git(root: str, *arguments: str, text: str = "") -> str:
    """Return what a git command prints, empty when git is missing, slow or says no."""
    return git_answer(root, *arguments, text=text) or ""


def git_answer(root: str, *arguments: str, text: str = "") -> str | None:
    """Return what a git command prints, empty when git says no; None when git is missing or slow."""
    import subprocess

    command = ["git", "-C", root, "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, input=os.fsencode(text), capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return os.fsdecode(done.stdout) if done.returncode == 0 else ""


def ask_git(root: str, *arguments: str, text: str = "") -> str:
    """Return what a git command prints. Raises GitError when git is missing or says no."""
    import subprocess

    command = ["git", "-C", root, *arguments]
    try:
        done = subprocess.run(command, input=os.fsencode(text), capture_output=True, check=False)  # noqa: S603
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}") from error
    if done.returncode:
        said = os.fsdecode(done.stderr).strip().partition("\n")[0]
        raise GitError(said.removeprefix("fatal: ") or f"git {arguments[0]} failed")
    return os.fsdecode(done.stdout)


def anchor_environment() -> None:
    """Make the places that git gives a hook independent of the folder in which git is asked.

    With GIT_DIR alone, git takes the folder it is run in for the top of the working tree, whichever that is.
    """
    if "GIT_DIR" not in os.environ:
        return
    here = os.getcwd()
    os.environ.setdefault("GIT_WORK_TREE", here)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        if name in os.environ:
            os.environ[name] = os.path.join(here, os.environ[name])
