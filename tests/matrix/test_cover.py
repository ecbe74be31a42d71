"""Every pair of what a spec can say, in about a hundred specs: generated, or refused by a rule that is known to."""

from collections import Counter
from pathlib import Path

from tests.conftest import Tell

from .cover import CATALOGUE, DIMENSIONS, cover, name_of, pairs_of
from .lay_out import lay_out

# What does not go together, by the rule that says so; a number that grows is a combination that has been lost.
REFUSED = {
    "rule.no-previews": 4,
    "rule.not-for-type": 6,
    "rule.promotion-needs-pull": 4,
    "rule.sops": 8,
    "rule.volume-one-node": 2,
}


def test_every_pack_is_in_the_cover() -> None:
    assert set(DIMENSIONS["ci"]) == set(CATALOGUE.names("ci"))
    assert set(DIMENSIONS["registry"]) == set(CATALOGUE.names("registry"))
    delivered = {value.get("cluster", {}).get("type") for value in DIMENSIONS["delivery"].values()}
    assert set(CATALOGUE.names("cluster")) <= delivered
    operators = {name.partition("-")[0] for name in DIMENSIONS["delivery"]}
    assert set(CATALOGUE.names("gitops")) <= operators


def test_every_pair_is_generated_or_refused_by_a_rule(tmp_path: Path, tell: Tell) -> None:
    rows, pairs, refused = cover()
    wrong = {name_of(number, row): lay_out(tmp_path / str(number), row) for number, row in enumerate(rows)}
    assert {name: found for name, found in wrong.items() if found} == {}
    covered = {pair for row in rows for pair in pairs_of(row)}
    assert len(covered) + len(refused) == pairs
    assert Counter(refused.values()) == REFUSED
    reasons = ", ".join(f"{count} by {code}" for code, count in REFUSED.items())
    tell(f"{len(covered)} of {pairs} pairs are generated in {len(rows)} specs; {len(refused)} are refused: {reasons}")
