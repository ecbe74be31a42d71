"""Short words for the stories: record an edit, bring it to another text."""

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import RepoPath
from gitopsgen.patch.engine import apply, read, record
from gitopsgen.patch.model import Patch

TARGET = RepoPath("k8s/base/deployment.yaml")
DOCKERFILE = RepoPath("Dockerfile")


def recorded(base: str, edited: str, target: RepoPath = TARGET, language: str = "yaml") -> Patch:
    """Write an edit down and read it back."""
    path, text = record(target, base, edited, language)
    return loaded(path, text)


def loaded(path: RepoPath, text: str) -> Patch:
    """Read a patch that must be good."""
    patch = read(path, text.encode())
    assert isinstance(patch, Patch), patch
    return patch


def brought(patch: Patch, base: str) -> str:
    """Apply a patch that must fit."""
    text = apply(patch, base)
    assert isinstance(text, str), text
    return text


def refused(patch: Patch, base: str) -> list[Diagnostic]:
    """Apply a patch that must not fit."""
    problems = apply(patch, base)
    assert isinstance(problems, list), problems
    return problems


def edit(base: str, *changes: tuple[str, str]) -> str:
    """Replace texts that stand there once."""
    for old, new in changes:
        assert base.count(old) == 1, (old, base.count(old))
        base = base.replace(old, new)
    return base
