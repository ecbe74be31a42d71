"""Somebody renames the folder of a service, or of its manifests, or both: ours stays ours, and no edit gets lost."""

import shutil
from pathlib import Path

import pytest

from tests.regeneration.project import Project
from tests.workspace.mono import mono

SHOP, STORE = "services/shop", "services/store"
IMAGE = "overlays/production/image/kustomization.yaml"
STARTUP, PATIENT = "failureThreshold: 30", "failureThreshold: 60"
BUMPED = "# What CI wrote.\n"
MOVED = "  mode: pull\n  manifests: deploy\n"


@pytest.fixture
def repo(tmp_path: Path) -> Project:
    found = mono(tmp_path)
    found.generate()
    for name in ("pay", "shop"):
        path = f"services/{name}/k8s/{IMAGE}"
        found.write(path, found.read(path) + f"# {name}\n" + BUMPED)
    found.commit()
    return found


def move(repo: Project, old: str = SHOP, new: str = STORE) -> None:
    (repo.root / new).parent.mkdir(parents=True, exist_ok=True)
    repo.git("mv", old, new)


def manifests_elsewhere(repo: Project) -> None:
    repo.edit("gitopsgen.workspace.yaml", "  mode: pull\n", MOVED)


def is_as_new(repo: Project, folder: Path, besides: set[str]) -> None:
    """All is as in a new repository with these specs, but for the files in `besides`."""
    fresh = Project(folder / "fresh", folder / "home")
    ignored = shutil.ignore_patterns(".git", ".github", ".gitopsgen", "gitopsgen.lock", "argocd", "k8s", "deploy")
    shutil.copytree(repo.root, fresh.root, ignore=ignored)
    for path in fresh.root.rglob("Dockerfile*"):
        path.unlink()
    fresh.git("init", "--quiet", "--initial-branch=main", "--template=")
    fresh.generate()
    ours, new = repo.tree(), fresh.tree()
    different = {path for path in ours.keys() | new.keys() if ours.get(path) != new.get(path)}
    assert different - {"gitopsgen.lock"} == besides


def test_a_folder_that_was_renamed_needs_no_decision_and_the_image_goes_along(repo: Project, tmp_path: Path) -> None:
    move(repo)
    told = repo.generate()
    assert "foreign" not in told.out
    assert repo.read(f"{STORE}/k8s/{IMAGE}").endswith("# shop\n" + BUMPED)
    assert not repo.has(SHOP)
    is_as_new(repo, tmp_path, {f"{STORE}/k8s/{IMAGE}", f"services/pay/k8s/{IMAGE}"})


def test_an_edit_that_was_moved_is_an_edit_still_and_can_be_recorded(repo: Project) -> None:
    deployment = f"{STORE}/k8s/base/deployment.yaml"
    repo.edit(f"{SHOP}/k8s/base/deployment.yaml", STARTUP, PATIENT)
    move(repo)
    repo.edit("gitopsgen.workspace.yaml", "  mode: pull\n", "  mode: pull\n  replicas: 3\n")
    before = repo.tree()
    told = repo.ours("generate")
    assert told.code == 4
    assert f"edited  {deployment}" in told.err
    assert "1 conflict" in told.err
    assert repo.tree() == before
    assert repo.ours("adopt", deployment).code == 0
    repo.generate()
    assert PATIENT in repo.read(deployment)
    assert repo.has(f".gitopsgen/patches/{deployment}.patch.yaml")


@pytest.mark.parametrize("how", ["folder", "manifests", "both", "both by hand"])
def test_what_was_decided_about_files_goes_along_with_them(repo: Project, how: str) -> None:
    repo.edit(f"{SHOP}/k8s/base/deployment.yaml", STARTUP, PATIENT)
    repo.edit(f"{SHOP}/k8s/bin/bump.sh", "set -eu", "set -eu # mine")
    assert repo.ours("adopt").code == 0
    assert repo.ours("eject", f"{SHOP}/Dockerfile").code == 0
    repo.write(f"{SHOP}/Dockerfile", repo.read(f"{SHOP}/Dockerfile") + "# mine\n")
    repo.generate()
    repo.commit()
    if how != "manifests":
        move(repo)
    home = SHOP if how == "manifests" else STORE
    if how != "folder":
        manifests_elsewhere(repo)
    if how == "both by hand":
        move(repo, f"{STORE}/k8s", f"{STORE}/deploy")
    manifests = f"{home}/{'k8s' if how == 'folder' else 'deploy'}"
    repo.generate()
    assert PATIENT in repo.read(f"{manifests}/base/deployment.yaml")
    assert "set -eu # mine" in repo.read(f"{manifests}/bin/bump.sh")
    assert repo.read(f"{home}/Dockerfile").endswith("# mine\n")
    assert repo.read(".gitopsgen/ejected").endswith(f"\n{home}/Dockerfile\n")
    patches = {path for path in repo.tree() if path.startswith(".gitopsgen/patches/")}
    assert patches == {
        f".gitopsgen/patches/{manifests}/base/deployment.yaml.patch.yaml",
        f".gitopsgen/patches/{manifests}/bin/bump.sh.patch",
    }
    assert repo.read(f"{manifests}/{IMAGE}").endswith("# shop\n" + BUMPED)


@pytest.mark.parametrize("by_hand", [False, True])
def test_folder_and_manifests_at_once_leave_nothing_behind(repo: Project, tmp_path: Path, by_hand: bool) -> None:
    move(repo)
    manifests_elsewhere(repo)
    if by_hand:
        move(repo, f"{STORE}/k8s", f"{STORE}/deploy")
    repo.generate()
    images = {f"{home}/deploy/{IMAGE}": name for home, name in ((STORE, "shop"), ("services/pay", "pay"))}
    assert all(repo.read(path).endswith(f"# {name}\n" + BUMPED) for path, name in images.items())
    assert not any("/k8s/" in path for path in repo.tree())
    is_as_new(repo, tmp_path, set(images))


def test_an_edit_is_not_deleted_with_manifests_that_go_elsewhere_and_can_go_along(repo: Project) -> None:
    repo.edit(f"{SHOP}/k8s/base/deployment.yaml", STARTUP, PATIENT)
    move(repo)
    manifests_elsewhere(repo)
    before = repo.tree()
    told = repo.ours("generate")
    assert told.code == 4
    assert f"edited  {STORE}/k8s/base/deployment.yaml" in told.err
    assert repo.tree() == before
    old, new = f"{STORE}/k8s/base/deployment.yaml", f"{STORE}/deploy/base/deployment.yaml"
    assert f"`mkdir -p {STORE}/deploy/base && mv {old} {new}`, then `gitopsgen adopt {new}`" in told.err
    (repo.root / new).parent.mkdir(parents=True)
    (repo.root / old).rename(repo.root / new)
    assert repo.ours("adopt", new).code == 0
    repo.generate()
    assert PATIENT in repo.read(new)


def test_two_services_with_other_folders_and_a_third_in_the_place_of_one(repo: Project) -> None:
    move(repo, SHOP, "services/front")
    move(repo, "services/pay", SHOP)
    told = repo.generate()
    assert "foreign" not in told.out
    assert repo.read(f"services/front/k8s/{IMAGE}").endswith("# shop\n" + BUMPED)
    assert repo.read(f"{SHOP}/k8s/{IMAGE}").endswith("# pay\n" + BUMPED)


def test_services_whose_folders_all_have_other_names_keep_their_edits_apart(repo: Project) -> None:
    for name in ("pay", "shop"):
        repo.edit(f"services/{name}/k8s/base/deployment.yaml", STARTUP, f"failureThreshold: {len(name)}00")
    assert repo.ours("adopt").code == 0
    repo.commit()
    move(repo, "services/pay", "services/a")
    move(repo, SHOP, "services/b")
    repo.generate()
    assert "failureThreshold: 300" in repo.read("services/a/k8s/base/deployment.yaml")
    assert "failureThreshold: 400" in repo.read("services/b/k8s/base/deployment.yaml")


@pytest.mark.parametrize("home", [SHOP, STORE])
def test_a_file_of_the_users_that_nobody_moved_stops_the_run(repo: Project, home: str) -> None:
    """Also when it went with the folder of its service, but not with the manifests."""
    first = f"{SHOP}/k8s/base/service.yaml"
    assert repo.ours("eject", first).code == 0
    repo.write(first, repo.read(first) + "# mine\n")
    repo.commit()
    old, new = f"{home}/k8s/base/service.yaml", f"{home}/deploy/base/service.yaml"
    if home != SHOP:
        move(repo)
    manifests_elsewhere(repo)
    before = repo.tree()
    told = repo.ours("generate")
    assert told.code == 4
    assert "ejected.stays-behind" in told.err
    assert f"`mkdir -p {home}/deploy/base && mv {old} {new}`" in told.err
    assert repo.tree() == before
    back = repo.clone("back")
    back.git("checkout", "--quiet", "--detach")
    for path, text in before.items():
        back.write(path, text)
    if home != SHOP:
        back.git("rm", "-r", "--quiet", "--force", SHOP)
    assert back.ours("eject", "--back", first).code == 0
    assert "# mine" not in back.read(new)
    (repo.root / new).parent.mkdir(parents=True)
    repo.git("mv", old, new)
    repo.generate()
    assert repo.read(new).endswith("# mine\n")
    assert repo.read(".gitopsgen/ejected").endswith(f"\n{new}\n")


def test_a_copy_of_a_service_begins_a_new_one_and_a_text_of_a_person_stays_foreign(repo: Project) -> None:
    shutil.copytree(repo.root / SHOP, repo.root / "services/cart")
    repo.edit("services/cart/gitopsgen.yaml", "name: shop", "name: cart")
    repo.edit("services/cart/k8s/base/service.yaml", "kind: Service", "kind: Service # mine")
    told = repo.ours("generate")
    assert told.code == 4
    assert "foreign services/cart/k8s/base/service.yaml" in told.err
    assert "1 conflict" in told.err
    repo.generate("--take", "services/cart/k8s/base/service.yaml")
    image = repo.read(f"services/cart/k8s/{IMAGE}")
    assert "ghcr.io/acme/cart" in image, "what CI has recorded for the one is not what the other runs"
    assert "count: 0" in image
    assert repo.read(f"{SHOP}/k8s/{IMAGE}").endswith("# shop\n" + BUMPED)
