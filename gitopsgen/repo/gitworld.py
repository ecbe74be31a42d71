"""What only git can tell, asked when lock and disk leave a doubt. Without git, or outside of it, nothing is known."""

import os
from collections.abc import Iterable, Iterator

from gitopsgen.core.git import git
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.repo.lock import LOCK_NAME
from gitopsgen.repo.snapshot import Found

# So many commits back the texts of a path are looked for.
_COMMITS = 40


# Where the other side of a merge, a rebase or a cherry-pick can be found, besides HEAD.
_OTHER_SIDES = ("MERGE_HEAD", "ORIG_HEAD", "REBASE_HEAD", "CHERRY_PICK_HEAD")


def is_below_git(root: str) -> bool:
    """Whether a repository of git is there, told without running it."""
    folder = root
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return False
        folder = above
    return True


def has_no_modes(root: str) -> bool:
    """Whether git was told that this file system does not keep the executable bit."""
    return git(root, "config", "--type=bool", "core.fileMode").strip() == "false"


def ignored(root: str, paths: Iterable[RepoPath]) -> list[RepoPath]:
    """Return those of `paths` that git ignores."""
    output = git(root, "check-ignore", "-z", "--stdin", text="".join(f"{path}\0" for path in paths))
    return sorted(RepoPath(name) for name in output.split("\0") if name)


def outside_sparse(root: Root, paths: Iterable[RepoPath]) -> dict[RepoPath, Found]:
    """Return what git has at those of `paths` that a sparse checkout leaves out."""
    names = {root.real(path): path for path in paths}
    if not names:
        return {}
    listed = git(root.path, "ls-files", "-t", "-s", "-z", "--", *(f":(literal){name}" for name in names))
    found = {}
    for line in filter(None, listed.split("\0")):
        facts, _, name = line.partition("\t")
        tag, mode, blob, *_ = facts.split(" ")
        if tag == "S":
            text = os.fsencode(git(root.path, "cat-file", "blob", blob))
            found[names[name]] = Found(text, int(mode, 8) & 0o777)
    return found


def texts_of(root: Root, path: RepoPath) -> list[bytes]:
    """Return the texts that `path` had in the commits of all sides of a merge, the latest first, each once."""
    name = root.real(path)
    sides = [side for side in _OTHER_SIDES if git(root.path, "rev-parse", "--verify", "--quiet", side)]
    commits = git(root.path, "rev-list", f"-{_COMMITS}", "HEAD", *sides, "--", f":(literal){name}").split()
    texts = (_text_at(root.path, place, name) for place in (":2", ":3", *commits))
    return list(dict.fromkeys(text for text in texts if text is not None))


def origins(root: Root) -> list[bytes]:
    """Return the texts of those files that both sides of an unfinished merge have no longer under their names."""
    stages: dict[str, dict[str, str]] = {}
    for line in filter(None, git(root.path, "ls-files", "--unmerged", "-z").split("\0")):
        facts, _, name = line.partition("\t")
        _, blob, stage = facts.split(" ")
        stages.setdefault(name, {})[stage] = blob
    gone = (each["1"] for each in stages.values() if set(each) == {"1"})
    return list(dict.fromkeys(os.fsencode(git(root.path, "cat-file", "blob", blob)) for blob in gone))


def locks_beside(root: Root, path: RepoPath, text: bytes) -> Iterator[bytes]:
    """Yield the lock of each commit that gave `path` this text, the latest first."""
    name = root.real(path)
    known = git(root.path, "hash-object", f"--path={name}", "--stdin", text=os.fsdecode(text)).strip()
    words = ("log", f"-{_COMMITS}", "-m", "--raw", "--no-abbrev", "--no-renames", "--format=%H")
    commit = ""
    for line in git(root.path, *words, "--", f":(literal){name}").split("\n") if known else ():
        if not line.startswith(":"):
            commit = line or commit
        elif line.split(" ")[3] == known and (lock := _text_at(root.path, commit, LOCK_NAME)) is not None:
            yield lock


def _text_at(root: str, place: str, name: str) -> bytes | None:
    """Return the text of a file in a commit, or at a stage of the index."""
    if git(root, "cat-file", "-t", f"{place}:./{name}").strip() != "blob":
        return None
    return os.fsencode(git(root, "cat-file", "blob", f"{place}:./{name}"))
