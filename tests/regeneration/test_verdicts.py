"""One word for each state of a file, the same in every command; and every way out that is printed leads out."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from gitopsgen import __version__
from gitopsgen.repo.change import Verdict
from gitopsgen.unchanged import unchanged
from tests.trees import SMALLEST, write_tree

from .project import APP, Project, commands, project

SERVICE, DEPLOYMENT, SCRIPT = "k8s/base/service.yaml", "k8s/base/deployment.yaml", "k8s/bin/bump.sh"
IMAGE = "k8s/overlays/production/image/kustomization.yaml"
MOVED = IMAGE.replace("production", "live")
ORPHAN = "argocd/appproject.yaml"
MINE = "# mine\n"


def nothing(shop: Project) -> None:
    """Everything is as it should be."""


def asks_for_other(shop: Project) -> None:
    shop.edit("gitopsgen.yaml", "port: 3000", "port: 3001")


def asks_for_less(shop: Project) -> None:
    shop.edit("gitopsgen.yaml", "mode: pull", "mode: push")
    shop.edit("gitopsgen.yaml", "port: 3000", "port: 3000\ncluster: {type: aks, resourceGroup: rg, name: prod}")


def was_edited(shop: Project) -> None:
    shop.edit(SERVICE, "port: 80\n", "port: 81\n")


def was_deleted(shop: Project) -> None:
    shop.delete(".dockerignore")


def edited_orphan(shop: Project) -> None:
    shop.write(ORPHAN, shop.read(ORPHAN) + MINE)
    asks_for_less(shop)


def edited_block(shop: Project) -> None:
    shop.edit(".gitignore", "node_modules", "node_modules*")


def deleted_block(shop: Project) -> None:
    shop.write(".gitignore", "mine\n")


def deleted_image(shop: Project) -> None:
    shop.delete(IMAGE)
    shop.edit("k8s/overlays/production/kustomization.yaml", "  - image\n", "  []\n")


def foreign_file(shop: Project) -> None:
    shop.write("k8s/bin/deploy.sh", MINE)
    asks_for_less(shop)


def foreign_block(shop: Project) -> None:
    """Our marks, but no text of ours, in a repository that has no lock."""
    shop.edit(".gitignore", "node_modules", "node_modules*")
    shop.delete("gitopsgen.lock")


def deleted_orphan(shop: Project) -> None:
    shop.delete(ORPHAN)
    asks_for_less(shop)


def moved_to_taken(shop: Project) -> None:
    """CI has written the image, its environment gets another name, and a text lies there already."""
    shop.write(IMAGE, shop.read(IMAGE).replace("none", "sha-1"))
    shop.write(MOVED, shop.read(IMAGE).replace("sha-1", "sha-2"))
    shop.edit("gitopsgen.yaml", "port: 3000", "port: 3000\nenvironments: {live: {}}")


STATES: list[tuple[Callable[[Project], None], str, str, int]] = [
    (nothing, SERVICE, "keep", 0),
    (asks_for_less, "k8s/bin/deploy.sh", "create", 1),
    (asks_for_other, SERVICE.replace("service", "deployment"), "update", 1),
    (asks_for_less, ORPHAN, "orphan", 1),
    (was_edited, SERVICE, "edited", 4),
    (edited_block, ".gitignore", "edited", 4),
    (edited_orphan, ORPHAN, "edited", 4),
    (was_deleted, ".dockerignore", "gone", 4),
    (deleted_block, ".gitignore", "gone", 4),
    (foreign_file, "k8s/bin/deploy.sh", "foreign", 4),
    (foreign_block, ".gitignore", "foreign", 4),
    (moved_to_taken, MOVED, "foreign", 4),
    (deleted_orphan, ORPHAN, "forget", 1),
]


def test_there_is_a_state_for_every_verdict() -> None:
    assert {verdict for _, _, verdict, _ in STATES} == set(get_args(Verdict))


@pytest.mark.parametrize(
    ("happens", "path", "verdict", "code"), STATES, ids=lambda value: getattr(value, "__name__", None)
)
def test_every_command_uses_one_word(
    tmp_path: Path, happens: Callable[[Project], None], path: str, verdict: str, code: int
) -> None:
    shop = project(tmp_path)
    happens(shop)
    before = shop.tree()
    status, check, diff = (shop.ours(word) for word in ("status", "check", "diff"))
    assert shop.tree() == before, "these three only look"
    generate = shop.ours("generate")
    assert (status.code, check.code, diff.code, generate.code) == (code, code, code, 4 if code == 4 else 0)
    rows = {line.split()[3]: line.split()[0] for line in status.out.splitlines()}
    assert rows[path] == verdict
    line = f"{verdict:7} {path}"
    if code:
        assert line in check.out + check.err
        assert line in generate.out + generate.err
        assert line in diff.err
        assert (f"/{path}\n" in diff.out) == (verdict in ("create", "update", "orphan"))
    if code == 4:
        assert shop.tree() == before, "nothing is written while something is undecided"
        for said in (check, diff, generate):
            assert f"{verdict:7} {path}" in said.err
            assert commands(said.err), "each conflict has ways out"


CONFLICTS = [was_edited, edited_block, edited_orphan, was_deleted, deleted_block, foreign_block]


@pytest.mark.parametrize("happens", CONFLICTS)
def test_every_way_out_that_is_printed_leads_out(tmp_path: Path, happens: Callable[[Project], None]) -> None:
    shop = project(tmp_path)
    happens(shop)
    ways = [(line, way) for line in shop.ours("generate").err.splitlines() for way in commands(line)]
    assert len(ways) >= 3
    before = shop.tree()
    for line, way in ways:
        shutil.rmtree(shop.root)
        shop = project(tmp_path)
        happens(shop)
        assert shop.ours("generate").code == 4
        leads_out(shop, way, before, line)


def leads_out(shop: Project, way: list[str], before: dict[str, str], told: str) -> None:
    """Take a way out, and hold it to what it promised."""
    ran = shop.ours(*way)
    assert ran.code == 0, (way, ran)
    path = way[-1]
    text = shop.tree().get(path)
    kept = [
        text
        for name, text in shop.tree().items()
        if name.startswith(f".gitopsgen/kept/{path}") and text != shop.tree()[".gitopsgen/kept/.gitignore"]
    ]
    if "--take" in way:
        assert text != before.get(path)
        assert kept == ([before[path]] if "your text is kept" in told else [])
        assert shop.verdicts() == {}
    elif "--keep" in way:
        assert text == before.get(path)
        assert shop.check() == 4, "next time it is told again"
        return
    else:
        assert text == before.get(path)
        assert kept == []
        assert path not in shop.verdicts(), "nobody asks again"
    shop.generate()
    assert shop.tree().get(path) == text


def test_a_file_that_was_there_before_has_ways_out_too(tmp_path: Path) -> None:
    theirs = 'FROM node:26\nCMD ["node", "mine.js"]\n'
    shop = Project(tmp_path / "shop", tmp_path / "home")
    write_tree(shop.root, {**APP, "gitopsgen.yaml": SMALLEST, "Dockerfile": theirs})
    before = shop.tree()
    ran = shop.ours("generate")
    assert ran.code == 4
    assert "foreign Dockerfile: it was not written by gitopsgen" in ran.err
    assert shop.tree() == before
    assert shop.verdicts()["Dockerfile"] == "foreign"
    for way in commands(ran.err):
        shutil.rmtree(shop.root)
        write_tree(shop.root, before)
        assert shop.ours(*way).code == 0, way
        taken = "--take" in way
        again = shop.ours("generate")
        assert again.code == (4 if "--keep" in way else 0), (way, again)
        assert (shop.read("Dockerfile") == theirs) is not taken, way


@pytest.mark.parametrize(("happens", "path"), [(foreign_file, "k8s/bin/deploy.sh"), (moved_to_taken, MOVED)])
def test_what_was_never_ours_and_is_left_is_told_again(
    tmp_path: Path, happens: Callable[[Project], None], path: str
) -> None:
    """The lock has no line for such a file: an installed gitopsgen, which asks it first, must not be content."""
    shop = project(tmp_path)
    happens(shop)
    before = shop.read(path)
    assert shop.ours("generate", "--keep", path).code == 0
    assert shop.check() == 4
    assert shop.verdicts()[path] == "foreign"
    after = shop.tree()
    assert shop.ours("generate", "--keep", path).code == 0
    assert shop.tree() == after
    assert shop.read(path) == before
    shop.generate("--take", path)
    assert shop.verdicts() == {}
    assert unchanged(str(shop.root), __version__), "all is decided: the lock is enough again"


def test_to_do_without_a_file_that_others_need_takes_two_steps(tmp_path: Path) -> None:
    shop, list_ = project(tmp_path), "k8s/base/kustomization.yaml"
    shop.delete(SERVICE)
    ran = shop.ours("eject", SERVICE)
    assert ran.code == 5
    assert f"{list_}: output.missing-resource" in ran.err
    assert "service.yaml" in ran.err
    assert not shop.has(".gitopsgen/ejected"), "a refused command leaves nothing behind"
    shop.edit(list_, "  - service.yaml\n", "")
    assert shop.ours("adopt", list_).code == 0
    assert shop.ours("eject", SERVICE).code == 0
    shop.generate()
    assert not shop.has(SERVICE)


def test_a_deleted_image_is_told_and_can_be_made_again(tmp_path: Path) -> None:
    """What is created once is never made again unasked; what refers to it stops the run."""
    shop = project(tmp_path)
    shop.delete(IMAGE)
    ran = shop.ours("generate")
    assert ran.code == 5
    assert IMAGE in ran.err or "image" in ran.err
    assert not shop.has(IMAGE)
    shop.generate("--take", IMAGE)
    assert shop.has(IMAGE)


def test_what_was_taken_is_kept_until_the_next_clean_run(tmp_path: Path) -> None:
    shop = project(tmp_path)
    was_edited(shop)
    mine, kept = shop.read(SERVICE), f".gitopsgen/kept/{SERVICE}"
    shop.generate("--take", SERVICE)
    assert shop.read(kept) == mine
    assert shop.ours("generate").code == 0
    assert shop.read(kept) == mine, "a run with nothing to do cleans nothing up"
    assert kept not in shop.git("status", "--porcelain", "--untracked-files=all"), "git need not know"
    asks_for_other(shop)
    shop.generate()
    assert not shop.has(".gitopsgen/kept")


def test_kept_for_now_means_that_all_the_rest_is_written(tmp_path: Path) -> None:
    shop = project(tmp_path)
    was_edited(shop)
    asks_for_other(shop)
    mine = shop.read(SERVICE)
    assert shop.ours("generate").code == 4
    ran = shop.ours("generate", "--keep", SERVICE)
    assert ran.code == 0, ran
    assert "left as it is, as you said" in ran.out
    assert shop.read(SERVICE) == mine
    assert "containerPort: 3001" in shop.read(DEPLOYMENT)
    assert shop.verdicts() == {SERVICE: "edited"}


def test_take_and_keep_of_a_path_that_is_none_of_ours(tmp_path: Path) -> None:
    shop = project(tmp_path)
    for option in ("--take", "--keep"):
        ran = shop.ours("generate", option, "app.js")
        assert (ran.code, "path.unknown" in ran.err) == (4, True), ran
    for path in ("../x", "/etc/passwd", ".git/config"):
        assert shop.ours("generate", "--take", path).code == 2
    assert shop.ours("generate", "--take", SERVICE, "--keep", SERVICE).code == 2
    assert shop.git("status", "--porcelain") == ""


@pytest.mark.parametrize("kept", ["src", "'s*'"])
def test_a_folder_that_include_names_and_somebody_moves_is_told_and_comes_to_rest(tmp_path: Path, kept: str) -> None:
    """The quick check looks for no folder, so what only the full one can see is a warning there, and no drift."""
    shop = project(tmp_path)
    shop.write("src/a.js", "")
    shop.edit("gitopsgen.yaml", "runtime: node", f"runtime: {{name: node, include: [app.js, {kept}]}}")
    shop.generate()
    shop.commit("all")
    shop.git("mv", "src", "lib")

    full = shop.ours("check", "--full")
    assert full.code == 0, full
    assert f"{kept.strip(chr(39))}" in full.err and "cure: " in full.err, full
    assert "gitopsgen.lock" not in full.out + full.err.replace("gitopsgen.yaml", "")
    assert shop.ours("generate").code == 0
    assert shop.ours("check", "--full").code == 0, "a run that had nothing to do leaves nothing to do"

    shop.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
    assert "cure: " in shop.ours("generate").err, "any other change tells it, too"
    assert "cure: " in shop.ours("check").err, "and from then on every run"
    shop.git("mv", "lib", "src")
    shop.generate()
    assert shop.ours("check", "--full").err.count("cure: ") == 0
