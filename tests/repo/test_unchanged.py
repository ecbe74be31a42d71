"""The fast path says yes only when the full run would find nothing to do, and reads nothing outside the root."""

import os
import random
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitopsgen.core.files import RenderedFile
from gitopsgen.repo.digest import digest
from gitopsgen.repo.lock import LOCK_NAME, Lock, parse
from gitopsgen.unchanged import unchanged

from .trees import SPEC, VERSION, build, generate, look, rendered, tree

FILES: list[RenderedFile] = [
    rendered("k8s/base/app.yaml", "a: 1\n"),
    rendered("k8s/base/my app.yaml", "a: 2\n"),
    rendered("run.sh", "#!/bin/sh\n", mode=0o755),
    rendered("image.yaml", "tag: 1\n", "once"),
    rendered(".gitignore", "ours\n\nalso\n", "block"),
    rendered("hooks.yaml", "- a\n\n- b\n", "block", under="repos"),
]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = tmp_path / "repo"
    build(repo, {SPEC: "x: 1\n", ".gitopsgen/templates/ci/a": "t", ".gitignore": "mine\n", "hooks.yaml": "repos: []\n"})
    build(repo, {"needed": "x", ".gitopsgen/kept/k": "x", ".gitx": "x"})
    generate(repo, FILES)
    with open(repo / LOCK_NAME, "a", encoding="utf-8") as lock:
        lock.write("needs needed\n")
    assert unchanged(str(repo), VERSION)
    return repo


def test_person_may_change_what_is_theirs(repo: Path) -> None:
    build(repo, {"image.yaml": "tag: ci\n", ".gitignore": b"above\n" + tree(repo)[".gitignore"] + b"below\n"})
    assert unchanged(str(repo), VERSION)
    assert not look(repo, FILES).drift


def test_a_checkout_with_crlf_is_no_change(repo: Path) -> None:
    for path in ("k8s/base/app.yaml", SPEC, LOCK_NAME):
        build(repo, {path: (repo / path).read_bytes().replace(b"\n", b"\r\n")})
    assert unchanged(str(repo), VERSION)
    assert not look(repo, FILES).drift


def swap(path: str, old: bytes, new: bytes):  # type: ignore[no-untyped-def]
    def change(repo: Path) -> None:
        text = (repo / path).read_bytes()
        assert old in text
        (repo / path).write_bytes(text.replace(old, new, 1))

    return change


def make_link(repo: Path) -> None:
    (repo / "k8s").rename(repo.parent / "elsewhere")
    (repo / "k8s").symlink_to(repo.parent / "elsewhere")


def link_file(repo: Path) -> None:
    (repo / "run.sh").rename(repo / "real.sh")
    (repo / "run.sh").symlink_to("real.sh")


CHANGES = {
    "spec": swap(SPEC, b"1", b"2"),
    "template": swap(".gitopsgen/templates/ci/a", b"t", b"u"),
    "new template": lambda repo: build(repo, {".gitopsgen/templates/ci/b": "t"}),
    "template deleted": lambda repo: (repo / ".gitopsgen/templates/ci/a").unlink(),
    "new pins": lambda repo: build(repo, {".gitopsgen/pins.yaml": "images: {}\n"}),
    "link among the templates": lambda repo: (repo / ".gitopsgen/templates/l").symlink_to("ci/a"),
    "templates became a link": lambda repo: (
        (repo / ".gitopsgen/templates").rename(repo / "t"),
        (repo / ".gitopsgen/templates").symlink_to("../t"),
    ),
    "output edited": swap("k8s/base/app.yaml", b"1", b"2"),
    "output with a space edited": swap("k8s/base/my app.yaml", b"2", b"3"),
    "output deleted": lambda repo: (repo / "run.sh").unlink(),
    "once file deleted": lambda repo: (repo / "image.yaml").unlink(),
    "executable bit lost": lambda repo: (repo / "run.sh").chmod(0o644),
    "executable bit won": lambda repo: (repo / "k8s/base/app.yaml").chmod(0o755),
    "output became a link": link_file,
    "folder became a link": make_link,
    "block edited": swap(".gitignore", b"ours", b"mine"),
    "block emptied": swap(".gitignore", b"ours\n\nalso\n", b""),
    "block marker lost": swap(".gitignore", b"<<< gitopsgen", b"<< gitopsgen"),
    "two blocks": lambda repo: build(repo, {".gitignore": 2 * tree(repo)[".gitignore"]}),
    "list item lost its indentation": swap("hooks.yaml", b"  - b", b" - b"),
    "list item with other than the indentation": swap("hooks.yaml", b"  - b", b"xx- b"),
    "lock gone": lambda repo: (repo / LOCK_NAME).unlink(),
    "lock is a link": lambda repo: (
        (repo / LOCK_NAME).rename(repo / "l"),
        (repo / LOCK_NAME).symlink_to("l"),
    ),
    "lock of another tool version": swap(LOCK_NAME, b"tool 1.2.3", b"tool 1.2.4"),
    "lock of another format": swap(LOCK_NAME, b"format 1", b"format 2"),
    "lock with a merge marker": swap(LOCK_NAME, b"tool", b"<<<<<<< HEAD\ntool"),
    "lock without the spec": swap(LOCK_NAME, b"gitopsgen.yaml", b"other.yaml"),
    "lock with a kind of line to come": swap(LOCK_NAME, b"tool", b"intent x\ntool"),
    "needed file gone": lambda repo: (repo / "needed").unlink(),
    "needed file became a folder": lambda repo: ((repo / "needed").unlink(), (repo / "needed").mkdir()),
    "needed file became a link": lambda repo: ((repo / "needed").unlink(), (repo / "needed").symlink_to("run.sh")),
    "lock is empty": lambda repo: build(repo, {LOCK_NAME: ""}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_each_change_is_left_to_the_full_run(repo: Path, change) -> None:  # type: ignore[no-untyped-def]
    change(repo)
    assert not unchanged(str(repo), VERSION)


def test_another_version_or_spec_is_left_to_the_full_run(repo: Path) -> None:
    assert not unchanged(str(repo), "1.2.4")
    assert not unchanged(str(repo), VERSION, "other.yaml")
    assert not unchanged(str(repo / "missing"), VERSION)


HOSTILE = [
    "/etc/passwd",
    "../secret",
    "k8s/../../secret",
    "away/secret",
    "filelink",
    "//etc/passwd",
    "./../secret",
    "a",
]
HOSTILE += [
    "k8s//base/app.yaml",
    "",
    ".",
    "..",
    "k8s",
    "k8s/",
    "\0",
    "é" * 2000,
    "a/" * 5000,
    "pipe",
    "/",
    "\\..\\secret",
]


def test_hostile_locks_read_nothing_outside(repo: Path) -> None:
    """Over 200 locks, some with the true digest of what lies outside, so that reading it would make them agree."""
    build(repo.parent, {"secret": "s"})
    (repo / "away").symlink_to(repo.parent)
    (repo / "filelink").symlink_to("../secret")
    os.mkfifo(repo / "pipe")
    good = (repo / LOCK_NAME).read_text()
    digests = [digest(b"s"), digest(Path("/etc/passwd").read_bytes()), "-"]
    opened: set[str] = set()
    watching = [True]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching[0] and event in ("open", "os.scandir"):
            opened.add(os.path.realpath(os.path.dirname(str(arguments[0]))) + "/" + os.path.basename(str(arguments[0])))

    sys.addaudithook(watch)
    try:
        for path, kind, known in product(HOSTILE, ("managed", "block", "once", "input"), digests):
            line = f"input {known} {path}" if kind == "input" else f"file {kind} {known} 644 p {path}"
            (repo / LOCK_NAME).write_text(good + line + "\n", encoding="utf-8")
            assert not unchanged(str(repo), VERSION), line
    finally:
        watching[0] = False
    inside = os.path.realpath(repo) + "/"
    assert len(HOSTILE) * 12 > 200
    assert {name for name in opened if not name.startswith(inside)} == set()


def test_a_random_lock_never_raises(repo: Path) -> None:
    chance = random.Random(11)  # noqa: S311 - no secret
    good = (repo / LOCK_NAME).read_bytes()
    for _ in range(200):
        raw = bytearray(good)
        for _ in range(chance.randint(1, 5)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        (repo / LOCK_NAME).write_bytes(bytes(raw))
        assert unchanged(str(repo), VERSION) in (True, False)


LINES = [
    "file once - 644 p .git/config",
    "file once - 644 p .GIT /config",
    "file once - 644 p git~1",
    "file once - 644 p gitopsgen.yaml",
    "file once - 644 p GITOPSGEN.LOCK",
    "file once - 644 p .gitopsgen/templates/ci/a",
    "file once - 644 p .gitopsgen/kept/k",
    f"file once {'g' * 64} 644 p needed",
    f"file once {'a' * 63} 644 p needed",
    "file once - 777 p needed",
    "file once - 644 \tp needed",
    "file once - 644  needed",
    f"file once - 644 {'p' * 201} needed",
    "file once - 644 p back\\slash",
    "file once - 644 p c:colon",
    "file once - 644 p con\x7ftrol",
    "needs .git/config",
    "#" + "x" * 4096,
]
# Lines that the full run understands, and mends.
TO_MEND = [
    *("file once - 644 p needed\nfile once - 644 p needed", "needs needed", "needs gone", "<<<<<<< HEAD"),
    *("intent managed - 644 p needed", f"intent managed {'a' * 64} 644 p b"),
]
FINE = ["file once - 644 p .gitx", "file once - 755 p needed", "needs .gitx", "#" + "x" * 4095, "needs gitopsgen.yaml"]


def test_yes_only_to_a_lock_that_the_full_run_reads(repo: Path) -> None:
    odd_files = (".git/config", ".GIT /config", "git~1", "GITOPSGEN.LOCK", "back\\slash", "c:colon", "con\x7ftrol")
    build(repo, dict.fromkeys(odd_files, "x"))
    good = (repo / LOCK_NAME).read_text(encoding="utf-8")
    for line in (*LINES, *TO_MEND, *FINE):
        raw = (good + line + "\n").encode()
        (repo / LOCK_NAME).write_bytes(raw)
        assert unchanged(str(repo), VERSION) is (line in FINE), line
        assert isinstance(parse(raw), Lock) is (line not in LINES), line


@given(st.lists(st.sampled_from(LINES + FINE) | st.text(max_size=20), max_size=2), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_yes_means_that_the_lock_parses(repo: Path, lines: list[str], chance: random.Random) -> None:
    if not (repo / "good").exists():
        (repo / LOCK_NAME).rename(repo / "good")
    found = (repo / "good").read_text(encoding="utf-8").splitlines()
    for line in lines:
        at = chance.randrange(len(found))
        found[at : at + chance.randrange(2)] = [line]
    raw = "\n".join(found).encode("utf-8", "replace")
    (repo / LOCK_NAME).write_bytes(raw)
    if unchanged(str(repo), VERSION):
        assert isinstance(parse(raw), Lock)


def test_nothing_but_the_standard_few_is_imported(repo: Path) -> None:
    source = (
        "import sys, os, stat; before = set(sys.modules)\n"
        "from gitopsgen.unchanged import unchanged\n"
        f"assert unchanged({str(repo)!r}, {VERSION!r})\n"
        "print(sorted(set(sys.modules) - before))"
    )
    root = str(Path(__file__).parents[2])
    run = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {root!r})\n{source}"],
        capture_output=True,
        text=True,
        check=True,
    )
    new = set(eval(run.stdout)) - {"_sha2", "_sha256"}  # noqa: S307 - our own output
    assert new == {"gitopsgen", "gitopsgen.unchanged"}
