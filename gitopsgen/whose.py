"""Whose a problem of the outputs is: of what we write, of a recorded edit, or of a file that is the user's."""

from collections.abc import Iterable
from typing import NamedTuple

from gitopsgen.core.diagnostic import Diagnostic, has_errors
from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.edits import Edited
from gitopsgen.plan.model import Service
from gitopsgen.repo.disk import Disk
from gitopsgen.verify.outputs import Output, read_back
from gitopsgen.verify.references import dangling


class Written(NamedTuple):
    """What is verified: the files of the services, read back, and what people's edits made of them."""

    services: tuple[Service, ...]
    outputs: list[Output]
    edited: Edited


def dangling_by_whom(written: Written, disk: Disk) -> list[Diagnostic]:
    """Search what was written for names that lead nowhere; in the user's files in its midst, by what they say.

    What would be right beside our own text of these files is theirs to mend, and no error of what we write.
    """
    services, outputs, edited = written
    theirs = [text for file in edited.ejected.values() if (text := _on_disk(file, disk.repository))]
    found = dangling([*outputs, *read_back(theirs)[0]], services, disk.has)
    if not has_errors(found):
        return of_whom(found, edited)
    instead = read_back([edited.ejected[file.path] for file in theirs])[0]
    ours = set(dangling([*outputs, *instead], services, disk.has))
    told = of_whom([one if one in ours else _of_ejected(one) for one in found], edited)
    for path, plain in edited.plain.items():
        others = [output for output in outputs if output.file.path != path]
        without = {one[:2] for one in dangling([*others, *read_back([plain])[0], *instead], services, disk.has)}
        told = [one if one[:2] in without else _of_patch(one, path) for one in told]
    for path in sorted(edited.ejected.keys() - {file.path for file in theirs}):
        again = read_back([edited.ejected[path]])[0]
        still = {one[:2] for one in dangling([*outputs, *instead, *again], services, disk.has)}
        told = [one if one[:2] in still else _of_missing(one, path) for one in told]
    return told


def _on_disk(file: RenderedFile, root: Root) -> RenderedFile | None:
    """Return an ejected file with the text that the user gave it, None when it cannot be read."""
    try:
        raw = root.read(file.path)
        return file._replace(text=raw.decode().replace("\r\n", "\n")) if raw is not None else None
    except (OSError, UnicodeDecodeError, UnsafePathError):
        return None


def of_whom(problems: Iterable[Diagnostic], edited: Edited) -> list[Diagnostic]:
    """Name who can mend a problem: a patch, or the user, whose own files we only look at."""
    named = []
    for problem in problems:
        if problem.path in edited.ejected:
            named.append(problem._replace(severity="warning", cure="the file is ejected: mend it there"))
        elif problem.path in edited.plain:
            cure = f"the file is patched: mend it and run `gitopsgen adopt {problem.path}`, or mend the patch"
            named.append(problem._replace(cure=cure))
        elif edited.ejected and problem.severity == "error":
            cure = f"{problem.cure}; or take it out of {problem.path} by hand and `gitopsgen adopt {problem.path}`"
            named.append(problem._replace(cure=cure))
        else:
            named.append(problem)
    return named


def _of_ejected(problem: Diagnostic) -> Diagnostic:
    """Return a problem as a warning, because an ejected file is what does not fit."""
    cure = f"an ejected file says otherwise: mend it there, or edit {problem.path} and `gitopsgen adopt {problem.path}`"
    return problem._replace(severity="warning", cure=cure)


def _of_missing(problem: Diagnostic, path: RepoPath) -> Diagnostic:
    """Return an error that would not be there if somebody had not ejected `path`, and deleted it."""
    if problem.severity != "error":
        return problem
    return problem._replace(cure=f"{path} is ejected and not there: `gitopsgen generate --take {path}` writes it")


def _of_patch(problem: Diagnostic, path: RepoPath) -> Diagnostic:
    """Return an error that would not be there without the recorded edit of `path`; a warning stays what it is."""
    if problem.severity != "error":
        return problem
    cure = f"the recorded edit of {path} is why: mend it there and `gitopsgen adopt {path}`"
    return problem._replace(cure=f"{cure}, or `gitopsgen adopt --drop {path}`")
