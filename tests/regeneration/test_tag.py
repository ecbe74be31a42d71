"""The image that is deployed is CI's: whatever is regenerated, switched or moved, its tag and digest stay."""

import os
from pathlib import Path

from tests.trees import PUSH, SMALLEST

from .edits import DEPLOYMENT_TEMPLATE, IMAGE, override
from .project import Project, project

APP_IMAGE = "docker.io/acme/storefront"


def build(shop: Project, number: int) -> tuple[str, str]:
    """Push a commit and let CI record its image, with the scripts of the repository itself."""
    remote = shop.root.parent / "remote.git"
    if not remote.exists():
        shop.git("init", "--quiet", "--bare", "--initial-branch=main", str(remote))
        shop.git("remote", "add", "origin", str(remote))
    shop.git("add", "--all")
    shop.git("commit", "--quiet", "--allow-empty", "--message", f"Change {number}")
    shop.git("push", "--quiet", "origin", "HEAD:main")
    tag, digest = f"sha-{number:07}", f"sha256:{number:064x}"
    ci = shop.clone(f"ci-{number}")
    ci.git("remote", "set-url", "origin", str(remote))
    ci.git("fetch", "--quiet", "origin")
    ci.environment |= {
        "ENVIRONMENT": "production",
        "APP": "storefront",
        "OVERLAY": os.path.dirname(os.path.dirname(IMAGE)),
        "IMAGE": APP_IMAGE,
        "TAG": tag,
        "DIGEST": digest,
        "REVISION": ci.git("rev-parse", "HEAD").strip(),
        "BRANCH": "main",
    }
    ran = ci.sh("sh", "k8s/bin/bump.sh")
    assert ran.code == 0, ran
    shop.git("pull", "--quiet", "--rebase", "origin", "main")
    runs(shop, tag, digest)
    return tag, digest


def runs(shop: Project, tag: str, digest: str) -> None:
    text = shop.read(IMAGE)
    assert f'newTag: "{tag}"' in text
    assert f"digest: {digest}" in text


def test_the_tag_is_always_the_one_of_ci(tmp_path: Path) -> None:
    shop = project(tmp_path)
    first = build(shop, 1)
    assert shop.check() == 0, "what CI does is no drift"
    shop.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    shop.generate()
    runs(shop, *first)
    override(shop, DEPLOYMENT_TEMPLATE, "minReadySeconds: 5", "minReadySeconds: 6")
    override(shop, "workload/kubernetes/overlay/image.yaml", "---\n", "---\n# Another default.\n")
    shop.generate()
    runs(shop, *first)
    second = build(shop, 2)
    assert shop.check() == 0
    shop.write("gitopsgen.yaml", PUSH)
    shop.generate()
    runs(shop, *second)
    shop.write("gitopsgen.yaml", SMALLEST)
    shop.generate()
    runs(shop, *second)
    third = build(shop, 3)
    shop.edit("gitopsgen.yaml", "port: 3000", "port: 3000\nreplicas: 4")
    shop.generate("--keep", IMAGE)
    runs(shop, *third)
    assert shop.verdicts() == {}


def test_until_the_first_build_the_stand_in_follows_the_spec(tmp_path: Path) -> None:
    shop = project(tmp_path)
    assert "newTag: none" in shop.read(IMAGE).replace('"', "")
    shop.edit("gitopsgen.yaml", APP_IMAGE, "docker.io/acme/other")
    shop.generate()
    assert "newName: docker.io/acme/other" in shop.read(IMAGE)


def test_two_people_and_ci_at_once(tmp_path: Path) -> None:
    """CI records an image while somebody regenerates on a branch: git merges, and the tag is that of CI."""
    shop = project(tmp_path)
    shop.git("checkout", "--quiet", "-b", "work")
    shop.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    shop.generate()
    shop.commit("Work")
    shop.git("checkout", "--quiet", "main")
    tag, digest = build(shop, 1)
    shop.git("merge", "--quiet", "--no-edit", "work")
    runs(shop, tag, digest)
    assert shop.check() == 0
