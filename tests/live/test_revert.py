"""revert.sh of pull mode against real git."""

from .scripts import OVERLAY, Clone, Remote, digest, git, read_component, recorded_revision


def test_revert_goes_back_one_image_at_a_time(remote: Remote, clone: Clone) -> None:
    first, second, third = remote.commits(3)
    for number, revision in enumerate((first, second, third), 1):
        assert clone.bump(number, revision).returncode == 0
    for number, expected in ((2, second), (1, first)):
        result = clone.revert()
        assert result.returncode == 0, result.stderr
        assert recorded_revision(remote.image_file()) == expected
        assert read_component(remote.image_file())["digest"] == digest(number)
        subject = git(remote.path, "log", "-1", "--format=%s", "main")
        assert subject == f"revert(production): storefront sha-{expected} [skip ci]"
    nothing_left = clone.revert()
    assert nothing_left.returncode == 1
    assert "records no other image" in nothing_left.stderr
    assert recorded_revision(remote.image_file()) == first


def test_a_fix_after_a_revert_is_recorded_and_reverts_to_the_good_image(remote: Remote, clone: Clone) -> None:
    good, bad = remote.commits(2)
    clone.bump(1, good)
    clone.bump(2, bad)
    clone.revert()
    (fix,) = remote.commits(1)
    assert clone.bump(3, fix).returncode == 0
    assert recorded_revision(remote.image_file()) == fix
    assert clone.revert().returncode == 0
    assert recorded_revision(remote.image_file()) == good


def test_revert_to_a_chosen_revision(remote: Remote, clone: Clone) -> None:
    revisions = remote.commits(3)
    for number, revision in enumerate(revisions):
        clone.bump(number, revision)
    assert clone.revert(TO_REVISION=revisions[0][:12]).returncode == 0
    assert recorded_revision(remote.image_file()) == revisions[0]
    assert clone.revert(TO_REVISION=revisions[2]).returncode == 0
    assert recorded_revision(remote.image_file()) == revisions[2]
    unknown = clone.revert(TO_REVISION="0" * 40)
    assert unknown.returncode == 1
    assert "records no other image of revision 000" in unknown.stderr


def test_revert_before_any_deployment_has_nothing_to_go_back_to(remote: Remote, clone: Clone) -> None:
    assert clone.revert().returncode == 1
    (revision,) = remote.commits(1)
    clone.bump(1, revision)
    result = clone.revert()
    assert result.returncode == 1
    assert "records no other image" in result.stderr
    assert recorded_revision(remote.image_file()) == revision


def test_revert_does_not_replace_an_image_recorded_meanwhile(remote: Remote, clone: Clone) -> None:
    older, newer = remote.commits(2)
    clone.bump(1, older)
    seen = git(remote.path, "rev-parse", f"main:{OVERLAY}/image/kustomization.yaml")
    clone.bump(2, newer)
    variables = clone.variables(1, older, ALLOW_OLDER="1", EXPECTED_BLOB=seen, SUBJECT="revert(production): storefront")
    result = clone.run("push-image.sh", variables)
    assert result.returncode == 1
    assert "another image was recorded" in result.stderr
    assert recorded_revision(remote.image_file()) == newer
