"""What a pattern cannot do without, so that most files are passed over without trying every line of theirs.

A pack has hundreds of patterns and an app thousands of lines. To look for a text in a file costs next to nothing; to
take a pattern apart costs as much as to compile it, so that is done where there are many files only. The parser of
`re` is private, but no other knows Python's own syntax; the test of what each pattern of a pack finds notices when it
changes.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

MANY = 24
"""From so many files on it pays."""
_SHORTEST = 3
_REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT)


def worth_trying(patterns: Iterable[str], text: str) -> list[re.Pattern[str]]:
    """Return those of the patterns, compiled, that may find something in a part of `text`. Raises re.error."""
    found = []
    for pattern in patterns:
        texts = needed(pattern)
        if not texts or any(each in text for each in texts):
            found.append(re.compile(pattern))
    return found


@cache
def needed(pattern: str) -> tuple[str, ...]:
    """Return texts of which each match of a pattern holds one; none when there are no telling ones. Raises re.error."""
    parsed = _parser.parse(pattern)
    texts = () if parsed.state.flags & re.IGNORECASE else _of_sequence(parsed)
    return texts if texts and min(map(len, texts)) >= _SHORTEST else ()


def _of_sequence(items: Iterable[tuple[Any, Any]]) -> tuple[str, ...]:
    """Return the most telling of what a sequence has one after the other: that whose shortest text is longest."""
    candidates, run = list[tuple[str, ...]](), ""
    for kind, value in items:
        if kind is kinds.LITERAL:
            run += chr(value)
            continue
        candidates += [(run,), _of_part(kind, value)]
        run = ""
    return max([*candidates, (run,)], key=lambda texts: min(map(len, texts), default=0))


def _of_part(kind: Any, value: Any) -> tuple[str, ...]:
    if kind is kinds.SUBPATTERN:
        _, added, _, inner = value
        return () if added & re.IGNORECASE else _of_sequence(inner)
    if kind is kinds.ATOMIC_GROUP:
        return _of_sequence(value)
    if kind in _REPEATS:
        least, _, inner = value
        return _of_sequence(inner) if least else ()
    if kind is kinds.BRANCH:
        ways: Sequence[tuple[str, ...]] = [_of_sequence(way) for way in value[1]]
        return tuple(text for texts in ways for text in texts) if all(map(all, ways)) and all(ways) else ()
    return ()
