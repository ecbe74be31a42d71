"""Two people regenerate on two branches: git merges what it can, and the next run writes the rest as the spec says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.trees import SMALLEST

from .edits import DEPLOYMENT, DEPLOYMENT_PATCH, IMAGE, PATIENT, STARTUP, other_port
from .project import APP, Project, empty, project

# Fields far enough from each other that git merges the spec.
SPACE = "# -\n\n# -\n\n"
SPEC = "".join(line + SPACE for line in SMALLEST.splitlines(keepends=True))
HOW = {"merge": ("merge", "--no-edit", "a"), "rebase": ("rebase", "a"), "cherry-pick": ("cherry-pick", "main..a")}
Act = Callable[[Project], object]


def change(old: str, new: str, name: str = "gitopsgen.yaml") -> Act:
    return lambda shop: shop.edit(name, old, new)


PORT, OTHER_PORT = change("port: 3000", "port: 3001"), change("port: 3000", "port: 3002")
NODE = change("runtime: node", 'runtime: {name: node, version: "22"}')
REPLICAS = change("name: storefront\n#", "name: storefront\nreplicas: 3\n#")
HEALTH = change("apiVersion: gitopsgen/v1\n", "apiVersion: gitopsgen/v1\nhealth: /livez\n")
RENAME = change("name: storefront\n#", "name: shop\n#")
PUSH = change("mode: pull\n", "mode: push\ncluster: {type: aks, resourceGroup: rg, name: prod}\n")


def branch(shop: Project, name: str, *acts: Act) -> None:
    """Do something on a branch of its own, generate, commit."""
    shop.git("checkout", "--quiet", "-b", name, "main")
    for act in acts:
        act(shop)
    shop.generate()
    shop.commit(name)


def join(shop: Project, how: str) -> bool:
    """Bring branch a to branch b, and tell whether git did it without help."""
    return shop.sh("git", *HOW[how]).code == 0


def finish(shop: Project, how: str) -> None:
    shop.git("add", "--all")
    going_on = shop.sh("git", how, "--continue")
    assert going_on.code == 0, going_on


def is_as_new(shop: Project, folder: Path) -> None:
    """Everything is what a new repository with the same spec would have, but for what people keep there."""
    fresh = empty(folder / "fresh", {}, spec=shop.read("gitopsgen.yaml"))
    fresh.generate()
    assert shop.tree() == fresh.tree()
    assert shop.ours("check", "--full").code == 0


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(PORT, NODE), (PORT, REPLICAS), (PORT, HEALTH), (PUSH, NODE), (RENAME, PORT)],
    ids=["far apart", "one file", "adjacent lines", "files come and go", "all names"],
)
def test_two_branches_that_both_regenerated(tmp_path: Path, how: str, ours: Act, theirs: Act) -> None:
    shop = project(tmp_path, spec=SPEC)
    branch(shop, "a", ours)
    branch(shop, "b", theirs)
    clean = join(shop, how)
    assert "<<<<<<<" not in shop.read("gitopsgen.yaml"), "the spec merges, whatever happens to the files"
    assert "<<<<<<<" not in shop.read("gitopsgen.lock")
    assert shop.check() in (0, 1)
    shop.generate()
    is_as_new(shop, tmp_path)
    if not clean:
        finish(shop, how)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("driver", [True, False], ids=["union", "no driver"])
def test_the_spec_conflicts_and_only_the_spec_is_resolved(tmp_path: Path, how: str, driver: bool) -> None:
    shop = project(tmp_path, spec=SPEC)
    if not driver:
        shop.ours("eject", ".gitattributes")
        shop.delete(".gitattributes")
        shop.generate()
        shop.commit("No attributes")
    branch(shop, "a", PORT)
    branch(shop, "b", OTHER_PORT)
    assert not join(shop, how)
    assert ("<<<<<<<" in shop.read("gitopsgen.lock")) is not driver
    assert "<<<<<<<" in shop.read(DEPLOYMENT)
    ran = shop.ours("generate")
    assert ran.code == 3
    assert "spec.merge-markers" in ran.err
    text = re.sub(r"<<<<<<<.*?>>>>>>>[^\n]*\n", "port: 3003\n", shop.read("gitopsgen.yaml"), flags=re.DOTALL)
    shop.write("gitopsgen.yaml", text)
    shop.generate()
    assert "containerPort: 3003" in shop.read(DEPLOYMENT)
    assert not [name for name, text in shop.tree().items() if "<<<<<<< " in text.replace("# <<<<<<<", "")]
    finish(shop, how)
    assert shop.check() == 0


def test_the_block_of_gitattributes_is_healed_too(tmp_path: Path) -> None:
    """Both branches have other files to list there, and the user has lines of their own around the block."""
    shop = project(tmp_path, {**APP, ".gitattributes": "*.png binary\n"}, spec=SPEC)
    branch(shop, "a", PUSH)
    branch(shop, "b", lambda shop: shop.ours("eject", "Dockerfile"))
    assert not join(shop, "merge")
    assert "<<<<<<< HEAD\n" in shop.read(".gitattributes")
    shop.generate()
    text = shop.read(".gitattributes")
    assert text.startswith("*.png binary\n")
    assert not [line for line in text.splitlines() if line.startswith(("<<<<<<<", "=======", ">>>>>>>"))]
    assert "/argocd/" not in text
    assert "/Dockerfile" not in text


HANDS = {
    "a line of their own": change("WORKDIR /app\n", "WORKDIR /app\nENV TZ=UTC\n", "Dockerfile"),
    "a line less": change("USER 10001:10001\n", "", "Dockerfile"),
    "lines in another order": change(
        "ENV NODE_ENV=production\nWORKDIR /app\n", "WORKDIR /app\nENV NODE_ENV=production\n", "Dockerfile"
    ),
    "a line of ours twice": change("USER 10001:10001\n", "USER 10001:10001\n" * 2, "Dockerfile"),
}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("hand", HANDS.values(), ids=HANDS)
def test_a_hand_edit_on_one_branch_is_never_swallowed(tmp_path: Path, how: str, hand: Act) -> None:
    shop = project(tmp_path, spec=SPEC)
    branch(shop, "a", PORT)
    hand(shop)
    shop.commit("By hand, and not adopted")
    branch(shop, "b", NODE)
    join(shop, how)
    merged = shop.read("Dockerfile")
    ran = shop.ours("generate")
    assert ran.code == 4, "a person has to decide"
    assert "edited  Dockerfile" in ran.err
    assert shop.read("Dockerfile") == merged


@pytest.mark.parametrize("hand", HANDS.values(), ids=HANDS)
def test_a_hand_edit_after_the_merge_is_not_swallowed_either(tmp_path: Path, hand: Act) -> None:
    shop = project(tmp_path, spec=SPEC)
    branch(shop, "a", PORT)
    branch(shop, "b", NODE)
    assert join(shop, "merge")
    hand(shop)
    assert shop.ours("generate").code == 4
    assert shop.verdicts()["Dockerfile"] == "edited"


@pytest.mark.parametrize("how", HOW)
def test_a_recorded_edit_comes_along(tmp_path: Path, how: str) -> None:
    shop = project(tmp_path, spec=SPEC)
    shop.git("checkout", "--quiet", "-b", "a")
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    assert shop.ours("adopt").code == 0
    shop.commit("a")
    branch(shop, "b", PORT)
    join(shop, how)
    shop.generate()
    assert PATIENT in shop.read(DEPLOYMENT)
    assert "containerPort: 3001" in shop.read(DEPLOYMENT)
    assert shop.has(DEPLOYMENT_PATCH)


def test_both_branches_eject(tmp_path: Path) -> None:
    shop = project(tmp_path, spec=SPEC)
    for name, path in (("a", "Dockerfile"), ("b", ".dockerignore")):
        shop.git("checkout", "--quiet", "-b", name, "main")
        assert shop.ours("eject", path).code == 0
        shop.write(path, "mine\n" if name == "b" else "FROM node:26\n")
        shop.commit(name)
    join(shop, "merge")
    shop.generate()
    assert shop.read("Dockerfile") == "FROM node:26\n"
    assert shop.read(".dockerignore") == "mine\n"
    lines = shop.read(".gitopsgen/ejected").splitlines()
    assert {"Dockerfile", ".dockerignore"} <= set(lines)


def test_one_branch_edits_what_the_other_no_longer_has(tmp_path: Path) -> None:
    shop = project(tmp_path, spec=SPEC)
    shop.git("checkout", "--quiet", "-b", "a")
    project_file = "argocd/appproject.yaml"
    shop.write(project_file, shop.read(project_file) + "# mine\n")
    shop.commit("By hand")
    branch(shop, "b", PUSH)
    assert not join(shop, "merge"), "git leaves the edited file, and says so"
    shop.generate()
    assert "# mine\n" in shop.read(project_file), "what to do with it is between them and git"


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "a person's"])
def test_a_file_that_is_brought_back_from_an_earlier_commit(tmp_path: Path, ours: bool) -> None:
    """Our earlier text is brought up to date; what a person committed there is an edit, however old it is."""
    shop = project(tmp_path)
    if not ours:
        shop.write(DEPLOYMENT, shop.read(DEPLOYMENT) + "# mine\n")
        shop.commit()
    other_port(shop)
    shop.generate(*(() if ours else ("--take", DEPLOYMENT)))
    shop.commit()
    newest = shop.read(DEPLOYMENT)
    shop.git("checkout", "--quiet", "HEAD~1", "--", DEPLOYMENT)
    shop.commit()
    before = shop.read(DEPLOYMENT)
    ran = shop.ours("check")
    if ours:
        assert ran.code == 1
        assert f"update  {DEPLOYMENT}: git merged two texts of ours here, or brought back an earlier one" in ran.out
        shop.generate()
        assert shop.read(DEPLOYMENT) == newest
    else:
        assert ran.code == 4
        assert f"edited  {DEPLOYMENT}" in ran.err
        assert shop.read(DEPLOYMENT) == before


@pytest.mark.parametrize(("chosen", "other"), [("staging", "live"), ("live", "staging")])
def test_each_side_of_a_merge_named_the_environment_anew_and_has_its_image(
    tmp_path: Path, chosen: str, other: str
) -> None:
    """Nobody can tell one environment of two names from two: the image of the name that is chosen counts."""
    shop = project(tmp_path)
    for name in ("staging", "live"):
        branch(shop, name, change("port: 3000\n", f"port: 3000\nenvironments: {{{name}: {{}}}}\n"))
        shop.write(_image(name), f"# What CI wrote for {name}.\n")
        shop.commit()
    assert shop.sh("git", "merge", "staging").code == 1
    shop.git("checkout", "--quiet", chosen, "--", "gitopsgen.yaml")
    merged = f"argocd/application-{chosen}.yaml"
    # Git makes its marks longer where each side renamed a file.
    assert "<<<<<<<< " in shop.read(merged)
    shop.edit(merged, "namespace: storefront", "namespace: mine")
    assert f"edited  {merged}" in shop.ours("generate").err
    shop.edit(merged, "namespace: mine", "namespace: storefront")
    ran = shop.generate()
    assert "<<<<" not in shop.read(merged)
    assert f"forget  {_image(other)}: it is no longer generated; the file is yours and stays" in ran.out
    for name in ("staging", "live"):
        assert shop.read(_image(name)) == f"# What CI wrote for {name}.\n"
    shop.edit("gitopsgen.yaml", f"{{{chosen}:", f"{{{other}:")
    ran = shop.ours("generate")
    assert ran.code == 4
    assert f"foreign {_image(other)}: {_image(chosen)} is to move here, and says something else" in ran.err


def _image(environment: str) -> str:
    return IMAGE.replace("production", environment)
