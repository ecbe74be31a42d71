"""A cover of all pairs: few specs, in which each value of a dimension meets each value of every other.

Which values do not go together is asked of gitopsgen's own rules. So a rule that refuses too much is seen in the count
of what is left out, and one that is missing in the findings of the validators.
"""

import functools
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from allpairspy import AllPairs

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import parse
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from gitopsgen.packs.validate import validate

CATALOGUE = Catalogue((BUILT_IN,))
DIMENSIONS: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("dimensions.yaml").read_text(encoding="utf-8")
)
VALUES = [list(values) for values in DIMENSIONS.values()]
PLAIN = tuple(values[0] for values in VALUES)
# What the name of a tree tells; exceptions from the rules of validators go by it.
_IN_NAMES = ("delivery", "ci", "registry", "workload", "replicas", "volumes", "build")

# A value of each dimension, in their order.
Row = tuple[str, ...]
# The places of two dimensions, each with a value.
Pair = tuple[tuple[int, str], tuple[int, str]]


class Cover(NamedTuple):
    """The specs, and the pairs that no spec can have, each with the code of the rule that refuses it."""

    rows: list[Row]
    pairs: int
    refused: dict[Pair, str]


def name_of(number: int, row: Row) -> str:
    """Return a name for the tree of a row, the runtime first."""
    chosen = dict(zip(DIMENSIONS, row, strict=True))
    return "-".join([chosen["runtime"], f"{number:03}", *(chosen[name] for name in _IN_NAMES)])


def spec_of(row: Row) -> str:
    """Return the spec of a row."""
    spec: dict[str, Any] = {"apiVersion": "gitopsgen/v1", "name": "shop"}
    for dimension, value in zip(DIMENSIONS.values(), row, strict=True):
        spec = _merged(spec, dimension[value])
    return yaml.safe_dump(spec, explicit_start=True, sort_keys=False)


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {key: _merged(one[key], other[key]) for key in one.keys() & other.keys() if isinstance(one[key], dict)}
    return {**one, **other, **both}


@functools.cache
def refusals(row: Row) -> tuple[Diagnostic, ...]:
    """Return what gitopsgen says against a row; the dimensions that it does not reach are plain."""
    doc = parse("gitopsgen.yaml", spec_of((*row, *PLAIN[len(row) :])).encode())
    problems = [doc] if isinstance(doc, Diagnostic) else validate(doc, CATALOGUE)[1]
    return tuple(found for found in problems if found.severity == "error")


def cover() -> Cover:
    """Find the specs that cover all pairs."""
    rows = [tuple(row) for row in AllPairs(VALUES, filter_func=lambda row: not refusals(tuple(row)))]
    every = set(_all_pairs())
    missing, refused = sorted(every - {pair for row in rows for pair in pairs_of(row)}), {}
    # The search is a greedy one, and ends a little early.
    for pair in missing:
        if any(set(pair) <= set(enumerate(row)) for row in rows):
            continue
        row = next((row for row in _around(pair) if not refusals(row)), None)
        if row is None:
            refused[pair] = refusals(next(_around(pair)))[0].code
        else:
            rows.append(row)
    return Cover(_thinned(rows), len(every), refused)


def _thinned(rows: list[Row]) -> list[Row]:
    """Give a row the first value of the last dimension wherever other rows have all its pairs with another one."""
    counts = Counter(pair for row in rows for pair in pairs_of(row))
    thin = []
    for row in rows:
        plain = (*row[:-1], PLAIN[-1])
        lost = Counter(pairs_of(row)) - Counter(pairs_of(plain))
        spared = all(counts[pair] > 1 for pair in lost) and not refusals(plain)
        if spared:
            counts += Counter(pairs_of(plain))
            counts -= Counter(pairs_of(row))
        thin.append(plain if spared else row)
    return thin


def _all_pairs() -> Iterator[Pair]:
    for (one, values), (other, more) in itertools.combinations(enumerate(VALUES), 2):
        yield from (((one, value), (other, another)) for value in values for another in more)


def pairs_of(row: Row) -> Iterator[Pair]:
    """Yield the pairs that a row has."""
    yield from itertools.combinations(enumerate(row), 2)


def _around(pair: Pair) -> Iterator[Row]:
    """Yield rows that have a pair, and one more value at most that is not plain."""
    row = list(PLAIN)
    for place, value in pair:
        row[place] = value
    yield tuple(row)
    for place, values in enumerate(VALUES):
        if place not in dict(pair):
            yield from ((*row[:place], value, *row[place + 1 :]) for value in values[1:])
