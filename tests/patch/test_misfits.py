"""A hand edit whose place the template has changed: what does not fit is said, and none of it is made."""

import pytest

from gitopsgen.patch.engine import apply_what_fits
from tests.patch.document import BASE, CPU, FILE, MEMORY
from tests.patch.helpers import edit, recorded, refused


def test_what_the_template_changed_itself_is_said_with_place_and_cure() -> None:
    after = edit(BASE, ("memory: 256Mi", "memory: 384Mi"))
    (found,) = refused(recorded(BASE, MEMORY), after)
    assert found.code == "patch.no-match"
    assert found.path == ".gitopsgen/patches/k8s/base/deployment.yaml.patch.yaml"
    assert found.position is not None
    assert (found.position.line, found.source) == (6, "    replace: |")
    assert found.message == (
        "wants limits.memory 256Mi -> 512Mi at Deployment web / spec / template / spec / containers / name=web / "
        "resources / limits; there is now 384Mi (k8s/base/deployment.yaml, line 33)"
    )
    assert found.cure == (
        f"to refresh: mend the patch here, or `gitopsgen adopt --refresh {FILE}` keeps what still fits; "
        f"to drop: `gitopsgen adopt --drop {FILE}`"
    )


def test_a_parent_that_is_gone_names_the_nearest() -> None:
    after = edit(BASE, ("        - name: web\n", "        - name: webapp\n"))
    (found,) = refused(recorded(BASE, MEMORY), after)
    assert found.message == (
        "wants `memory: 512Mi`; no entry name=web in Deployment web / spec / template / spec / containers now; "
        "the nearest is name=webapp (k8s/base/deployment.yaml, line 18)"
    )


@pytest.mark.parametrize("action", ["add", "remove"])
def test_a_parent_that_is_gone_is_never_taken_for_done(action: str) -> None:
    old, new = CPU, "              cpu: 500m\n              disk: 1Gi\n"
    patch = recorded(BASE, edit(BASE, (old, new if action == "add" else "")))
    after = edit(BASE, ("            limits:\n", "            requests:\n"))
    assert [found.code for found in refused(patch, after)] == ["patch.no-match"]


def test_each_change_that_does_not_fit_is_said_and_none_is_made() -> None:
    patch = recorded(
        BASE, edit(BASE, ("replicas: 2", "replicas: 3"), ("memory: 256Mi", "memory: 1Gi"), ("- serve", "- go"))
    )
    after = edit(BASE, ("replicas: 2", "replicas: 4"), ("memory: 256Mi", "memory: 2Gi"))
    assert len(refused(patch, after)) == 2
    text, problems = apply_what_fits(patch, after)
    assert (text, len(problems)) == (edit(after, ("- serve", "- go")), 2)


def test_entries_that_are_added_together_are_all_added_or_none() -> None:
    patch = recorded(BASE, edit(BASE, ("  replicas: 2\n", "  replicas: 2\n  minReadySeconds: 5\n  paused: true\n")))
    after = edit(BASE, ("  replicas: 2\n", "  paused: false\n  replicas: 2\n"))
    text, problems = apply_what_fits(patch, after)
    assert (text, len(problems)) == (after, 1)


def test_what_was_to_be_added_is_there_with_other_data() -> None:
    patch = recorded(BASE, edit(BASE, ("  replicas: 2\n", "  replicas: 2\n  paused: true\n")))
    (found,) = refused(patch, edit(BASE, ("  replicas: 2\n", "  paused: false\n  replicas: 2\n")))
    assert found.message == (
        f"wants to add paused to Deployment web / spec; there is one with other data now ({FILE}, line 9)"
    )
