"""What only git can tell, asked when lock and disk leave a doubt. Without git, or outside of it, nothing is known."""

import os
from collections.abc import Iterable, Iterator, Mapping

from gitopsgen.core.git import git
from gitopsgen.core.repopath import RepoPath
from gitopsgen.repo import block
from gitopsgen.repo.change import Change
from gitopsgen.repo.digest import digest
from gitopsgen.repo.known import Known
from gitopsgen.repo.lines import to_lf
from gitopsgen.repo.snapshot import Found

# Where the other side of a merge, a rebase or a cherry-pick can be found, besides HEAD.
_OTHER_SIDES = ("MERGE_HEAD", "ORIG_HEAD", "REBASE_HEAD", "CHERRY_PICK_HEAD")
_MARKERS = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")
# So many commits back the two texts of a merge are looked for.
_COMMITS = 40


def is_below_git(root: str) -> bool:
    """Whether a repository of git is there, told without running it."""
    folder = root
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return False
        folder = above
    return True


def committed(root: str, path: RepoPath) -> bytes | None:
    """Return the text of `path` in the last commit, None when there is none."""
    return _text_at(root, "HEAD", path)


def has_no_modes(root: str) -> bool:
    """Whether git was told that this file system does not keep the executable bit."""
    return git(root, "config", "--type=bool", "core.fileMode").strip() == "false"


def ignored(root: str, paths: Iterable[RepoPath]) -> list[RepoPath]:
    """Return those of `paths` that git ignores."""
    output = git(root, "check-ignore", "-z", "--stdin", text="".join(f"{path}\0" for path in paths))
    return sorted(RepoPath(name) for name in output.split("\0") if name)


def outside_sparse(root: str, paths: Iterable[RepoPath]) -> dict[RepoPath, Found]:
    """Return what git has at those of `paths` that a sparse checkout leaves out."""
    listed = git(root, "ls-files", "-t", "-s", "-z", "--", *(f":(literal){path}" for path in paths))
    found = {}
    for line in filter(None, listed.split("\0")):
        facts, _, name = line.partition("\t")
        tag, mode, blob, *_ = facts.split(" ")
        if tag == "S":
            text = os.fsencode(git(root, "cat-file", "blob", blob))
            found[RepoPath(name)] = Found(text, int(mode, 8) & 0o777)
    return found


def merged(root: str, edited: Iterable[Change], known: Mapping[RepoPath, Known]) -> dict[RepoPath, str]:
    """Return the digests of those texts on disk that git, and nobody else, made of texts of ours.

    That is so when each of their lines stands in a text that the lock knows and that git still has; a person who
    resolves a conflict by choosing among such lines has written nothing of their own either.
    """
    found = {}
    for change in edited:
        ours = known.get(change.path)
        lines = _own_lines(change, change.before)
        if ours is None or not ours.is_open or lines is None:
            continue
        texts = list(_texts_of_ours(root, change, ours))
        sources = {line for text in texts for line in text.split(b"\n")}
        if len(texts) > 1 and all(line in sources or line.startswith(_MARKERS) for line in lines.split(b"\n")):
            found[change.path] = digest(lines)
    return found


def _texts_of_ours(root: str, change: Change, ours: Known) -> Iterator[bytes]:
    """Yield the texts of the commits of all sides that the lock knows as ours, each once."""
    sides = [side for side in _OTHER_SIDES if git(root, "rev-parse", "--verify", "--quiet", side)]
    commits = git(root, "rev-list", f"-{_COMMITS}", "HEAD", *sides, "--", f":(literal){change.path}").split()
    seen = set()
    for place in (":2", ":3", *commits):
        raw = _text_at(root, place, change.path)
        lines = _own_lines(change, raw)
        if lines is None or digest(lines) in seen or not ours.knows({digest(lines)}, change.ownership):
            continue
        seen.add(digest(lines))
        yield lines


def _own_lines(change: Change, raw: bytes | None) -> bytes | None:
    """Return of a text what the lock's digest is about: all of it, or the lines of our block."""
    if raw is None or change.ownership != "block":
        return to_lf(raw) if raw is not None else None
    place = block.find(change.path, raw)
    return block.inner(raw, place) if isinstance(place, block.Block) else None


def _text_at(root: str, place: str, path: RepoPath) -> bytes | None:
    """Return the text of `path` in a commit, or at a stage of the index."""
    name = f"{place}:./{path}"
    if git(root, "cat-file", "-t", name).strip() != "blob":
        return None
    return os.fsencode(git(root, "cat-file", "blob", name))
