"""Patch files are people's too: written by hand, merged, broken, moved; each mistake is told with its place."""

from pathlib import Path

import pytest

from .edits import DEPLOYMENT, DEPLOYMENT_PATCH, PATCHES, PATIENT, STARTUP
from .project import project

GOOD = f"target: {DEPLOYMENT}\nchanges:\n  - at: [spec]\n    document: Deployment storefront\n"
MALFORMED = {
    "no yaml": (DEPLOYMENT_PATCH, "target: [\n", "patch.unreadable"),
    "not a patch": (DEPLOYMENT_PATCH, "hello: world\n", 'unknown key "hello"'),
    "no target": (DEPLOYMENT_PATCH, "changes: []\n", "`target` is missing"),
    "other target": (DEPLOYMENT_PATCH, "target: Dockerfile\nchanges: []\n", "is for 'Dockerfile'"),
    "no changes": (DEPLOYMENT_PATCH, f"target: {DEPLOYMENT}\n", "`changes` is a list"),
    "no action": (DEPLOYMENT_PATCH, GOOD, "one of `replace`, `add`"),
    "typo": (DEPLOYMENT_PATCH, GOOD + "    replac: x\n", 'did you mean "replace"?'),
    "no entry": (DEPLOYMENT_PATCH, GOOD + '    add: "x"\n', "is no entry"),
    "no hunks": (f"{PATCHES}/Dockerfile.patch", "hello\n", "there is no line `+++ Dockerfile`"),
    "other file": (
        f"{PATCHES}/Dockerfile.patch",
        "--- a\n+++ a\n@@ -1 +1 @@\n-x\n+y\n",
        "its own name says Dockerfile",
    ),
    "bad hunk": (f"{PATCHES}/Dockerfile.patch", "--- Dockerfile\n+++ Dockerfile\n@@ nonsense\n", "patch.unreadable"),
    "conflict markers": (
        f"{PATCHES}/Dockerfile.patch",
        "--- Dockerfile\n+++ Dockerfile\n<<<<<<< HEAD\n@@ -1 +1 @@\n-x\n+y\n=======\n@@ -1 +1 @@\n-x\n+z\n>>>>>>> b\n",
        "patch.unreadable",
    ),
    "no name": (f"{PATCHES}/notes.txt", "hello\n", "its name is not that of a patch"),
    "no target any more": (
        f"{PATCHES}/old.yaml.patch",
        "--- old.yaml\n+++ old.yaml\n@@ -1 +1 @@\n-x\n+y\n",
        "patch.unused",
    ),
}


@pytest.mark.parametrize(("path", "text", "words"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_patch_is_told_with_its_place(tmp_path: Path, path: str, text: str, words: str) -> None:
    shop = project(tmp_path)
    shop.write(path, text)
    before = shop.tree()
    for command in ("check", "generate", "adopt"):
        ran = shop.ours(command)
        assert ran.code in (3, 4), ran
        assert path in ran.err
        assert words in ran.err, ran.err
        assert "cure:" in ran.err
    assert shop.tree() == before


def test_a_second_patch_of_one_file_is_an_error(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    shop.ours("adopt")
    shop.write(f"{PATCHES}/{DEPLOYMENT}.patch", f"--- {DEPLOYMENT}\n+++ {DEPLOYMENT}\n@@ -1 +1 @@\n-x\n+y\n")
    ran = shop.ours("generate")
    assert ran.code == 3
    assert f"a second patch of {DEPLOYMENT}" in ran.err


def test_a_patch_written_by_hand_is_applied(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    assert shop.ours("adopt").code == 0
    shop.edit(DEPLOYMENT_PATCH, PATIENT, "failureThreshold: 90")
    assert shop.check() == 1
    shop.generate()
    assert "failureThreshold: 90" in shop.read(DEPLOYMENT)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_link_among_the_patches_is_refused(tmp_path: Path, what: str) -> None:
    """Ignoring it would take the edit back without a word; following it would read any file."""
    shop = project(tmp_path)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    assert shop.ours("adopt").code == 0
    link = shop.root / (DEPLOYMENT_PATCH if what == "file" else PATCHES)
    link.rename(shop.root.parent / "elsewhere")
    link.symlink_to(shop.root.parent / "elsewhere")
    ran = shop.ours("generate")
    assert ran.code == 3
    assert "patch.unreadable" in ran.err
    assert PATIENT in shop.read(DEPLOYMENT)
