"""Short forms in a workspace, where they are written out before a mistake is told."""

from pathlib import Path

import pytest

from tests.workspace.mono import mono

SHORT = "migration: [node, migrate.js]\nexpose: load-balancer\nruntime: node\n"


@pytest.mark.parametrize(
    ("mistake", "place", "code"),
    [
        ("replica: 3\n", "gitopsgen.yaml:6:1", "spec.unknown-field"),
        ("replicas: many\n", "gitopsgen.yaml:6:11", "spec.bad-type"),
        ("init: [node, ]\nhealth:\n", "gitopsgen.yaml:7:1", "spec.no-value"),
        ("init: [node, null]\n", "gitopsgen.yaml:6:14", "spec.no-value"),
    ],
)
def test_a_mistake_beside_short_forms_is_told_in_its_place(tmp_path: Path, mistake: str, place: str, code: str) -> None:
    repo = mono(tmp_path, SHORT + mistake)
    ran = repo.ours("check")
    assert ran.code == 3
    assert f"services/shop/{place}: {code}" in ran.err, ran.err
