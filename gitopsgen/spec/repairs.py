"""A spec with mistakes as it would be without them, so that rules across fields can be asked all the same.

What should stand in the place of a mistake is not known, so there are several repairs: each puts another value there
that could be right, or leaves the field out. What all of them come to is true whatever the author meant.
"""

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.spec.errors import schema_at

_MOST = 6
_LEFT_OUT = object()
# What is repaired by leaving it out, and in no other way.
_TOO_MUCH = ("spec.unknown-field",)


def repairs(doc: SourceDoc, problems: Iterable[Diagnostic]) -> Iterator[dict[str, Any]]:
    """Yield the data of `doc` in short forms, repaired where it has problems: nothing when that would take guesses.

    One repair alone comes only of a spec that merely has too much in it.
    """
    paths = {place: at for known in (doc.values, doc.keys) for at, place in known.items() if at}
    places: dict[Path, bool] = {}
    for problem in problems:
        at = paths.get(problem.position) if problem.position else None
        if at is None:
            return
        at = next((at[:end] for end, part in enumerate(at) if isinstance(part, int)), at)
        places[at] = problem.code in _TOO_MUCH and places.get(at, True)
    choices = {at: [_LEFT_OUT] if is_surplus else _candidates(at) for at, is_surplus in places.items()}
    rounds = 1 if all(places.values()) else max(2, *map(len, choices.values()))
    for number in range(min(rounds, _MOST)):
        data = copy.deepcopy(doc.data)
        # The deepest first: what lies below another mistake goes with it.
        for at in sorted(choices, key=len, reverse=True):
            _put(data, at, choices[at][number % len(choices[at])])
        yield data


def _candidates(at: Path) -> list[Any]:
    node = schema_at(at)
    return [*node.get("enum", node.get("examples", ())), _LEFT_OUT]


def _put(data: Any, at: Path, value: Any) -> None:
    for part in at[:-1]:
        data = data.get(part) if isinstance(data, dict) else None
    if isinstance(data, dict) and at[-1] in data:
        if value is _LEFT_OUT:
            del data[at[-1]]
        else:
            data[at[-1]] = copy.deepcopy(value)
