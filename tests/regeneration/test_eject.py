"""A file changes hands: from the day it is ejected it is neither written nor judged, until it is given back."""

import json
from pathlib import Path

import pytest

from tests.trees import PUSH

from .edits import DEPLOYMENT, DEPLOYMENT_PATCH, IMAGE, PATIENT, SERVICE, STARTUP, other_port
from .project import Project, commands, project

EJECTED = ".gitopsgen/ejected"
MINE = "FROM node:26\n"


def ejected(shop: Project) -> list[str]:
    return [line for line in shop.read(EJECTED).splitlines() if not line.startswith("#")]


def without_kept(shop: Project) -> dict[str, str]:
    return {name: text for name, text in shop.tree().items() if not name.startswith(".gitopsgen/kept/")}


def test_an_ejected_file_is_neither_written_nor_judged(tmp_path: Path) -> None:
    shop = project(tmp_path)
    before = shop.read("Dockerfile")
    assert shop.ours("eject", "Dockerfile").code == 0
    assert ejected(shop) == ["Dockerfile"]
    assert shop.read("Dockerfile") == before
    assert " Dockerfile\n" not in shop.read("gitopsgen.lock")
    shop.write("Dockerfile", MINE)
    assert shop.check() == 0
    other_port(shop)
    shop.generate()
    assert shop.read("Dockerfile") == MINE
    assert "containerPort: 3001" in shop.read(DEPLOYMENT)
    shop.delete("Dockerfile")
    assert shop.check() == 0
    assert not shop.has("Dockerfile")
    assert shop.ours("eject", "Dockerfile").code == 0, "once more is no mistake"
    assert ejected(shop) == ["Dockerfile"]


def test_several_files_of_every_class_can_be_ejected(tmp_path: Path) -> None:
    shop = project(tmp_path)
    paths = [".gitignore", "Dockerfile", "k8s/bin/bump.sh", IMAGE]
    assert shop.ours("eject", *paths).code == 0
    assert ejected(shop) == sorted(paths)
    for path in paths:
        shop.write(path, shop.read(path).replace("node", "mine"))
    before = {path: shop.read(path) for path in paths}
    other_port(shop)
    shop.generate()
    assert {path: shop.read(path) for path in paths} == before
    back = shop.ours("eject", "--back", IMAGE)
    assert back.code == 0, back
    assert ejected(shop) == sorted(paths[:-1])


def test_status_shows_whose_it_is(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    assert shop.ours("adopt").code == 0
    assert shop.ours("eject", "Dockerfile").code == 0
    rows = {line.split()[3]: line.split() for line in shop.ours("status").out.splitlines()}
    assert rows["Dockerfile"] == ["-", "ejected", "runtime/node", "Dockerfile"]
    assert rows[DEPLOYMENT] == ["keep", "managed", "workload/kubernetes", DEPLOYMENT, "(patched)"]
    assert rows[IMAGE] == ["keep", "once", "workload/kubernetes", IMAGE]
    assert rows[".gitignore"] == ["keep", "block", "runtime/node", ".gitignore"]
    files = {file["path"]: file for file in json.loads(shop.ours("status", "--format", "json").out)["files"]}
    assert files.keys() == rows.keys()
    assert files["Dockerfile"]["class"] == "ejected"
    assert files[DEPLOYMENT] == {
        "verdict": "keep",
        "class": "managed",
        "pack": "workload/kubernetes",
        "path": DEPLOYMENT,
        "patched": True,
    }


def test_what_others_refer_to_is_still_looked_up_in_it(tmp_path: Path) -> None:
    """It is their file, so what does not fit is told and stops nothing; a file that is missing does stop the run."""
    shop = project(tmp_path)
    assert shop.ours("eject", DEPLOYMENT).code == 0
    shop.edit(DEPLOYMENT, "name: http\n", "name: web\n")
    ran = shop.ours("check")
    assert ran.code == 0
    assert f"{SERVICE}: warning: output.service-port" in ran.err
    assert "mend it there" in ran.err


def test_an_ejected_file_may_be_empty(tmp_path: Path) -> None:
    shop = project(tmp_path)
    assert shop.ours("eject", DEPLOYMENT).code == 0
    shop.write(DEPLOYMENT, "")
    ran = shop.ours("check")
    assert (ran.code, shop.read(DEPLOYMENT)) == (0, "")


def test_given_back_with_its_edit_the_rest_is_still_to_do(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit("k8s/bin/bump.sh", "#!/bin/sh\n", "#!/bin/sh\n# mine\n")
    assert shop.ours("eject", "k8s/bin/bump.sh").code == 0
    assert shop.ours("adopt", "k8s/bin/bump.sh").code == 0
    ran = shop.ours("check")
    assert (ran.code, "update  .gitattributes" in ran.out) == (1, True), ran
    shop.generate()
    assert "\n# mine\n" in shop.read("k8s/bin/bump.sh")


def test_an_ejected_file_that_others_need_and_somebody_deleted_can_be_written_again(tmp_path: Path) -> None:
    shop = project(tmp_path)
    script = "k8s/bin/revert.sh"
    text = shop.read(script)
    assert shop.ours("eject", script).code == 0
    shop.delete(script)
    ran = shop.ours("generate")
    assert ran.code == 5
    assert f".github/workflows/storefront-rollback.yaml: output.missing-script: a job runs {script}" in ran.err
    [way] = commands(ran.err)
    shop.generate(*way[1:])
    assert shop.read(script) == text


def test_a_refused_run_offers_commands_that_say_all_that_it_was_told(tmp_path: Path) -> None:
    """Nothing was written: who follows one refusal after the other has to come out somewhere."""
    shop = project(tmp_path)
    script = "k8s/bin/revert.sh"
    assert shop.ours("eject", script).code == 0
    shop.delete(script)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    ran = shop.ours("generate", "--take", script)
    assert ran.code == 4
    [way] = [way for way in commands(ran.err) if way[-2:] == ["--take", DEPLOYMENT]]
    shop.generate(*way[1:])


def test_given_back_unchanged(tmp_path: Path) -> None:
    shop = project(tmp_path)
    before = shop.tree()
    assert shop.ours("eject", "Dockerfile").code == 0
    assert shop.ours("eject", "--back", "Dockerfile").code == 0
    assert without_kept(shop) == before
    assert shop.check() == 0


def test_given_back_after_it_was_deleted(tmp_path: Path) -> None:
    shop = project(tmp_path)
    before = shop.tree()
    assert shop.ours("eject", "Dockerfile").code == 0
    shop.delete("Dockerfile")
    assert shop.ours("eject", "--back", "Dockerfile").code == 0
    assert without_kept(shop) == before


def test_given_back_with_other_text_a_person_decides(tmp_path: Path) -> None:
    shop = project(tmp_path)
    generated = shop.read("Dockerfile")
    mine = generated.replace("WORKDIR /app\n", "WORKDIR /app\nENV TZ=UTC\n")
    ways = []
    for number in range(-1, 4):
        shop = project(tmp_path / str(number))
        assert shop.ours("eject", "Dockerfile").code == 0
        shop.write("Dockerfile", mine)
        before = shop.tree()
        ran = shop.ours("eject", "--back", "Dockerfile")
        assert ran.code == 4
        assert "foreign Dockerfile" in ran.err
        assert shop.tree() == before, "still ejected, still theirs"
        ways = commands(ran.err)
        assert len(ways) == 4
        if number < 0:
            continue
        way = ways[number]
        ran = shop.ours(*way)
        if "--keep" in way:
            # Not ejected in this sense is all that can be kept: the file is the user's as it was.
            assert shop.tree() == before
            continue
        assert ran.code == 0, (way, ran)
        assert shop.read("Dockerfile") == (generated if "--take" in way else mine)
        assert shop.has(EJECTED) is (way[0] == "eject")
        shop.generate()


def test_ours_wins_over_an_ejected_file_when_somebody_says_so(tmp_path: Path) -> None:
    shop = project(tmp_path)
    generated = shop.read("Dockerfile")
    assert shop.ours("eject", "Dockerfile").code == 0
    shop.write("Dockerfile", MINE)
    shop.generate("--take", "Dockerfile")
    assert shop.read("Dockerfile") == generated
    assert not shop.has(EJECTED)
    assert shop.read(".gitopsgen/kept/Dockerfile") == MINE


def test_comments_of_people_survive(tmp_path: Path) -> None:
    shop = project(tmp_path)
    assert shop.ours("eject", "Dockerfile").code == 0
    shop.write(EJECTED, f"# Ours since the audit.\n\n{shop.read(EJECTED)}# The end.\n")
    assert shop.check() == 1, "the lock does not know this text yet"
    shop.generate()
    assert shop.ours("eject", ".dockerignore").code == 0
    assert shop.ours("eject", "--back", "Dockerfile").code == 0
    text = shop.read(EJECTED)
    assert text.startswith("# Ours since the audit.\n\n")
    assert "# The end.\n" in text
    assert ejected(shop)[-1] == ".dockerignore"
    assert "Dockerfile" not in ejected(shop)


def test_a_patched_file_can_be_ejected_with_its_edit(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    assert shop.ours("adopt").code == 0
    assert shop.ours("eject", DEPLOYMENT).code == 0
    assert not shop.has(DEPLOYMENT_PATCH)
    assert PATIENT in shop.read(DEPLOYMENT)
    assert shop.check() == 0
    assert shop.ours("adopt", DEPLOYMENT).code == 0
    assert not shop.has(EJECTED), "adopting an ejected file gives it back with what it has besides"
    assert PATIENT in shop.read(DEPLOYMENT)
    shop.generate()


@pytest.mark.parametrize("words", [("app.js",), ("no/such",), ("gitopsgen.yaml",), ("--back", "Dockerfile")])
def test_what_cannot_be_ejected_or_given_back(tmp_path: Path, words: tuple[str, ...]) -> None:
    shop = project(tmp_path)
    ran = shop.ours("eject", *words)
    assert ran.code == 4
    assert f"{words[-1]}: path.unknown" in ran.err
    assert shop.git("status", "--porcelain") == ""
    assert shop.ours("eject", "../x").code == 2
    assert shop.ours("eject").code == 2


@pytest.mark.parametrize("line", ["../x", "/Dockerfile", "gitopsgen.lock", "a\\b", "k8s/", ".git/config"])
def test_a_wrong_line_is_told_with_its_place(tmp_path: Path, line: str) -> None:
    shop = project(tmp_path)
    shop.write(EJECTED, f"# a comment\n{line}\n")
    for command in ("check", "generate", "adopt"):
        ran = shop.ours(command)
        assert ran.code == 3
        assert f"{EJECTED}:2:1: ejected.unreadable" in ran.err
        assert "cure: remove the line" in ran.err


def test_the_list_is_read_with_any_line_ends(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.write(EJECTED, "# Ours.\r\nDockerfile\r\n\r\n  .dockerignore  \r\n")
    shop.write("Dockerfile", MINE)
    shop.write(".dockerignore", "*\n")
    shop.generate()
    assert (shop.read("Dockerfile"), shop.read(".dockerignore")) == (MINE, "*\n")


def test_marks_of_a_merge_in_the_list_are_told(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.write(EJECTED, "Dockerfile\n<<<<<<< ours\n.dockerignore\n=======\n>>>>>>> theirs\n")
    ran = shop.ours("generate")
    assert (ran.code, f"{EJECTED}:2:1: ejected.unreadable" in ran.err) == (3, True)


def test_an_ejected_list_that_is_a_link_is_refused(tmp_path: Path) -> None:
    shop = project(tmp_path)
    (shop.root / EJECTED).symlink_to("/etc/passwd")
    for words in (("check",), ("eject", "Dockerfile")):
        ran = shop.ours(*words)
        assert (ran.code, "ejected.unreadable" in ran.err) == (3, True)


def test_a_line_that_names_nothing_of_ours_is_a_warning(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.write(EJECTED, "Dockerfil\n")
    ran = shop.ours("generate")
    assert ran.code == 0
    assert f"{EJECTED}" in ran.err
    assert "Dockerfil" in ran.err


def test_a_file_that_is_about_to_go_can_be_kept(tmp_path: Path) -> None:
    """The spec asks for it no more, and nobody has touched it: who wants it says so, and has it."""
    shop = project(tmp_path)
    shop.write("gitopsgen.yaml", PUSH)
    path, text = "argocd/appproject.yaml", shop.read("argocd/appproject.yaml")
    ran = shop.ours("eject", path)
    assert ran.code == 0, ran
    assert shop.read(path) == text
    assert not shop.has("argocd/application.yaml")
    shop.generate()
    assert shop.read(path) == text
