"""`init --adopt` where people deliver by hand: their files stay as they are, and what goes on beside ours is said."""

import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

from tests.detect.by_hand import PULL, REPOSITORY
from tests.trees import read_tree, run, write_tree

SELECTOR = (
    "k8s/deploy.yaml: warning: init.selector: its Deployment storefront chooses pods by other labels than ours, which "
    "cannot be changed in a cluster\n    cure: `kubectl delete deployment storefront -n shop` before the first delivery"
)


SERVICE, WORKFLOW = "k8s/base/service.yaml", ".github/workflows/storefront.yaml"


def by_hand(tmp_path: Path, files: dict[str, str]) -> Path:
    root = tmp_path / "storefront"
    subprocess.run(["git", "init", "-q", "-b", "main", root], check=True)
    subprocess.run(["git", "-C", root, "remote", "add", "origin", REPOSITORY], check=True)
    return write_tree(root, files)


def besides(said: str) -> list[str]:
    return [line.partition(":")[0] for line in said.splitlines() if "init.besides" in line]


def test_what_goes_on_delivering_is_said(tmp_path: Path) -> None:
    root = by_hand(tmp_path, PULL)
    before = read_tree(root)
    ran = run("init", "--yes", "--adopt", cwd=root)
    assert ran.code == 0, ran.err
    after = read_tree(root)
    # In the user's .gitignore only our block is new.
    assert {name: after[name] for name in before if name != ".gitignore"} | {
        ".gitignore": before[".gitignore"]
    } == before
    assert after[".gitignore"].startswith(before[".gitignore"])
    assert besides(ran.err) == [".github/workflows/pipeline.yaml", "argo.yaml", "k8s/deploy.yaml"]
    assert SELECTOR in ran.err
    assert run("check", "--full", cwd=root).code == 0


def test_nothing_is_said_of_what_does_not_deliver(tmp_path: Path) -> None:
    """Not of other YAML, and not of what is generated now: there the user's labels are in the patch."""
    files = {name: text for name, text in PULL.items() if name in ("package.json", "package-lock.json", "app.js")}
    root = by_hand(tmp_path, {**files, "compose.yaml": "services: {}\n"})
    words = ("--mode", "pull", "--image", "docker.io/acme/storefront", "--port", "3000")
    ran = run("init", "--yes", *words, cwd=root)
    assert ran.code == 0, ran.err
    assert "init." not in ran.err


def test_answers_that_somebody_typed_are_not_lost_with_a_conflict(tmp_path: Path) -> None:
    root = by_hand(tmp_path, {**PULL, "Dockerfile": "FROM scratch\n"})
    here, there = pty.openpty()
    words = [sys.executable, "-m", "gitopsgen", "init", "--mode", "pull", "--set", "replicas=3"]
    child = subprocess.Popen(words, cwd=root, stdin=there, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.close(there)
    # The health path as it is proposed, and no to the rest.
    os.write(here, b"\nn\n")
    _, said = child.communicate(timeout=60)
    os.close(here)
    assert child.returncode == 4, said
    again = shlex.split(said.rpartition("with the same answers: `")[2].partition("`")[0])
    assert again == ["gitopsgen", "init", "--mode", "pull", "--set", "replicas=3", "--set", "health=/healthz"]
    assert not (root / "gitopsgen.yaml").exists()
    assert run(*again[1:], "--yes", "--adopt", cwd=root).code == 0
    assert "replicas: 3" in (root / "gitopsgen.yaml").read_text()


def test_later_what_was_taken_over_is_still_theirs(tmp_path: Path) -> None:
    """Files where ours would be: one is like ours and becomes a patch, the others are theirs for good."""
    asked = by_hand(tmp_path / "other", PULL)
    assert run("init", "--yes", "--adopt", cwd=asked).code == 0
    service = (asked / SERVICE).read_text().replace("port: 80\n", "port: 80  # as before\n")
    theirs = {WORKFLOW: "name: ours\non: [push]\njobs: {}\n", "Dockerfile": PULL["Dockerfile"]}
    root = by_hand(tmp_path, {**PULL, **theirs, SERVICE: service})
    assert run("init", "--yes", "--adopt", cwd=root).code == 0
    assert (root / SERVICE).read_text() == service
    spec = (root / "gitopsgen.yaml").read_text()
    write_tree(root, {"gitopsgen.yaml": spec.replace("port: 3000\n", "port: 3001\n")})
    ran = run("generate", cwd=root)
    assert ran.code == 0, ran.err
    after = read_tree(root)
    assert {name: after[name] for name in theirs} == theirs
    assert after[SERVICE] == service
    assert "containerPort: 3001" in after["k8s/base/deployment.yaml"]
    assert run("check", "--full", cwd=root).code == 0
