"""bump.sh of pull mode against real git, and set-image.sh below it."""

import itertools
import os
import random
import subprocess
import threading
import time
from pathlib import Path

import pytest
import yaml

from tests.kubectl import kubectl

from .scripts import (
    BIN,
    GENERATED_IMAGE,
    IMAGE,
    OVERLAY,
    Clone,
    Remote,
    digest,
    environment,
    git,
    read_component,
    recorded_revision,
    write,
)

ROUNDS = int(os.environ.get("GITOPSGEN_LIVE_ROUNDS", "3"))
PUSHERS = 4
API_OVERLAY = f"services/api/{OVERLAY}"


def push_at_once(jobs: list[tuple[Clone, dict[str, str]]]) -> list[str]:
    """Run bump.sh in all clones at the same time; return what each printed, after checking that each succeeded."""
    running = [
        subprocess.Popen(
            clone.command("bump.sh"),
            cwd=clone.path,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for clone, variables in jobs
    ]
    outputs = [job.communicate(timeout=300)[0] for job in running]
    for job, output in zip(running, outputs, strict=True):
        assert job.returncode == 0, output
    return outputs


def test_concurrent_pushers_lose_nothing_and_never_move_a_tag_backwards(remote: Remote) -> None:
    overlays = (OVERLAY, API_OVERLAY)
    clones = {(overlay, i): remote.clone(f"ci-{n}-{i}") for n, overlay in enumerate(overlays) for i in range(PUSHERS)}
    shuffled = random.Random(1)  # noqa: S311 - the order in which pushers start is no secret
    order: list[str] = []
    for _ in range(ROUNDS):
        revisions = remote.commits(PUSHERS)
        order += revisions
        jobs = [
            (clone, clone.variables(len(order) + i, revisions[i], OVERLAY=overlay))
            for (overlay, i), clone in clones.items()
        ]
        shuffled.shuffle(jobs)
        outputs = push_at_once(jobs)
        on_main = set(git(remote.path, "rev-list", "main").split())
        claimed = {words[-1].rstrip(".") for words in map(str.split, outputs) if words[0] == "Recorded"}
        assert claimed
        assert claimed <= on_main
        for overlay in overlays:
            assert recorded_revision(remote.image_file(overlay=overlay)) == revisions[-1]
    for overlay in overlays:
        ages = [order.index(revision) for revision in remote.image_history(overlay)]
        assert all(earlier < later for earlier, later in itertools.pairwise(ages)), ages


def test_the_commit_holds_the_image_file_and_nothing_else(remote: Remote, clone: Clone) -> None:
    (revision,) = remote.commits(1)
    result = clone.bump(1, revision)
    assert result.returncode == 0, result.stderr
    assert git(remote.path, "diff", "--name-only", revision, "main") == f"{OVERLAY}/image/kustomization.yaml"
    assert read_component(remote.image_file()) == {
        "name": "app-image",
        "newName": IMAGE,
        "newTag": f"sha-{revision}",
        "digest": digest(1),
    }
    subject, body = git(remote.path, "log", "-1", "--format=%s%n%b", "main").split("\n", 1)
    assert subject == f"deploy(production): storefront sha-{revision} [skip ci]"
    assert git(remote.path, "log", "-1", "--format=%(trailers:key=Revision,valueonly)", "main") == revision
    assert f"Image: {IMAGE}:sha-{revision}@{digest(1)}" in body
    assert git(remote.path, "log", "-1", "--format=%an <%ae>", "main") == "deploy-bot <deploy-bot@noreply.invalid>"


def test_the_author_is_the_one_of_the_environment(remote: Remote, clone: Clone) -> None:
    (revision,) = remote.commits(1)
    clone.bump(1, revision, GIT_AUTHOR_NAME="release bot", GIT_AUTHOR_EMAIL="bot@example.com")
    author = "release bot <bot@example.com>"
    assert git(remote.path, "log", "-1", "--format=%an <%ae> %cn <%ce>", "main") == f"{author} {author}"


def test_an_app_below_the_root_is_recorded_from_its_own_folder(remote: Remote, clone: Clone) -> None:
    (revision,) = remote.commits(1)
    result = subprocess.run(
        clone.command("bump.sh"), cwd=clone.path / "services/api", env=clone.variables(1, revision), check=False
    )
    assert result.returncode == 0
    assert recorded_revision(remote.image_file(overlay=API_OVERLAY)) == revision
    assert remote.image_file().strip() == GENERATED_IMAGE.strip()


def test_an_unchanged_image_makes_no_commit(remote: Remote, clone: Clone) -> None:
    (revision,) = remote.commits(1)
    clone.bump(1, revision)
    before = git(remote.path, "rev-parse", "main")
    result = clone.bump(1, revision)
    assert result.returncode == 0
    assert "already" in result.stdout
    assert git(remote.path, "rev-parse", "main") == before


def test_an_older_revision_is_recorded_only_on_demand(remote: Remote, clone: Clone) -> None:
    older, newer = remote.commits(2)
    clone.bump(2, newer)
    refused = clone.bump(1, older)
    assert refused.returncode == 0
    assert "a newer revision is already recorded" in refused.stderr
    assert recorded_revision(remote.image_file()) == newer
    forced = clone.bump(1, older, ALLOW_OLDER="1")
    assert forced.returncode == 0, forced.stderr
    assert recorded_revision(remote.image_file()) == older


def test_set_image_has_a_status_of_its_own_for_older_revisions(remote: Remote, clone: Clone) -> None:
    older, newer = remote.commits(2)
    git(clone.path, "pull", "-q")
    assert clone.run("set-image.sh", clone.variables(2, newer), OVERLAY).returncode == 0
    assert clone.run("set-image.sh", clone.variables(1, older), OVERLAY).returncode == 3
    assert clone.run("set-image.sh", clone.variables(1, older, ALLOW_OLDER="1"), OVERLAY).returncode == 0


def test_a_hotfix_beside_the_recorded_revision_is_recorded(remote: Remote, clone: Clone) -> None:
    base, newer = remote.commits(2)
    clone.bump(2, newer)
    git(remote.developer, "checkout", "-q", "-b", "hotfix", base)
    git(remote.developer, "commit", "-q", "--allow-empty", "-m", "hotfix")
    git(remote.developer, "push", "-q", "origin", "hotfix")
    hotfix = git(remote.developer, "rev-parse", "HEAD")
    result = clone.bump(3, hotfix)
    assert result.returncode == 0, result.stderr
    assert recorded_revision(remote.image_file()) == hotfix


@pytest.mark.parametrize("tag", ["1234567", "1e10", "1.20", "0x1f", "0123", "true", "null", "_x"])
def test_tags_that_look_like_other_types_stay_text(remote: Remote, clone: Clone, tag: str) -> None:
    (revision,) = remote.commits(1)
    result = clone.bump(1, revision, TAG=tag, IMAGE="1e3")
    assert result.returncode == 0, result.stderr
    image = read_component(remote.image_file())
    assert (image["newName"], image["newTag"]) == ("1e3", tag)


@pytest.mark.parametrize("tag", ["1234567", "1e10"])
def test_kustomize_reads_what_was_recorded(remote: Remote, clone: Clone, tag: str) -> None:
    (revision,) = remote.commits(1)
    clone.bump(1, revision, TAG=tag)
    git(clone.path, "pull", "-q")
    rendered = subprocess.run([kubectl(), "kustomize", OVERLAY], cwd=clone.path, capture_output=True, check=True).stdout
    assert yaml.safe_load(rendered)["spec"]["containers"][0]["image"] == f"{IMAGE}:{tag}@{digest(1)}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IMAGE", ""),
        ("IMAGE", "acme/web:latest"),
        ("IMAGE", "acme/web@sha256"),
        ("IMAGE", "Acme/web"),
        ("IMAGE", "acme/Web"),
        ("IMAGE", "acme//web"),
        ("IMAGE", "acme/web/"),
        ("IMAGE", 'acme/web"\nevil: "'),
        ("IMAGE", "<your-name>/web"),
        ("TAG", ""),
        ("TAG", ".hidden"),
        ("TAG", "-flag"),
        ("TAG", "v1\nkind: Secret"),
        ("TAG", 'v1"'),
        ("TAG", "v1\n"),
        ("TAG", "x" * 129),
        ("DIGEST", ""),
        ("DIGEST", "sha256:abc"),
        ("DIGEST", "sha512:" + "a" * 64),
        ("DIGEST", "sha256:" + "A" * 64),
        ("DIGEST", "sha256:" + "a" * 65),
        ("DIGEST", "sha256:" + "a" * 62 + "\nb"),
        ("REVISION", ""),
        ("REVISION", "main"),
        ("REVISION", "a" * 39),
        ("REVISION", "a" * 38 + "\nb"),
    ],
)
def test_wrong_input_is_named_and_writes_nothing(tmp_path: Path, name: str, value: str) -> None:
    clone = Clone(tmp_path)
    overlay = tmp_path / OVERLAY
    write(overlay / "image/kustomization.yaml", GENERATED_IMAGE)
    write(tmp_path / "k8s/bin/set-image.sh", (BIN / "set-image.sh").read_text(encoding="utf-8"))
    result = clone.run("set-image.sh", clone.variables(1, "a" * 40, **{name: value}), OVERLAY)
    assert result.returncode == 2
    assert result.stderr.startswith(f"set-image: {name} ")
    assert os.listdir(overlay / "image") == ["kustomization.yaml"]
    assert (overlay / "image/kustomization.yaml").read_text(encoding="utf-8") == GENERATED_IMAGE


def test_a_recorded_revision_that_cannot_be_read_stops_the_bump(remote: Remote, clone: Clone) -> None:
    broken = remote.developer / OVERLAY / "image/kustomization.yaml"
    write(broken, GENERATED_IMAGE.replace("---", "---\n# revision: soon"))
    git(remote.developer, "commit", "-q", "-am", "edited by hand")
    (revision,) = remote.commits(1)
    result = clone.bump(1, revision)
    assert result.returncode == 2
    assert "cannot read the line '# revision:'" in result.stderr


def test_a_shallow_clone_is_told_to_fetch_the_history(remote: Remote, clone: Clone) -> None:
    revisions = remote.commits(3)
    clone.bump(1, revisions[0])
    head = remote.commits(2)[-1]
    shallow = remote.clone("shallow", "--depth=1")
    result = shallow.bump(2, head)
    assert result.returncode == 2
    assert "fetch-depth 0" in result.stderr
    assert recorded_revision(remote.image_file()) == revisions[0]
    git(shallow.path, "fetch", "-q", "--unshallow")
    assert shallow.bump(2, head).returncode == 0
    assert recorded_revision(remote.image_file()) == head


def test_an_overlay_that_the_branch_does_not_have_is_an_error(remote: Remote, clone: Clone) -> None:
    (revision,) = remote.commits(1)
    result = clone.bump(1, revision, OVERLAY="k8s/overlays/prod")
    assert result.returncode == 1
    assert "push the generated files first" in result.stderr
    assert git(remote.path, "rev-parse", "main") == revision


def test_a_protected_branch_fails_at_once_with_the_reason(remote: Remote, clone: Clone, tmp_path: Path) -> None:
    (revision,) = remote.commits(1)
    hook = remote.path / "hooks/pre-receive"
    write(hook, f"#!/bin/sh\necho tried >>{tmp_path}/tries\necho 'GH006: Protected branch update failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    result = clone.bump(1, revision)
    assert result.returncode == 1
    assert "GH006: Protected branch update failed" in result.stderr
    assert "pre-receive hook declined" in result.stderr
    assert "bypass" in result.stderr
    assert (tmp_path / "tries").read_text(encoding="utf-8") == "tried\n"


def test_a_branch_that_another_push_has_locked_is_tried_again(remote: Remote, clone: Clone) -> None:
    (revision,) = remote.commits(1)
    lock = remote.path / "refs/heads/main.lock"
    lock.touch()
    timer = threading.Timer(2, lock.unlink)
    timer.start()
    result = clone.bump(1, revision)
    timer.join()
    assert result.returncode == 0, result.stderr
    assert recorded_revision(remote.image_file()) == revision


def test_a_branch_that_stays_locked_ends_the_attempts(remote: Remote, clone: Clone) -> None:
    (revision,) = remote.commits(1)
    (remote.path / "refs/heads/main.lock").touch()
    result = clone.bump(1, revision, ATTEMPTS="2")
    assert result.returncode == 1
    assert "gave up after 2 attempts" in result.stderr


def test_nothing_of_a_persons_work_is_touched(remote: Remote, clone: Clone) -> None:
    (revision,) = remote.commits(1)
    write(clone.path / "README.md", "committed, not pushed\n")
    git(clone.path, "checkout", "-q", "-b", "feature")
    git(clone.path, "add", "README.md")
    git(clone.path, "commit", "-q", "-m", "local")
    write(clone.path / "staged.txt", "staged\n")
    git(clone.path, "add", "staged.txt")
    write(clone.path / "README.md", "not staged\n")
    write(clone.path / OVERLAY / "image/kustomization.yaml", "# being edited\n")
    before = [git(clone.path, "status", "--porcelain=v2", "--branch"), git(clone.path, "diff", "HEAD")]
    result = clone.bump(1, revision)
    assert result.returncode == 0, result.stderr
    assert [git(clone.path, "status", "--porcelain=v2", "--branch"), git(clone.path, "diff", "HEAD")] == before
    assert git(remote.path, "diff", "--name-only", revision, "main") == f"{OVERLAY}/image/kustomization.yaml"


def test_no_remote_branch_fails_without_a_retry(clone: Clone, tmp_path: Path) -> None:
    started = time.monotonic()
    result = clone.run("bump.sh", clone.variables(1, "a" * 40, BRANCH="nowhere") | environment(tmp_path))
    assert result.returncode != 0
    assert "nowhere" in result.stderr
    assert time.monotonic() - started < 10
