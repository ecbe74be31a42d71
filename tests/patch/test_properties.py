"""Whatever a person does to a generated file comes back byte for byte, and does not fight with the template."""

import time
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gitopsgen.patch.engine import apply, summary
from tests.patch.editing import edited, merged_by_git, real_outputs
from tests.patch.helpers import DOCKERFILE, brought, edit, recorded

OUTPUTS = [path.read_text(encoding="utf-8") for path in real_outputs()]
MANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

_names = st.sampled_from(["web", "init", "http", "tmp", "on", "1", "a b", "x/y", "with: colon", "# no comment", "é"])
_scalars = st.one_of(_names, st.integers(0, 9), st.booleans(), st.none(), st.just("two\nlines\n"), st.just(""))
_items = st.fixed_dictionaries({"name": _names}, optional={"value": _scalars, "port": st.integers(1, 99)})
_lists = st.one_of(st.lists(_scalars, max_size=4), st.lists(_items, max_size=4), st.lists(st.lists(_names), max_size=2))
_values = st.recursive(
    st.one_of(_scalars, _lists), lambda inner: st.dictionaries(_names, inner, max_size=4), max_leaves=12
)
_manifests = st.fixed_dictionaries(
    {"kind": st.sampled_from(["Deployment", "Service"]), "metadata": st.fixed_dictionaries({"name": _names})},
    optional={"spec": _values, "data": _values, "items": _lists},
)


@st.composite
def _streams(draw: st.DrawFn) -> str:
    documents = draw(st.lists(_manifests, min_size=1, max_size=3))
    return yaml.safe_dump_all(
        documents,
        sort_keys=False,
        allow_unicode=True,
        explicit_start=draw(st.booleans()),
        default_flow_style=draw(st.sampled_from([False, False, None])),
        indent=draw(st.sampled_from([2, 4])),
    )


_seeds = st.integers(0, 10**9).map(Random)


@given(st.one_of(_streams(), st.sampled_from(OUTPUTS)), _seeds, st.integers(1, 5))
@MANY
def test_random_edits_come_back_byte_for_byte(base: str, random: Random, times: int) -> None:
    after = edited(base, random, times)
    patch = recorded(base, after)
    assert brought(patch, base) == after
    assert bool(summary(patch)) == (base != after)


@given(_streams(), _streams())
@MANY
def test_any_two_streams_come_back_byte_for_byte(base: str, after: str) -> None:
    assert brought(recorded(base, after), base) == after


@given(st.sampled_from(OUTPUTS), _seeds, st.integers(1, 5))
@MANY
def test_an_edit_of_a_real_output_that_is_yaml_is_structural_and_made_once(
    base: str, random: Random, times: int
) -> None:
    after = edited(base, random, times)
    assume(_is_sound(after))
    patch = recorded(base, after)
    if patch.source.endswith(".yaml") and _called(after) == _called(base):
        # By kind and name a document is found again, so what changes these is refused the second time.
        assert brought(patch, after) == after
    else:
        # What is rare may be a text patch: a comment between an item's dash and its key, for one.
        assert brought(patch, base) == after


def _called(text: str) -> list[tuple[object, object]]:
    """Return kind and metadata of each document."""
    found = [each if isinstance(each, dict) else {} for each in yaml.safe_load_all(text)]
    return [(each.get("kind"), each.get("metadata")) for each in found]


def test_the_template_may_change_elsewhere(tmp_path: Path) -> None:
    """Where git can merge the two edits we nearly always do as git does, and never lose one without a word."""
    same = other = 0
    for seed in range(150):
        random = Random(seed)  # noqa: S311
        base = random.choice(OUTPUTS)
        mine, theirs = edited(base, random), edited(base, random)
        merged = merged_by_git(tmp_path, mine, base, theirs)
        if merged is None or not _is_sound(merged):
            continue
        found = apply(recorded(base, mine), theirs)
        same, other = same + (found == merged), other + (found != merged)
        if isinstance(found, str):
            assert _words(mine) - _words(base) <= _words(found)
            assert _words(theirs) - _words(base) - _comments(theirs) <= _words(found)
        else:
            assert all(problem.code == "patch.no-match" for problem in found)
    assert same > 80
    assert other <= 1 + same // 50


_lines = st.sampled_from(["a", "b", "", " ", "x y", "\r", "--- a", "+++ b", "@@ -1,1 +1,1 @@", "\\ No", "#", "\t"])
_texts = st.one_of(
    st.lists(_lines, max_size=20).map("\n".join),
    st.lists(_lines, max_size=20).map(lambda lines: "".join(f"{line}\n" for line in lines)),
    st.text(st.characters(exclude_categories=["Cs"])),
)


@given(_texts, _texts)
@settings(max_examples=300, deadline=None)
def test_any_two_texts_come_back_byte_for_byte(base: str, after: str) -> None:
    assert brought(recorded(base, after, DOCKERFILE, "dockerfile"), base) == after
    assert brought(recorded(base, after), base) == after


def test_a_typical_patch_is_applied_in_less_than_five_milliseconds() -> None:
    base = next(text for text in OUTPUTS if "cpu: 100m" in text)
    patch = recorded(base, edit(base, ("cpu: 100m", "cpu: 200m"), ("replicas: 2", "replicas: 3")))
    assert min(_seconds(patch, base) for _ in range(20)) < 0.005


def _seconds(patch: object, base: str) -> float:
    start = time.perf_counter()
    apply(patch, base)  # type: ignore[arg-type]
    return time.perf_counter() - start


def _is_sound(text: str) -> bool:
    try:
        return all(isinstance(document, dict) for document in yaml.safe_load_all(text))
    except yaml.YAMLError:
        return False


def _words(text: str) -> set[str]:
    return {line.strip() for line in text.split("\n") if line.strip()}


def _comments(text: str) -> set[str]:
    return {line for line in _words(text) if "#" in line}


@pytest.mark.parametrize("path", real_outputs(), ids=lambda path: path.parent.name + "/" + path.name)
def test_every_output_is_taken_apart_without_loss(path: Path) -> None:
    from gitopsgen.patch.tree import join, parse

    text = path.read_text(encoding="utf-8")
    assert join(parse(text)) == text
