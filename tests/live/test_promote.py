"""promote.sh and propose.sh of pull mode against real git, and a pull request against an HTTP server."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .http_remote import serve
from .scripts import (
    GENERATED_IMAGE,
    GENERATED_OVERLAY,
    IMAGE,
    OVERLAY,
    Clone,
    Remote,
    digest,
    environment,
    git,
    make_remote,
    read_component,
    recorded_revision,
    write,
)

STAGING = "k8s/overlays/staging"
PROPOSAL = "promote/storefront/production"


@pytest.fixture
def staged(remote: Remote) -> Clone:
    """Return a clone of a remote with a second environment before production."""
    write(remote.developer / STAGING / "kustomization.yaml", GENERATED_OVERLAY)
    write(remote.developer / STAGING / "image/kustomization.yaml", GENERATED_IMAGE)
    git(remote.developer, "add", "-A")
    git(remote.developer, "commit", "-q", "-m", "staging")
    git(remote.developer, "push", "-q", "origin", "main")
    return remote.clone("ci")


def promote(clone: Clone, then: str, **changes: str) -> str:
    """Promote what staging has to production; return what was printed."""
    variables = clone.variables(0, "", FROM_OVERLAY=STAGING, THEN=then, PROPOSAL=PROPOSAL, **changes)
    for unknown in ("IMAGE", "TAG", "DIGEST", "REVISION"):
        del variables[unknown]
    done = clone.run("promote.sh", variables)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def propose(clone: Clone, number: int, revision: str, **changes: str) -> str:
    done = clone.run("propose.sh", clone.variables(number, revision, PROPOSAL=PROPOSAL, **changes))
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_an_image_is_promoted_as_it_is(remote: Remote, staged: Clone) -> None:
    assert "nothing to promote" in promote(staged, "bump.sh")
    (revision,) = remote.commits(1)
    assert staged.bump(1, revision, OVERLAY=STAGING).returncode == 0
    promote(staged, "bump.sh")
    assert remote.image_file() == remote.image_file(overlay=STAGING)
    head = git(remote.path, "rev-parse", "main")
    assert "already" in promote(staged, "bump.sh")
    assert git(remote.path, "rev-parse", "main") == head


# The file of Flux as its image-automation-controller 1.2.4 left it when it was given an image.
OF_FLUX = """\
# The deployed image. Flux keeps it at the newest one.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
images:
  - name: app-image
    newName: %s # {"$imagepolicy": "flux-system:storefront-staging:name"}
    newTag: "sha-%s-%d" # {"$imagepolicy": "flux-system:storefront-staging:tag"}
    digest: %s # {"$imagepolicy": "flux-system:storefront-staging:digest"}
"""


def flux_records(remote: Remote, number: int, revision: str) -> None:
    git(remote.developer, "pull", "-q", "--ff-only", "origin", "main")
    text = OF_FLUX % (IMAGE, revision, number, digest(number))
    write(remote.developer / STAGING / "image/kustomization.yaml", text)
    git(remote.developer, "commit", "-q", "-a", "-m", "deploy(staging): storefront")
    git(remote.developer, "push", "-q", "origin", "main")


def test_an_image_that_flux_recorded_is_promoted_with_its_revision(remote: Remote, staged: Clone) -> None:
    older, newer = remote.commits(2)
    for number, revision in ((2, newer), (1, older)):
        flux_records(remote, number, revision)
        git(staged.path, "pull", "-q", "origin", "main")
        said = promote(staged, "bump.sh")
        recorded = read_component(remote.image_file())
        assert recorded == {
            "name": "app-image", "newName": IMAGE, "newTag": f"sha-{newer}-2", "digest": digest(2),
        }, said  # fmt: skip
        assert recorded_revision(remote.image_file()) == newer
    assert "newer revision is already recorded" in said


def test_there_is_nothing_to_deliver_when_flux_has_recorded_it(remote: Remote, staged: Clone) -> None:
    (revision,) = remote.commits(1)
    variables = environment(staged.path, OVERLAY=STAGING, QUIET_PATHS="k8s/**")
    git(staged.path, "pull", "-q", "origin", "main")
    assert staged.run("quiet.sh", variables).returncode == 1
    flux_records(remote, 3, revision)
    git(staged.path, "pull", "-q", "origin", "main")
    done = staged.run("quiet.sh", variables)
    assert done.returncode == 0 and revision in done.stdout, done.stderr
    write(remote.developer / "app.js", "")
    git(remote.developer, "add", "-A")
    remote.commits(1)
    git(staged.path, "pull", "-q", "origin", "main")
    assert staged.run("quiet.sh", variables).returncode == 1


def test_a_rollback_before_does_not_pull_the_next_one_back(remote: Remote, staged: Clone) -> None:
    older, newer = remote.commits(2)
    for number, revision in ((1, older), (2, newer)):
        staged.bump(number, revision, OVERLAY=STAGING)
        promote(staged, "bump.sh")
    assert staged.revert(OVERLAY=STAGING, ENVIRONMENT="staging").returncode == 0
    assert "newer revision is already recorded" in promote(staged, "bump.sh")
    assert recorded_revision(remote.image_file()) == newer


def test_a_proposal_is_one_commit_that_a_newer_image_replaces(remote: Remote, staged: Clone) -> None:
    first, second = remote.commits(2)
    said = propose(staged, 1, first)
    assert "Open a pull request" in said
    assert recorded_revision(remote.image_file(PROPOSAL)) == first
    propose(staged, 2, second)
    assert recorded_revision(remote.image_file(PROPOSAL)) == second
    assert git(remote.path, "rev-list", "--count", f"main..{PROPOSAL}") == "1"
    changed = git(remote.path, "diff", "--name-only", f"main...{PROPOSAL}").split()
    assert changed == [f"{OVERLAY}/image/kustomization.yaml"]
    assert "[skip ci]" not in git(remote.path, "log", "-1", "--format=%B", PROPOSAL)
    # A late job of an older commit takes nothing back.
    assert "newer" in propose(staged, 1, first)
    assert recorded_revision(remote.image_file(PROPOSAL)) == second
    assert "proposed already" in propose(staged, 2, second)


def test_a_proposal_that_was_merged_is_followed_by_a_fresh_one(remote: Remote, staged: Clone) -> None:
    first, second = remote.commits(2)
    propose(staged, 1, first)
    git(remote.path, "update-ref", "refs/heads/main", PROPOSAL)
    assert "already" in propose(staged, 1, first)
    propose(staged, 2, second)
    assert recorded_revision(remote.image_file()) == first
    assert recorded_revision(remote.image_file(PROPOSAL)) == second
    assert git(remote.path, "rev-parse", f"{PROPOSAL}~1") == git(remote.path, "rev-parse", "main")


def test_many_propose_at_once_and_the_newest_stays(remote: Remote, staged: Clone) -> None:
    revisions = remote.commits(4)
    clones = [remote.clone(f"ci-{number}") for number in range(4)]
    threads = [
        threading.Thread(target=propose, args=(clone, number, revision))
        for number, (clone, revision) in enumerate(zip(clones, revisions, strict=True))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert recorded_revision(remote.image_file(PROPOSAL)) == revisions[-1]


@dataclass
class Forge:
    """A host that answers as the API of GitHub does."""

    url: str = ""
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)


@pytest.fixture
def forge() -> Iterator[Forge]:
    made = Forge()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            body = json.loads(text) if text.startswith("{") else {"form": text}
            made.asked.append((self.path, self.headers.get("Authorization") or self.headers["PRIVATE-TOKEN"], body))
            status, text = made.answers.pop(0)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_PUT = do_POST  # noqa: N815 - the name is the HTTP server's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the HTTP server's
            """Keep the tests' output to what failed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_pull_request_is_opened_once(remote: Remote, staged: Clone, forge: Forge) -> None:
    (revision,) = remote.commits(1)
    git(remote.path, "config", "http.receivepack", "true")
    with serve(remote.path.parent, "x-access-token", "s3cret") as url:
        git(staged.path, "remote", "set-url", "origin", f"{url}/{remote.path.name}")
        on_github = {"FORGE": "github", "API": forge.url, "REPOSITORY": "acme/storefront", "GIT_TOKEN": "s3cret"}
        forge.answers = [(201, "{}"), (422, '{"message": "A pull request already exists for acme:promote."}')]
        assert "Opened a pull request" in propose(staged, 1, revision, **on_github)
        assert "has the new image" in propose(staged, 1, revision, **on_github)
        forge.answers = [(403, '{"message": "GitHub Actions is not permitted to create pull requests"}')]
        refused = staged.run("propose.sh", staged.variables(1, revision, PROPOSAL=PROPOSAL, **on_github))
    assert refused.returncode == 1
    assert "allow GitHub Actions to create" in refused.stderr
    path, authorization, body = forge.asked[0]
    assert (path, authorization) == ("/repos/acme/storefront/pulls", "Bearer s3cret")
    assert body == {"title": "Deploy storefront to production", "head": PROPOSAL, "base": "main"}


def test_the_merge_request_is_asked_for_with_the_push(remote: Remote, staged: Clone, tmp_path: Path) -> None:
    (revision,) = remote.commits(1)
    git(remote.path, "config", "receive.advertisePushOptions", "true")
    hook = remote.path / "hooks/pre-receive"
    hook.write_text(f'#!/bin/sh\nenv | grep ^GIT_PUSH_OPTION_ | sort >"{tmp_path}/options"\n', encoding="utf-8")
    hook.chmod(0o755)
    propose(staged, 1, revision, FORGE="gitlab")
    assert (tmp_path / "options").read_text(encoding="utf-8").splitlines() == [
        "GIT_PUSH_OPTION_0=merge_request.create",
        "GIT_PUSH_OPTION_1=merge_request.target=main",
        "GIT_PUSH_OPTION_2=merge_request.remove_source_branch",
        "GIT_PUSH_OPTION_COUNT=3",
    ]


def test_the_images_are_recorded_in_a_repository_of_their_own(remote: Remote, staged: Clone) -> None:
    """The app's history says what is newer, the commit goes to the other repository, and both stay apart."""
    config = make_remote(remote.path.parent / "config")
    git(config.developer, "mv", "services/api", "storefront")
    git(config.developer, "commit", "-q", "-m", "folders")
    git(config.developer, "push", "-q", "origin", "main")
    there = {"CONFIG_URL": f"file://{config.path}", "CONFIG_FOLDER": "storefront"}
    overlay = f"storefront/{OVERLAY}"
    older, newer = remote.commits(2)
    before = git(remote.path, "rev-parse", "main")
    for number, revision in ((2, newer), (1, older)):
        done = staged.bump(number, revision, **there)
        assert done.returncode == 0, done.stderr
        assert recorded_revision(config.image_file(overlay=overlay)) == newer
    assert git(remote.path, "rev-parse", "main") == before
    assert git(config.path, "diff", "--name-only", "main~1", "main") == f"{overlay}/image/kustomization.yaml"
    propose(staged, 3, remote.commits(1)[0], **there)
    assert git(config.path, "rev-list", "--count", f"main..{PROPOSAL}") == "1"
    (last,) = remote.commits(1)
    assert staged.bump(4, last, **there).returncode == 0
    assert staged.revert(**there).returncode == 0
    assert recorded_revision(config.image_file(overlay=overlay)) == newer


def test_a_pull_request_is_marked_on_both_hosts(staged: Clone, forge: Forge) -> None:
    variables = {"LABEL": "preview", "API": forge.url, "REPOSITORY": "acme/shop", "GIT_TOKEN": "s3cret"}
    for kind in ("github", "gitlab"):
        forge.answers = [(200, "[]")]
        done = staged.run("label.sh", environment(staged.path, FORGE=kind, PULL_REQUEST="7", **variables))
        assert done.returncode == 0, done.stderr
    assert forge.asked == [
        ("/repos/acme/shop/issues/7/labels", "Bearer s3cret", {"labels": ["preview"]}),
        ("/projects/acme%2Fshop/merge_requests/7", "s3cret", {"form": "add_labels=preview"}),
    ]
    forge.answers = [(403, "no")]
    refused = staged.run("label.sh", environment(staged.path, FORGE="github", PULL_REQUEST="7", **variables))
    assert refused.returncode == 1 and "403" in refused.stderr
    odd = staged.run("label.sh", environment(staged.path, FORGE="github", PULL_REQUEST="7;id", **variables))
    assert odd.returncode == 1 and "must be a number" in odd.stderr
