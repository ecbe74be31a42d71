"""What a person says about single paths."""

from typing import NamedTuple

from gitopsgen.core.repopath import RepoPath


class Wishes(NamedTuple):
    """What a person said about single paths.

    In `take` ours wins, those in `keep` are left alone in this run, and those in `have`, which are generated no more,
    the person wants to have for good.
    """

    take: frozenset[RepoPath] = frozenset()
    keep: frozenset[RepoPath] = frozenset()
    have: frozenset[RepoPath] = frozenset()


NO_WISHES = Wishes()
