"""Whatever an old spec looks like, an upgrade says the same in the new words and leaves the rest alone."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.core.diagnostic import Diagnostic, has_errors
from gitopsgen.core.yamldoc import parse
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from gitopsgen.packs.validate import validate
from gitopsgen.spec.upgrade import Upgrade, upgrade
from tests.spec.specs import examples
from tests.upgrade.old_specs import Written, migrated, old_data, old_specs

CATALOGUE = Catalogue((BUILT_IN,))


def upgraded(raw: bytes) -> Upgrade:
    found = upgrade("gitopsgen.yaml", raw)
    assert isinstance(found, Upgrade), found
    assert found.diagnostics == ()
    return found


@examples(150)
@given(old_specs())
def test_the_meaning_stays(spec: Written) -> None:
    found = upgraded(spec.raw)
    assert found.document().data == migrated(spec.data)
    checked, problems = validate(found.document(), CATALOGUE)
    assert checked is not None, problems
    assert not has_errors(problems)


@examples(150)
@given(old_specs())
def test_comments_and_untouched_lines_stay(spec: Written) -> None:
    after = upgraded(spec.raw).after
    assert after.startswith(b"\xef\xbb\xbf") == spec.mark
    text = after.decode("utf-8-sig")
    assert text.replace(spec.line_end, "").count("\n") == 0
    for comment in spec.comments:
        assert text.count(comment) == 1
    lines = iter(text.split(spec.line_end))
    for line in spec.untouched:
        assert line in lines, f"{line!r} is not there, or not in its order"


@examples(50)
@given(old_specs())
def test_a_second_upgrade_does_nothing(spec: Written) -> None:
    first = upgraded(spec.raw)
    second = upgraded(first.after)
    assert first.done
    assert (second.after, second.done) == (first.after, ())


@examples(50)
@given(old_data(), st.booleans())
def test_a_spec_in_brackets_is_upgraded_too(data: dict[str, Any], many_lines: bool) -> None:
    """JSON is YAML, and a generator may have written the spec."""
    import json

    text = json.dumps(data, indent=1 if many_lines else None)
    found = upgraded(text.encode())
    assert found.document().data == migrated(data)


@examples(50)
@given(old_specs(), st.data())
def test_a_mistake_keeps_its_place(spec: Written, data: st.DataObject) -> None:
    """What is wrong after the upgrade is told where its author wrote it."""
    wrong, line = "unheard: 1", data.draw(st.integers(0, spec.text.count(spec.line_end)))
    lines = spec.text.split(spec.line_end)
    text = spec.line_end.join([*lines[:line], wrong, *lines[line:]])
    found = upgrade("gitopsgen.yaml", text.encode())
    if isinstance(found, Diagnostic) or found.diagnostics or found.document().data.get("unheard") != 1:
        return  # it does not stand at the left of a block there
    _, problems = validate(found.document(), CATALOGUE)
    (told,) = [found.as_before(problem) for problem in problems if problem.code == "spec.unknown-field"]
    assert told.position is not None
    assert (told.position.line, told.position.column, told.source) == (line + 1, 1, wrong)


_SPLINTERS = [
    "&a ",
    "*a",
    "!!str ",
    "? ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "#",
    " #",
    "'",
    '"',
    "|\n",
    "\n",
    "  ",
    "\t",
    "é",
]


@examples(150)
@given(old_specs(), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.sampled_from(_SPLINTERS)), max_size=3))
def test_damage_is_told_or_kept_and_never_made_worse(spec: Written, damage: list[tuple[float, int, str]]) -> None:
    """An upgrade of what is no longer quite a spec ends in a finding, or in a text that says the same."""
    text = spec.text
    for where, length, splinter in damage:
        at = int(where * len(text))
        text = text[:at] + splinter + text[at + length :]
    doc, found = parse("gitopsgen.yaml", text.encode()), upgrade("gitopsgen.yaml", text.encode())
    if isinstance(doc, Diagnostic):
        assert found == doc
        return
    assert isinstance(found, Upgrade)
    for told in found.diagnostics:
        assert told.position is not None
        assert told.cure
    if not found.diagnostics:
        _, problems = validate(found.document(), CATALOGUE)
        if not has_errors(problems):
            assert found.document().data == migrated(doc.data)
        assert all(found.as_before(problem).source in text for problem in problems)
