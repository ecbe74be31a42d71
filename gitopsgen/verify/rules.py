"""The rules about references of a pack, read from its manifest once, however many apps it is chosen for."""

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Severity
from gitopsgen.packs.catalogue import Pack


class Place(NamedTuple):
    """Where values are looked for; several rules may look at one place. None for what a selector does not ask for."""

    plan: str | None
    language: str | None
    file: str | None
    kind: str | None
    path: str | None


class Selector(NamedTuple):
    """A place, which part of its texts counts, and whether only what stands in the file of the `from` does."""

    place: Place
    within: str | None
    pattern: str | None
    is_near: bool


class Rule(NamedTuple):
    """What the selectors `users` find must be among what the selectors `makers` find; `words` is its entry."""

    users: tuple[Selector, ...]
    makers: tuple[Selector, ...]
    match: str
    scope: str
    severity: Severity
    words: Mapping[str, Any]


@functools.lru_cache(maxsize=256)
def rules_of(pack: Pack) -> tuple[Rule, ...]:
    """Return the rules of a pack, in the order of its manifest."""
    return tuple(map(_rule, pack.get("references", ())))


def _rule(words: Mapping[str, Any]) -> Rule:
    return Rule(
        users=tuple(map(_selector, (words["from"], *words.get("alsoFrom", ())))),
        makers=tuple(map(_selector, (words["to"], *words.get("alsoTo", ())))),
        match=words.get("match", "in"),
        scope=words.get("scope", "app"),
        severity=words.get("severity", "error"),
        words=words,
    )


def _selector(words: Mapping[str, str]) -> Selector:
    place = Place(*map(words.get, Place._fields))
    if place.plan is not None:
        place = Place(place.plan, None, None, None, None)
    elif place.language is not None:
        place = Place(None, place.language, None, None, None)
    return Selector(place, words.get("within"), words.get("pattern"), words.get("same") == "file")
