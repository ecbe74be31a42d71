"""Previews of pull requests in CI systems that cannot tell the end of one. The operator can: they are for pull mode."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.live.scripts import digest, git, write
from tests.trees import SMALLEST, run

from .texts import commands

NUMBER = {"buildkite": {"BUILDKITE_PULL_REQUEST": "7"}, "jenkins": {"CHANGE_ID": "7"}}
JOBS = {
    "buildkite": ("preview-build", "preview-mark"),
    "jenkins": ("Build for a preview", "Mark the pull request"),
}
# Say what they are called with; docker also leaves the digest where it is asked to.
TOOLS = {
    "curl": '#!/bin/sh\necho "curl $*" >>"${SEEN}"\nprintf 200\n',
    "buildkite-agent": "#!/bin/sh\n",
    "docker": """#!/bin/sh
echo "docker $*" >>"${SEEN}"
while [ "$#" -gt 0 ]; do
  [ "$1" != --metadata-file ] || printf '"containerimage.digest": "%s"' "${TEST_DIGEST}" >"$2"
  shift
done
""",
}


@pytest.mark.parametrize("ci", NUMBER)
def test_a_pull_request_is_marked_when_its_image_is_there(tmp_path: Path, ci: str) -> None:
    root, seen = tmp_path / "shop", tmp_path / "seen"
    write(root / "gitopsgen.yaml", f"{SMALLEST}ci: {ci}\npreviews: true\n")
    assert run("generate", cwd=root).code == 0
    git(root, "init", "-q", "-b", "feature")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "feature")
    head = git(root, "rev-parse", "HEAD")
    for name, text in TOOLS.items():
        write(tmp_path / "tools" / name, text)
        (tmp_path / "tools" / name).chmod(0o755)
    secrets = {"REGISTRY_USER": "app", "REGISTRY_PASSWORD": "secret", "GIT_TOKEN": "a-token"}
    found = {command.job: command for command in commands(root)}

    for job in JOBS[ci]:
        assert set(found[job].secrets) <= set(secrets)
        done = subprocess.run(
            ["sh", "-ec", found[job].text],
            cwd=root,
            env={
                **{name: secrets[name] for name in found[job].secrets},
                **NUMBER[ci],
                "HOME": str(tmp_path),
                "PATH": f"{tmp_path / 'tools'}:{os.environ['PATH']}",
                "SEEN": str(seen),
                "TEST_DIGEST": digest(1),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    said = seen.read_text()
    assert f"--tag docker.io/acme/storefront:pr-7-{head} " in said
    assert said.rindex("/issues/7/labels") > said.rindex("--tag ")
    # What is delivered is not made from what a pull request leaves in the cache.
    (kept,) = re.findall(r"--cache-to type=registry,ref=(\S+),mode=max", said)
    assert kept == "docker.io/acme/storefront:buildcache-pr"


@pytest.mark.parametrize("ci", NUMBER)
def test_jobs_of_pull_requests_share_no_secret_with_others(tmp_path: Path, ci: str) -> None:
    write(tmp_path / "gitopsgen.yaml", f"{SMALLEST}ci: {ci}\npreviews: true\n")
    assert run("generate", cwd=tmp_path).code == 0
    previews: set[str] = set()
    others: set[str] = set()
    for command in commands(tmp_path):
        (previews if command.job in JOBS[ci] else others).update(command.secrets.values())
    assert previews
    assert others
    assert not previews & others


@pytest.mark.parametrize("ci", ["buildkite", "jenkins", "circleci"])
def test_push_mode_is_refused_with_the_reason(tmp_path: Path, ci: str) -> None:
    push = SMALLEST.replace("mode: pull", "mode: push") + "cluster: {type: kubeconfig, context: prod}\n"
    write(tmp_path / "gitopsgen.yaml", f"{push}ci: {ci}\npreviews: true\n")
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 3
    assert "rule.no-previews" in ran.err
    assert "in push mode: " in ran.err
