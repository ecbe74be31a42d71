"""The steps are data: every kind is in use, nonsense is refused, versions follow each other, a document shows them."""

import pytest

from gitopsgen.spec.upgrade import Upgrade, upgrade
from gitopsgen.spec.upgrade_steps import read_versions, shipped_versions
from tests.upgrade.table import DOCUMENT, table, with_tables


def test_the_document_shows_the_steps() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for version in shipped_versions().older:
        assert table(version) in text
    assert with_tables(text) == text


def test_the_shipped_versions_use_every_kind_of_step() -> None:
    steps = [step for version in shipped_versions().older for step in version.steps]
    assert {step.kind for step in steps} == {"rename", "move", "values", "wrap", "unwrap", "drop"}
    assert {step.is_outward for step in steps if step.kind == "move"} == {True, False}
    assert {step.form for step in steps if step.kind == "wrap"} == {"list", "key"}


TWO = """\
current: app/v3
versions:
  - from: app/v1
    to: app/v2
    title: first
    steps:
      - {rename: a, to: b, because: x}
      - {move: m.deep, to: deep, because: x}
  - from: app/v2
    to: app/v3
    title: second
    steps:
      - {rename: b, to: c, because: x}
      - {move: c, to: box.c, because: x}
      - {move: box.in.k, to: box.k, because: x}
      - {drop: deep, because: x}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("apiVersion: app/v1\na: 1 # one\n", "apiVersion: app/v3\nbox:\n  c: 1 # one\n"),
        ("apiVersion: app/v2\nb: 1\nbox:\n    d: 2", "apiVersion: app/v3\nbox:\n    d: 2\n    c: 1\n"),
        ("{apiVersion: app/v1, a: 1}\n", "{apiVersion: app/v3, box: {c: 1}}\n"),
        ("{a: 1, box: {}, apiVersion: app/v1}\n", "{box: {c: 1}, apiVersion: app/v3}\n"),
        ("apiVersion: app/v1\nm: {deep: [1,\n   2]}\n", "apiVersion: app/v3\n"),
        (
            "apiVersion: app/v2\nbox:\n  in:\n    # why\n    k: |\n      a\n\n       b\n",
            "apiVersion: app/v3\nbox:\n  # why\n  k: |\n    a\n\n     b\n",
        ),
        ("apiVersion: app/v2\nb: |+\n  text\n\n# end\n", "apiVersion: app/v3\nbox:\n  c: |+\n    text\n\n# end\n"),
        ('apiVersion: app/v2\n"b": "x\n  y"\nz: 1\n', 'apiVersion: app/v3\nbox:\n  c: "x\n    y"\nz: 1\n'),
        ("apiVersion: app/v1\nm:\n  deep:\n  - 1 # one\n  - 2\n  l: 1\n", "apiVersion: app/v3\n# one\nm:\n  l: 1\n"),
        ("apiVersion: app/v1\r\na: 1\r\n", "apiVersion: app/v3\r\nbox:\r\n  c: 1\r\n"),
        ("apiVersion: app/v1\ra: 1\r", "apiVersion: app/v3\rbox:\r  c: 1\r"),
        ("\ufeffapiVersion: app/v1\n", "\ufeffapiVersion: app/v3\n"),
        ("apiVersion: 'app/v1'\nä: 😀 # ö\na: é\n", "apiVersion: 'app/v3'\nä: 😀 # ö\nbox:\n  c: é\n"),
        ("apiVersion: app/v3\na: 1\n", "apiVersion: app/v3\na: 1\n"),
        ("apiVersion: app/v9\na: 1\n", "apiVersion: app/v9\na: 1\n"),
        ("a: 1\n", "a: 1\n"),
    ],
)
def test_versions_are_done_one_after_the_other(before: str, after: str) -> None:
    found = upgrade("x.yaml", before.encode(), read_versions(TWO))
    assert isinstance(found, Upgrade)
    assert found.diagnostics == ()
    assert found.after.decode() == after


@pytest.mark.parametrize(
    "step",
    [
        "{because: x}",
        "{rename: a, to: b.c, because: x}",
        "{rename: a, to: a, because: x}",
        "{move: a, to: b, because: x}",
        "{move: a.b, to: c.d, because: x}",
        "{move: a.b.c, to: a, because: x}",
        "{values: a, map: {}, because: x}",
        "{values: a, map: {x: y, y: z}, because: x}",
        "{wrap: a, in: box, because: x}",
        "{drop: a, because: ''}",
        "{drop: a, when: b, because: x}",
    ],
)
def test_steps_that_make_no_sense_are_refused(step: str) -> None:
    with pytest.raises(ValueError, match="is no step"):
        read_versions(f"current: b\nversions: [{{from: a, to: b, title: t, steps: [{step}]}}]\n")


def test_versions_that_lead_nowhere_are_refused() -> None:
    with pytest.raises(ValueError, match="no chain"):
        read_versions("current: c\nversions: [{from: a, to: b, title: t, steps: []}]\n")
