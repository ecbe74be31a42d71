"""Who owns an image decides whether the token of a job may push it."""

from pathlib import Path

import pytest
import yaml

from tests.trees import run

from .combinations import spec


@pytest.mark.parametrize(("owner", "stored"), [("acme", False), ("evil", True)])
def test_the_token_of_a_job_pushes_packages_of_the_repository_s_owner_only(
    tmp_path: Path, owner: str, *, stored: bool
) -> None:
    written = spec("aks", "ghcr", "pull").replace("ghcr.io/acme/", f"ghcr.io/{owner}/")
    (tmp_path / "gitopsgen.yaml").write_text(written.replace("github.com/acme/", "github.com/Acme/"))
    assert run("generate", cwd=tmp_path).code == 0

    build = yaml.safe_load((tmp_path / ".github/workflows/shop.yaml").read_text())["jobs"]["build"]

    (login,) = [step["with"] for step in build["steps"] if step.get("with", {}).get("registry") == "ghcr.io"]
    assert (login["password"] == "${{ secrets.GHCR_TOKEN }}") is stored  # noqa: S105 - a name
    assert ("packages" in build["permissions"]) is not stored
    assert ("gh secret set GHCR_TOKEN" in run("setup", cwd=tmp_path).out) is stored
