"""The spec changes its mind: files move, come and go, and nothing of anybody's gets lost on the way."""

import re
import shutil
from pathlib import Path

import pytest

from tests.trees import OVERRIDES, PUSH, SMALLEST

from .edits import DEPLOYMENT, DEPLOYMENT_PATCH, IMAGE, PATCHES, PATIENT, STARTUP, WORKFLOW
from .project import Project, commands, empty, project

BUMPED = "# What CI wrote.\n"
MOVED = SMALLEST + "manifests: deploy\n"
STAGING = SMALLEST + "environments: {staging: {}}\n"
STAGED = IMAGE.replace("production", "staging")
RENAMED = SMALLEST.replace("name: storefront", "name: shop")


def respecified(shop: Project, spec: str) -> None:
    shop.write("gitopsgen.yaml", spec)


def bumped(shop: Project) -> str:
    shop.write(IMAGE, shop.read(IMAGE) + BUMPED)
    return shop.read(IMAGE)


def is_as_new(shop: Project, folder: Path, besides: set[str]) -> None:
    """All is as in a new repository with this spec, but for the files in `besides`."""
    fresh = empty(folder / "fresh", {}, spec=shop.read("gitopsgen.yaml"))
    fresh.generate()
    ours, new = shop.tree(), fresh.tree()
    different = {name for name in ours.keys() | new.keys() if ours.get(name) != new.get(name)}
    assert different - {"gitopsgen.lock"} == besides
    empty_folders = [path for path in shop.root.rglob("*") if path.is_dir() and not any(path.iterdir())]
    assert not [path for path in empty_folders if ".git/" not in f"{path}/"], "no empty folder is left"


def test_push_and_pull_and_push_again(tmp_path: Path) -> None:
    shop = project(tmp_path, spec=PUSH)
    first, text = shop.tree(), bumped(shop)
    respecified(shop, SMALLEST)
    shop.generate()
    is_as_new(shop, tmp_path / "pull", {IMAGE})
    assert shop.has("argocd")
    respecified(shop, PUSH)
    shop.generate()
    assert not shop.has("argocd")
    assert shop.tree() | {"gitopsgen.lock": ""} == first | {IMAGE: text, "gitopsgen.lock": ""}


@pytest.mark.parametrize(
    ("spec", "old", "new"),
    [
        (MOVED, "k8s/base", "deploy/overlays/production"),
        (STAGING, "k8s/overlays/production/namespace.yaml", "k8s/overlays/staging"),
        (RENAMED, WORKFLOW, "k8s/overlays/production"),
    ],
    ids=["other folder", "other environment", "other name"],
)
def test_what_nobody_touched_moves_and_the_tag_goes_along(tmp_path: Path, spec: str, old: str, new: str) -> None:
    shop = project(tmp_path)
    text = bumped(shop)
    respecified(shop, spec)
    ran = shop.generate()
    image = f"{new}/image/kustomization.yaml"
    assert not shop.has(old)
    assert shop.read(image) == text
    if image != IMAGE:
        assert f"orphan  {IMAGE}: it is {image} now" in ran.out, "a copy would be old by the time that it moves back"
        assert not shop.has(IMAGE)
        assert f"create  {image}: carried over from {IMAGE}" in ran.out
    is_as_new(shop, tmp_path, {image})


THREE = SMALLEST + "environments:\n  dev: {}\n  staging: {namespace: shop-staging}\n  production: {namespace: shop}\n"


def everywhere(tmp_path: Path) -> Project:
    """All environments run one image."""
    shop = project(tmp_path, spec=THREE)
    for name in ("dev", "staging", "production"):
        path = IMAGE.replace("production", name)
        shop.write(path, shop.read(IMAGE) + BUMPED)
    return shop


def test_an_environment_with_another_name_has_its_image_and_what_the_old_one_leaves_is_told(tmp_path: Path) -> None:
    shop = everywhere(tmp_path)
    shop.write(IMAGE, shop.read(STAGED))
    respecified(shop, THREE.replace("  staging", "  preprod"))
    ran = shop.generate()
    moved = IMAGE.replace("production", "preprod")
    assert f"orphan  {STAGED}: it is {moved} now" in ran.out, "and not one that is still there"
    assert BUMPED in shop.read(moved)
    assert "the Application of staging stays in the cluster" in ran.err
    assert "--selector app.kubernetes.io/instance=storefront-staging" in ran.err
    assert "goes on running" in ran.err and "namespace shop-staging" not in ran.err, "the new one has its namespace"


def test_an_environment_that_goes_leaves_its_image_and_what_runs(tmp_path: Path) -> None:
    shop = everywhere(tmp_path)
    respecified(shop, re.sub(r"  staging.*\n", "", THREE))
    ran = shop.generate()
    assert f"forget  {STAGED}: it is no longer generated; the file is yours and stays" in ran.out
    assert "what is deployed of storefront in the namespace shop-staging, for staging, goes on running" in ran.err
    assert "the Application of production" not in ran.err


def test_another_namespace_in_push_mode_leaves_what_runs_in_the_old_one(tmp_path: Path) -> None:
    pushed = THREE.replace("mode: pull", "mode: push") + PUSH.removeprefix(SMALLEST.replace("mode: pull", "mode: push"))
    shop = project(tmp_path, spec=pushed)
    respecified(shop, pushed.replace("namespace: shop-staging", "namespace: shop-stg"))
    told = shop.generate().err
    assert "deployed of storefront in the namespace shop-staging, for staging, goes on running" in told
    assert told.count("left-behind") == 1


def two_texts(tmp_path: Path) -> tuple[Project, str]:
    """The environment gets another name, where an image lies already, of a time that nobody remembers."""
    shop = project(tmp_path)
    shop.write(STAGED, "# An image of last year.\n")
    text = bumped(shop)
    respecified(shop, STAGING)
    return shop, text


def test_an_old_image_where_the_deployed_one_is_to_move_stops_the_run(tmp_path: Path) -> None:
    shop, text = two_texts(tmp_path)
    before = shop.tree()
    ran = shop.ours("generate")
    assert ran.code == 4
    assert f"foreign {STAGED}: {IMAGE} is to move here, and says something else" in ran.err
    assert shop.tree() == before
    assert shop.ours("generate", "--keep", STAGED).code == 0
    assert (shop.read(IMAGE), shop.read(STAGED)) == (text, before[STAGED])
    assert shop.ours("generate").code == 4, "it is still to be decided"
    assert shop.generate("--take", STAGED)
    assert shop.read(STAGED) == text
    assert not shop.has(IMAGE)
    assert shop.read(f".gitopsgen/kept/{STAGED}") == before[STAGED]


def test_who_wants_the_old_image_removes_the_other(tmp_path: Path) -> None:
    shop, _ = two_texts(tmp_path)
    [way] = re.findall(r"`rm (.+)`", shop.ours("generate").err)
    (shop.root / way).unlink()
    shop.generate()
    assert shop.read(STAGED) == "# An image of last year.\n"


@pytest.mark.parametrize("edited", ["", DEPLOYMENT], ids=["nothing else to decide", "an edit to be decided"])
def test_who_keeps_the_file_of_a_former_environment_takes_no_image_from_the_new_one(
    tmp_path: Path, edited: str
) -> None:
    shop = project(tmp_path)
    text = bumped(shop)
    respecified(shop, STAGING)
    if edited:
        shop.edit(edited, STARTUP, PATIENT)
    ran = shop.ours("eject", IMAGE)
    assert ran.code == 0, ran
    assert f"create  {STAGED}: carried over from {IMAGE}" in ran.out
    assert shop.check() == (4 if edited else 0)
    shop.generate(*(("--take", edited) if edited else ()))
    assert (shop.read(IMAGE), shop.read(STAGED)) == (text, text)


def test_an_environment_with_another_name_is_told_of_the_image_that_is_ejected_and_stays(tmp_path: Path) -> None:
    shop = project(tmp_path)
    text = bumped(shop)
    assert shop.ours("eject", IMAGE).code == 0
    respecified(shop, STAGING)
    ran = shop.generate()
    assert f"images.ejected: {STAGED} begins without an image" in ran.err
    assert f"what was recorded in {IMAGE} is yours and stays there" in ran.err
    assert "images.elsewhere" not in ran.err
    assert shop.read(IMAGE) == text


def test_which_of_two_images_counts_is_decided_before_one_of_them_is_ejected(tmp_path: Path) -> None:
    shop, text = two_texts(tmp_path)
    before = shop.tree()
    ran = shop.ours("eject", IMAGE)
    assert ran.code == 4
    assert f"foreign {STAGED}: {IMAGE} is to move here, and says something else" in ran.err
    assert shop.tree() == before
    shop.generate("--take", STAGED)
    assert shop.read(STAGED) == text


@pytest.mark.parametrize(
    ("spec", "path"), [(MOVED, DEPLOYMENT), (RENAMED, WORKFLOW), (PUSH, "argocd/application-production.yaml")]
)
def test_an_edited_file_that_is_no_longer_generated_stops_the_run(tmp_path: Path, spec: str, path: str) -> None:
    shop = project(tmp_path)
    shop.write(path, shop.read(path) + "# mine\n")
    respecified(shop, spec)
    before = shop.tree()
    ran = shop.ours("generate")
    assert ran.code == 4
    assert f"edited  {path}: it is no longer generated, but was changed by hand" in ran.err
    assert shop.tree() == before
    for way in [way for way in commands(ran.err) if "adopt" not in way]:
        shutil.rmtree(shop.root)
        shop = project(tmp_path)
        shop.write(path, before[path])
        respecified(shop, spec)
        taken = shop.ours(*way)
        assert taken.code == 0, taken
        assert shop.has(path) is ("--take" not in way)
        if "--keep" in way:
            assert shop.check() == 4
            continue
        shop.generate()
        assert shop.has(path) is ("--take" not in way)


def test_a_patch_goes_along_with_its_file(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    assert shop.ours("adopt").code == 0
    shop.commit()
    respecified(shop, MOVED)
    assert f"create  {PATCHES}/deploy/base/deployment.yaml.patch.yaml" in shop.ours("generate").out
    assert shop.check() == 0
    assert PATIENT in shop.read("deploy/base/deployment.yaml")
    assert not shop.has(DEPLOYMENT)
    assert not shop.has(DEPLOYMENT_PATCH)


def test_an_edit_for_one_environment_goes_to_no_other(tmp_path: Path) -> None:
    shop = project(tmp_path)
    patched, ejected = "k8s/overlays/production/namespace.yaml", "k8s/overlays/production/kustomization.yaml"
    for path, way in ((patched, "adopt"), (ejected, "eject")):
        shop.edit(path, "kind: ", "kind:   ")
        assert shop.ours(way, path).code == 0
    shop.commit()
    respecified(shop, STAGING)
    before = shop.tree()
    ran = shop.ours("generate")
    assert ran.code == 4
    assert f"{PATCHES}/{patched}.patch.yaml: patch.unused" in ran.err
    assert shop.tree() == before
    assert shop.ours("adopt", "--drop", patched).code in (0, 4)
    assert shop.ours("generate").code == 0
    assert shop.read(ejected) == before[ejected]
    assert "kind:   " not in shop.read(ejected.replace("production", "staging"))


def test_a_patch_does_not_lose_its_file_silently(tmp_path: Path) -> None:
    shop = project(tmp_path)
    path = "argocd/application-production.yaml"
    shop.edit(path, "revisionHistoryLimit: 10", "revisionHistoryLimit: 3")
    assert shop.ours("adopt").code == 0
    shop.commit()
    respecified(shop, PUSH)
    before = shop.tree()
    ran = shop.ours("generate")
    assert ran.code == 4
    assert f"{PATCHES}/{path}.patch.yaml: patch.unused" in ran.err
    assert shop.tree() == before
    assert ["adopt", "--drop", path] in commands(ran.err)


def test_the_patch_of_a_file_that_is_gone_can_be_dropped(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit(WORKFLOW, "timeout-minutes: 15", "timeout-minutes: 20")
    assert shop.ours("adopt").code == 0
    respecified(shop, RENAMED)
    ran = shop.ours("generate")
    assert ran.code == 4
    drop = next(way for way in commands(ran.err) if "--drop" in way)
    assert shop.ours(*drop).code == 0
    assert shop.check() == 0
    assert not shop.has(WORKFLOW)
    assert "timeout-minutes: 15" in shop.read(".github/workflows/shop.yaml")


CI = f"{OVERRIDES}/ci/own"
KINDS = ("checkout", "setup-runtime", "test", "registry-login", "build-push", "cluster-login", "deploy", "bump")
OWN_CI = {
    f"{CI}/pack.yaml": "kind: ci\nname: own\ntitle: Own\nsummary: the test's own\n"
    "files:\n  - {path: .own-ci.yaml, template: pipeline.yaml, language: yaml}\n",
    f"{CI}/pipeline.yaml": "jobs:\n<% for job in pipeline.jobs %>\n  - <%= job.id %>\n<% endfor %>\n",
    **{f"{CI}/steps/{kind}.yaml": "- a\n" for kind in KINDS},
}


def test_to_another_ci_and_back(tmp_path: Path) -> None:
    shop = project(tmp_path)
    first, text = shop.tree(), bumped(shop)
    for name, template in OWN_CI.items():
        shop.write(name, template)
    respecified(shop, SMALLEST + "ci: own\n")
    ran = shop.generate()
    assert f"orphan  {WORKFLOW}" in ran.out
    assert not shop.has(".github")
    assert shop.has(".own-ci.yaml")
    assert shop.read(IMAGE) == text
    respecified(shop, SMALLEST)
    shutil.rmtree(shop.root / OVERRIDES)
    shop.generate()
    assert not shop.has(".own-ci.yaml")
    assert shop.tree() == first | {IMAGE: text}


def test_folders_of_other_people_stay(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.write("k8s/base/mine.yaml", "a: 1\n")
    (shop.root / "k8s/bin/empty").mkdir()
    respecified(shop, MOVED)
    shop.generate()
    assert shop.read("k8s/base/mine.yaml") == "a: 1\n"
    assert shop.has("k8s/bin/empty")
    assert not shop.has("k8s/base/service.yaml")
