"""What `--take` put aside: `.gitopsgen/kept/` with its own list of what is ours there, so that nothing else ever goes.

The list is the folder's .gitignore, which git needs anyway: one comment `# <sha256> <path>` for each text that was put
aside. A file that somebody changed since, or put there themselves, stays.
"""

import os
import re
from collections.abc import Mapping
from contextlib import suppress

from gitopsgen.core.errors import UnsafePathError
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.repo.digest import digest

KEPT = RepoPath(".gitopsgen/kept")
KEPT_LIST = RepoPath(f"{KEPT}/.gitignore")

_HEADER = "# Put aside by gitopsgen --take; goes at the next run that changes files without --take.\n*\n"
_LINE = re.compile(r"# ([0-9a-f]{64}) (.+)")


def kept_list(before: bytes | None, added: Mapping[RepoPath, bytes]) -> bytes:
    """Return the list with the texts in `added`, keyed by where they lie; a list that is not ours is left alone."""
    if before is not None and not before.startswith(_HEADER.encode()):
        return before
    known = _parse(before or b"") | {path: digest(text) for path, text in added.items()}
    lines = (f"# {known[path]} {path.removeprefix(f'{KEPT}/')}\n" for path in sorted(known))
    return (_HEADER + "".join(lines)).encode()


def forget_kept(root: Root) -> None:
    """Delete what earlier runs put aside and nobody touched since; nothing behind a link, and no other file."""
    # Most repositories have none, and need no look at where the folders on its way lead.
    listed = _read(root, KEPT_LIST) if os.path.lexists(f"{root.path}/{KEPT_LIST}") else None
    if listed is None or not listed.startswith(_HEADER.encode()):
        return
    folders = {os.path.dirname(root.locate(KEPT_LIST))}
    for path, known in _parse(listed).items():
        text = _read(root, path)
        if text is not None and digest(text) == known:
            _delete(root.locate(path))
            folders |= set(_folders_of(root, path))
    # The list goes last, and only when nothing is left that it hides from git.
    with suppress(OSError):
        if not _holds_files(os.path.dirname(root.locate(KEPT_LIST))):
            _delete(root.locate(KEPT_LIST))
    for folder in sorted(folders, key=len, reverse=True):
        with suppress(OSError):
            os.rmdir(folder)


def _parse(raw: bytes) -> dict[RepoPath, str]:
    found = {}
    for match in filter(None, map(_LINE.fullmatch, raw.decode("utf-8", "replace").split("\n"))):
        with suppress(UnsafePathError):
            found[RepoPath(f"{KEPT}/{match[2]}")] = match[1]
    return found


def _read(root: Root, path: RepoPath) -> bytes | None:
    """Return the text of a regular file that no link leads to."""
    folder = f"{root.path}/{path.parent}"
    if os.path.realpath(folder) != folder:
        return None
    try:
        return root.read(path)
    except (OSError, UnsafePathError):
        return None


def _folders_of(root: Root, path: RepoPath) -> list[str]:
    parts = path.parent.split("/")
    return [f"{root.path}/{'/'.join(parts[:count])}" for count in range(2, len(parts) + 1)]


def _holds_files(folder: str) -> bool:
    return any(name != ".gitignore" or at != folder for at, _, names in os.walk(folder) for name in names)


def _delete(name: str) -> None:
    with suppress(OSError):
        os.unlink(name)
