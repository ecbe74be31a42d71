"""A hand edit becomes a patch in the repository: made again on every run, on whatever the template says by then."""

import re
import shutil
from pathlib import Path

import pytest

from tests.trees import write_tree

from .edits import (
    DEPLOYMENT,
    DEPLOYMENT_PATCH,
    DEPLOYMENT_TEMPLATE,
    DOCKERFILE_TEMPLATE,
    HEALTH,
    IMAGE,
    PATCHES,
    PATIENT,
    RARELY,
    SERVICE,
    STARTUP,
    WORKFLOW,
    other_port,
    override,
)
from .project import Project, commands, project

# Edits of every kind of file: path, what was there, what a person makes of it.
EDITS = {
    "yaml": (DEPLOYMENT, STARTUP, PATIENT),
    "comment": (DEPLOYMENT, f"            {STARTUP}\n", f"            # It is slow.\n            {STARTUP}  # 60 s\n"),
    "item": (SERVICE, "      port: 80\n", "      port: 80\n      nodePort: 30080\n"),
    "workflow": (WORKFLOW, "timeout-minutes: 15", "timeout-minutes: 20"),
    "dockerfile": ("Dockerfile", "WORKDIR /app\n", "WORKDIR /app\nENV TZ=UTC\n"),
    "script": ("k8s/bin/bump.sh", "set -eu\n", "set -eux\n"),
    "lines": (".dockerignore", "!views\n", "!views\n!templates\n"),
    "block": (".gitignore", "node_modules/\n", "node_modules/\n/coverage/\n"),
    "block of a list": (".pre-commit-config.yaml", "always_run: true", "always_run: false"),
    "attributes": (
        ".gitattributes",
        "/Dockerfile linguist-generated gitlab-generated",
        "/Dockerfile -linguist-generated",
    ),
}


@pytest.mark.parametrize(("path", "old", "new"), EDITS.values(), ids=EDITS)
def test_an_edit_is_recorded_and_stays(tmp_path: Path, path: str, old: str, new: str) -> None:
    shop = project(tmp_path)
    shop.edit(path, old, new)
    edited, mode = shop.read(path), (shop.root / path).stat().st_mode
    assert shop.verdicts() == {path: "edited"}
    ran = shop.ours("adopt", path)
    assert ran.code == 0, ran
    assert shop.read(path) == edited, "adopting writes the record, not the file"
    assert any(name.startswith(f"{PATCHES}/{path}.patch") for name in shop.tree())
    assert shop.check() == 0
    other_port(shop)
    shop.generate()
    assert new in shop.read(path)
    assert "containerPort: 3001" in shop.read(DEPLOYMENT)
    assert (shop.root / path).stat().st_mode == mode
    drop = shop.ours("adopt", "--drop", path)
    assert drop.code == 0, drop
    assert new not in shop.read(path)
    assert shop.check() == 0


def test_the_patch_of_yaml_is_read_by_people(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    assert shop.ours("adopt").code == 0
    lines = [line.strip() for line in shop.read(DEPLOYMENT_PATCH).splitlines()]
    assert f"target: {DEPLOYMENT}" in lines
    for line in ("replace: |", STARTUP, "with: |", PATIENT):
        assert line in lines
    assert any("startupProbe" in line for line in lines)


def test_edits_go_with_lines_that_move_and_templates_that_change(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    shop.edit("Dockerfile", HEALTH, RARELY)
    assert shop.ours("adopt").code == 0
    override(shop, DEPLOYMENT_TEMPLATE, "  minReadySeconds: 5\n", "  minReadySeconds: 6\n  paused: false\n")
    override(shop, DOCKERFILE_TEMPLATE, "WORKDIR /app\n", "# one\n# two\n# three\nWORKDIR /app\n# four\n# five\n")
    shop.generate()
    assert PATIENT in shop.read(DEPLOYMENT)
    assert "paused: false" in shop.read(DEPLOYMENT)
    assert RARELY in shop.read("Dockerfile")
    assert "# three\n" in shop.read("Dockerfile")


@pytest.mark.parametrize(
    ("path", "template", "texts", "wanted"),
    [
        (DEPLOYMENT, DEPLOYMENT_TEMPLATE, (STARTUP, PATIENT, "failureThreshold: 40"), "failureThreshold 30 -> 60"),
        ("Dockerfile", DOCKERFILE_TEMPLATE, (HEALTH, RARELY, "HEALTHCHECK --interval=40s"), RARELY),
    ],
)
def test_an_edit_that_fits_no_more_stops_the_run(
    tmp_path: Path, path: str, template: str, texts: tuple[str, str, str], wanted: str
) -> None:
    (old, new, theirs), shop = texts, project(tmp_path)
    shop.edit(path, old, new)
    assert shop.ours("adopt").code == 0
    shop.commit()
    override(shop, template, old, theirs)
    shop.edit("gitopsgen.yaml", "name: storefront", "name: storefront\nreplicas: 3")
    before = shop.tree()
    for command in ("generate", "check", "diff", "status"):
        ran = shop.ours(command)
        assert ran.code == 4
        assert "patch.no-match" in ran.err
        assert wanted in ran.err, ran.err
        assert re.findall(r"\d+", theirs)[0] in ran.err, "it names what is there now"
    assert shop.tree() == before, "nothing is written"
    stuck = shop.tree()
    ways = commands(ran.err)
    assert ways == [["adopt", "--refresh", path], ["adopt", "--drop", path]]
    for way in ways:
        shutil.rmtree(shop.root / ".gitopsgen/kept", ignore_errors=True)
        write_tree(shop.root, stuck)
        taken = shop.ours(*way)
        assert taken.code == 0, taken
        assert theirs in shop.read(path)
        assert dropped(shop), "the old patch is kept aside"
        assert shop.check() == 0
        shop.edit(path, theirs, new)
        assert shop.ours("adopt", path).code == 0
        shop.generate()
        assert new in shop.read(path)


def test_a_refreshed_patch_keeps_what_still_fits(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    shop.edit(DEPLOYMENT, "replicas: 2", "replicas: 5")
    assert shop.ours("adopt").code == 0
    override(shop, DEPLOYMENT_TEMPLATE, STARTUP, "failureThreshold: 40")
    ran = shop.ours("adopt", "--refresh", DEPLOYMENT)
    assert ran.code == 0
    assert "patch.dropped: wants startupProbe.failureThreshold 30 -> 60" in ran.err
    assert "replicas: 5" in shop.read(DEPLOYMENT)
    assert "failureThreshold: 40" in shop.read(DEPLOYMENT)
    assert STARTUP not in shop.read(DEPLOYMENT_PATCH)
    assert shop.check() == 0
    assert shop.ours("adopt", "--refresh", SERVICE).code == 4, "there is no patch of it"


def test_a_refresh_never_swallows_an_edit_that_is_not_recorded(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    assert shop.ours("adopt").code == 0
    shop.edit(DEPLOYMENT, "replicas: 2", "replicas: 5")
    mine = shop.read(DEPLOYMENT)
    override(shop, DEPLOYMENT_TEMPLATE, STARTUP, "failureThreshold: 40")
    shop.ours("adopt", "--refresh", DEPLOYMENT)
    assert mine in shop.tree().values()


def test_an_edit_while_an_update_is_pending(tmp_path: Path) -> None:
    """Git knows the text that was edited, so both can be told apart."""
    shop = project(tmp_path)
    other_port(shop)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    assert shop.ours("generate").code == 4
    assert shop.ours("adopt").code == 0
    assert "containerPort: 3000" in shop.read(DEPLOYMENT), "adopting writes no update"
    shop.generate()
    assert PATIENT in shop.read(DEPLOYMENT)
    assert "containerPort: 3001" in shop.read(DEPLOYMENT)
    assert "3001" not in shop.read(DEPLOYMENT_PATCH), "the update is no part of the edit"
    shop.commit()
    shop.edit("gitopsgen.yaml", "port: 3001", "port: 3002")
    shop.edit(DEPLOYMENT, "containerPort: 3001\n", "containerPort: 3001\n              hostPort: 80\n")
    assert shop.ours("adopt").code == 0
    shop.generate()
    assert PATIENT in shop.read(DEPLOYMENT)
    assert "containerPort: 3002\n              hostPort: 80\n" in shop.read(DEPLOYMENT)


def test_without_git_an_edit_and_an_update_cannot_be_told_apart(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shutil.rmtree(shop.root / ".git")
    other_port(shop)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    before = shop.tree()
    told = shop.ours("check")
    assert told.code == 4
    assert f"`gitopsgen adopt {DEPLOYMENT}`" not in told.out + told.err, "no advice that would fail"
    assert "to keep the edit: take back for a moment" in told.out + told.err
    ran = shop.ours("adopt")
    assert ran.code == 4
    assert f"{DEPLOYMENT}: adopt.mixed" in ran.err
    assert shop.tree() == before
    shop.edit("gitopsgen.yaml", "port: 3001", "port: 3000")
    assert shop.ours("adopt").code == 0
    other_port(shop)
    shop.generate()
    assert PATIENT in shop.read(DEPLOYMENT)


def test_two_edits_and_the_way_back(tmp_path: Path) -> None:
    shop = project(tmp_path)
    before = shop.tree()
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    assert shop.ours("adopt").code == 0
    shop.edit(DEPLOYMENT, PATIENT, f"{PATIENT}  # really")
    assert shop.verdicts() == {DEPLOYMENT: "edited"}
    assert shop.ours("adopt").code == 0
    assert shop.check() == 0
    shop.edit(DEPLOYMENT, f"{PATIENT}  # really", STARTUP)
    assert shop.verdicts() == {DEPLOYMENT: "edited"}, "taking an edit back by hand is an edit too"
    assert shop.ours("adopt").code == 0
    assert shop.check() == 0
    after = {name: text for name, text in shop.tree().items() if not name.startswith(".gitopsgen/kept/")}
    assert after == before


def test_without_a_name_every_edit_is_adopted_and_nothing_else(tmp_path: Path) -> None:
    shop = project(tmp_path)
    assert shop.ours("adopt").code == 0
    assert shop.git("status", "--porcelain") == ""
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    shop.edit("Dockerfile", HEALTH, RARELY)
    shop.delete(SERVICE)
    assert shop.ours("adopt").code == 0
    assert {name for name in shop.tree() if name.startswith(PATCHES)} == {
        DEPLOYMENT_PATCH,
        f"{PATCHES}/Dockerfile.patch",
    }
    assert shop.verdicts() == {SERVICE: "gone"}
    assert not shop.has(SERVICE)


@pytest.mark.parametrize(
    ("path", "does", "code"),
    [
        (IMAGE, lambda shop: shop.write(IMAGE, shop.read(IMAGE) + "# mine\n"), "adopt.once"),
        ("app.js", lambda shop: shop.write("app.js", "// mine\n"), "path.unknown"),
        ("no/such", str, "path.unknown"),
        ("gitopsgen.lock", str, "path.unknown"),
        (SERVICE, lambda shop: shop.delete(SERVICE), "adopt.missing"),
        ("Dockerfile", lambda shop: (shop.root / "Dockerfile").write_bytes(b"FROM x\n\xff\0\n"), "adopt.not-text"),
        (".gitignore", lambda shop: shop.write(".gitignore", "mine\n"), "adopt.missing"),
    ],
)
def test_what_cannot_be_adopted_is_told(tmp_path: Path, path: str, does, code: str) -> None:  # type: ignore[no-untyped-def]
    shop = project(tmp_path)
    does(shop)
    before = shop.git("status", "--porcelain")
    ran = shop.ours("adopt", path)
    assert ran.code == 4
    assert f"{path}: {code}" in ran.err
    assert "cure:" in ran.err
    assert shop.git("status", "--porcelain") == before
    for way in commands(ran.err):
        if way[0] in ("eject", "generate") and path != SERVICE:
            assert shop.ours(*way).code == 0, way
            assert shop.check() == 0


@pytest.mark.parametrize(
    ("path", "old", "new", "reason"),
    [
        (DEPLOYMENT, "kind: Deployment", "kind: Deploy", "output."),
        (DEPLOYMENT, "spec:\n  ", "spec: [\n  ", "output.not-yaml"),
        (
            SERVICE,
            "  selector:\n    app.kubernetes.io/name: storefront",
            "  selector:\n    app.kubernetes.io/name: x",
            "selects",
        ),
        ("Dockerfile", "HEALTHCHECK", "HEALTHCHEK", "HEALTHCHEK is no Dockerfile instruction"),
    ],
)
def test_an_edit_that_breaks_the_output_is_refused(tmp_path: Path, path: str, old: str, new: str, reason: str) -> None:
    shop = project(tmp_path)
    shop.edit(path, old, new)
    before = shop.tree()
    ran = shop.ours("adopt", path)
    assert ran.code == 5
    assert reason in ran.err
    assert f"gitopsgen adopt {path}" in ran.err, "the cure says where to mend it"
    assert shop.tree() == before


def dropped(shop: Project) -> list[str]:
    return [name for name in shop.tree() if name.startswith(".gitopsgen/kept/.gitopsgen/patches/")]


def test_what_is_dropped_is_kept_aside(tmp_path: Path) -> None:
    shop = project(tmp_path)
    assert shop.ours("adopt", "--drop").code == 2
    ran = shop.ours("adopt", "--drop", DEPLOYMENT)
    assert (ran.code, "is not patched" in ran.err) == (4, True)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    assert shop.ours("adopt").code == 0
    shop.edit(DEPLOYMENT, PATIENT, "failureThreshold: 61")
    mine = shop.read(DEPLOYMENT)
    assert shop.ours("adopt", "--drop", DEPLOYMENT).code == 0
    assert STARTUP in shop.read(DEPLOYMENT)
    assert dropped(shop)
    assert shop.read(f".gitopsgen/kept/{DEPLOYMENT}") == mine
    assert shop.check() == 0
