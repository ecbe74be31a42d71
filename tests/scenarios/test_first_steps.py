"""The first steps with gitopsgen: init, its answers and its questions."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.terminal import talk
from tests.trees import SMALLEST, read_tree, run, write_tree

PULL_ANSWERS = ("--yes", "--mode", "pull", "--image", "docker.io/acme/storefront")
REPOSITORY = ("--set", "repository=https://github.com/acme/storefront.git")
PUSH_ANSWERS = (
    *("--yes", "--mode", "push", "--image", "docker.io/acme/storefront", "--cluster", "aks"),
    *("--set", "cluster.resourceGroup=rg", "--set", "cluster.name=prod"),
)


@pytest.fixture
def pull(tmp_path: Path) -> Path:
    files = dict.fromkeys(("package.json", "package-lock.json", "app.js"), "{}\n")
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, **files})
    assert run("generate", cwd=tmp_path).code == 0
    return tmp_path


@pytest.mark.parametrize("answers", [PULL_ANSWERS, PUSH_ANSWERS], ids=["pull", "push"])
def test_init_writes_a_repository_that_check_agrees_with(tmp_path: Path, answers: tuple[str, ...]) -> None:
    ran = run("init", "shop", "--example", "express", *answers, *REPOSITORY, cwd=tmp_path)
    assert ran.code == 0, ran.err
    spec = (tmp_path / "shop/gitopsgen.yaml").read_text()
    assert spec.startswith("# yaml-language-server: $schema=.gitopsgen/schema.json\n")
    assert yaml.safe_load(spec)["runtime"]["start"] == ["node", "app.js"]
    assert "Next steps" in ran.out
    assert run("-C", "shop", "check", "--full", cwd=tmp_path) == (0, "gitopsgen: nothing to do\n", "")


def test_six_lines_are_enough(tmp_path: Path) -> None:
    six = "".join(line for line in SMALLEST.splitlines(True) if not line.startswith("repository"))
    assert six.count("\n") == 6
    write_tree(tmp_path, {"gitopsgen.yaml": six, "package.json": "{}", "package-lock.json": "{}"})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 0
    assert "rule.repository-guessed" in ran.err, "a guess is said"


def test_init_names_every_answer_that_it_still_needs(tmp_path: Path) -> None:
    ran = run("init", "--yes", cwd=tmp_path)
    assert ran.code == 2
    for flag in ("--mode", "--image", "--runtime", "--port"):
        assert flag in ran.err
    assert read_tree(tmp_path) == {}
    ran = run("init", "--yes", "--mode", "push", "--image", "docker.io/a/b", "--cluster", "aks", cwd=tmp_path)
    assert "--set cluster.resourceGroup=VALUE" in ran.err


def test_init_never_overwrites(tmp_path: Path) -> None:
    mine = {"Dockerfile": "FROM scratch\n", ".gitignore": "mine\n"}
    write_tree(tmp_path, {**mine, "package.json": '{"name": "shop"}', "package-lock.json": "{}"})
    before = read_tree(tmp_path)
    answers = (*PULL_ANSWERS, *REPOSITORY, "--runtime", "node", "--port", "3000", "--start", "node app.js")
    ran = run("init", *answers, cwd=tmp_path)
    assert ran.code == 4
    assert "foreign Dockerfile" in ran.err and "-FROM scratch" in ran.err and "`gitopsgen init --adopt`" in ran.err
    assert read_tree(tmp_path) == before
    ran = run("init", *answers, "--take", "Dockerfile", cwd=tmp_path)
    assert ran.code == 0, ran.err
    after = read_tree(tmp_path)
    assert after[".gitopsgen/kept/Dockerfile"] == "FROM scratch\n"
    assert after[".gitignore"].startswith("mine\n") and "node_modules/" in after[".gitignore"]
    assert run("init", *answers, cwd=tmp_path).code == 2, "there is a spec already"


def test_init_asks_on_a_terminal(tmp_path: Path) -> None:
    """A person answers; a port that no file tells is asked for until somebody says it."""
    write_tree(
        tmp_path, {"package.json": '{"name": "shop", "main": "app.js"}', "package-lock.json": "{}", "app.js": ""}
    )
    screen = talk(
        ["init"],
        tmp_path,
        ["pull", "My Image", "docker.io/acme/shop", "https://github.com/acme/shop.git", "", "8080", "/up"],
    )
    assert "push: CI deploys with kubectl. Choose it" in screen
    assert "It must be a registry host and a path" in screen, "a bad answer is asked again"
    spec = yaml.safe_load((tmp_path / "gitopsgen.yaml").read_text())
    assert (spec["mode"], spec["image"], spec["port"], spec["health"]) == ("pull", "docker.io/acme/shop", 8080, "/up")


def test_init_below_the_root_of_a_repository_says_what_that_means(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    ran = run("init", "api", "--example", "express", *PULL_ANSWERS, cwd=tmp_path)
    assert ran.code == 0
    assert f"is a folder of the repository {tmp_path}" in ran.err


@pytest.mark.parametrize("setting", ["runtime=5", "mode=[push]", "replicas=1.5", "runtime=null", "nonsense", "a.b=1"])
def test_a_wrong_setting_is_told_and_leaves_nothing(tmp_path: Path, setting: str) -> None:
    ran = run("init", "shop", "--example", "express", *PULL_ANSWERS, "--set", setting, cwd=tmp_path)
    assert ran.code in (2, 3), ran
    assert "bug" not in ran.err
    assert read_tree(tmp_path) == {} and not (tmp_path / "shop").exists()


def test_settings_are_read_like_the_spec(tmp_path: Path) -> None:
    settings = ("runtime=node", "env.RATE=1.5", "runtime.version=22", "replicas=3", "expose=load-balancer")
    words = [word for setting in settings for word in ("--set", setting)]
    ran = run("init", "shop", "--example", "express", *PULL_ANSWERS, *words, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "rule.repository-guessed" in ran.err, "init shows warnings too"
    spec = yaml.safe_load((tmp_path / "shop/gitopsgen.yaml").read_text())
    assert (spec["env"], spec["runtime"]["version"], spec["replicas"]) == ({"RATE": "1.5"}, "22", 3)
    assert spec["runtime"]["start"] == ["node", "app.js"], "what was detected stays"
