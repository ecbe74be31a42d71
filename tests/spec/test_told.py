"""What is told of a choice that the spec does not write, and of one that it does."""

from pathlib import Path

import pytest

from tests.trees import SMALLEST, run, write_tree


@pytest.mark.parametrize(
    ("repository", "ci", "warned"),
    [
        ("https://gitlab.acme.com/web/portal.git", "ci: gitlab-ci\n", False),
        ("https://github.acme.com/web/portal.git", "ci: github-actions\n", False),
        ("https://github.acme.com/web/portal.git", "", True),
        ("https://github.com/web/portal.git", "ci: gitlab-ci\n", True),
    ],
)
def test_a_warning_where_the_host_belongs_to_another_ci(tmp_path: Path, repository: str, ci: str, warned: bool) -> None:
    spec = SMALLEST.replace("https://github.com/acme/storefront.git", repository) + ci
    write_tree(tmp_path, {"gitopsgen.yaml": spec})
    assert ("rule.ci-elsewhere" in run("generate", cwd=tmp_path).err) == warned


def test_the_default_of_a_promotion_is_told_for_both_modes(tmp_path: Path) -> None:
    said = run("explain", "environments.NAME.promotion", cwd=tmp_path).out
    assert "auto for the first, approval for the others in push mode, pull-request for the others in pull mode" in said
    assert "because:" in said
