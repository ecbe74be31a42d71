"""What git and file systems do to a checkout: line ends, modes, parts left out, links, cases, permissions."""

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.trees import SMALLEST

from .edits import DEPLOYMENT, HEALTH, PATCHES, PATIENT, RARELY, SERVICE, STARTUP, other_port
from .project import NOBODY, Project, empty, project

SCRIPT = "k8s/bin/bump.sh"


def test_a_checkout_with_crlf_line_ends(tmp_path: Path) -> None:
    shop = project(tmp_path).clone("windows", "-c", "core.autocrlf=true")
    assert "\r\n" in shop.read(DEPLOYMENT)
    assert "\r\n" not in shop.read(SCRIPT), "a script with CRLF would not start"
    assert shop.check() == 0
    assert shop.ours("check", "--full").code == 0
    other_port(shop)
    shop.generate()
    text = shop.read(DEPLOYMENT)
    assert "containerPort: 3001\r\n" in text
    assert text.count("\n") == text.count("\r\n")
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    shop.edit("Dockerfile", HEALTH, RARELY)
    shop.edit(".gitignore", "node_modules/\r\n", "node_modules/\r\n/mine/\r\n")
    assert shop.ours("adopt").code == 0
    assert shop.check() == 0
    shop.commit()
    for name, autocrlf in (("linux", "false"), ("windows too", "true")):
        other = shop.clone(name, "-c", f"core.autocrlf={autocrlf}")
        assert other.check() == 0, "one lock for both"
        other.edit("gitopsgen.yaml", "name: storefront", "name: storefront\nreplicas: 3".replace("\n", _end(other)))
        other.generate()
        assert PATIENT in other.read(DEPLOYMENT)
        assert RARELY in other.read("Dockerfile")


def _end(shop: Project) -> str:
    return "\r\n" if "\r\n" in shop.read("gitopsgen.yaml") else "\n"


def test_a_file_system_without_modes(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.git("config", "core.fileMode", "false")
    (shop.root / SCRIPT).chmod(0o644)
    assert shop.check() == 0
    other_port(shop)
    shop.generate()


def test_a_lost_executable_bit_is_drift_and_comes_back(tmp_path: Path) -> None:
    shop = project(tmp_path)
    (shop.root / SCRIPT).chmod(0o644)
    ran = shop.ours("check")
    assert ran.code == 1
    assert f"{SCRIPT}: the mode is 644, not 755" in ran.out
    diff = shop.root.parent / "mode.diff"
    diff.write_text(shop.ours("diff").out)
    shop.git("apply", str(diff))
    assert shop.check() == 0
    (shop.root / SCRIPT).chmod(0o600)
    shop.generate()
    assert os.access(shop.root / SCRIPT, os.X_OK)


@pytest.mark.parametrize(
    "words", [("--no-cone", "/*", "!/k8s/"), ("--cone", "argocd", ".github", ".gitopsgen")], ids=["no-cone", "cone"]
)
def test_a_sparse_checkout_that_leaves_the_manifests_out(tmp_path: Path, words: tuple[str, ...]) -> None:
    shop = project(tmp_path)
    shop.git("sparse-checkout", "set", *words)
    assert not shop.has("k8s")
    assert shop.check() == 0
    assert shop.ours("generate").code == 0
    assert not shop.has("k8s")
    other_port(shop)
    before = shop.tree()
    ran = shop.ours("generate")
    assert ran.code == 4
    assert f"{DEPLOYMENT}: git.sparse" in ran.err
    assert shop.tree() == before
    for command in set(re.findall("`(git [^`]+)`", ran.err)):
        assert shop.sh(*shlex.split(command)).code == 0
    shop.generate()
    assert "containerPort: 3001" in shop.read(DEPLOYMENT)


def test_a_worktree(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.git("worktree", "add", "--quiet", "../tree", "-b", "other")
    other = Project(shop.root.parent / "tree", shop.home)
    assert other.check() == 0
    other_port(other)
    other.edit(DEPLOYMENT, STARTUP, PATIENT)
    assert other.ours("adopt").code == 0, "the last commit is found there too"
    other.generate()
    other.commit()
    assert shop.check() == 0


def test_manifests_in_a_repository_of_their_own(tmp_path: Path) -> None:
    module = empty(tmp_path / "module", {})
    module.commit()
    shop = empty(tmp_path, {})
    shop.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(module.root), "k8s")
    ran = shop.ours("generate")
    assert ran.code == 0
    assert "k8s: warning: git.submodule" in ran.err
    assert shop.ours("check", "--full").code == 0


def test_a_linked_folder_inside_the_repository(tmp_path: Path) -> None:
    shop = empty(tmp_path, {"deploy/README": "mine\n"})
    (shop.root / "k8s").symlink_to("deploy")
    shop.generate()
    shop.commit()
    assert "containerPort: 3000" in shop.read("deploy/base/deployment.yaml")
    shop.edit("deploy/base/deployment.yaml", STARTUP, PATIENT)
    assert shop.verdicts() == {DEPLOYMENT: "edited"}
    assert shop.ours("adopt").code == 0
    other_port(shop)
    shop.generate()
    assert PATIENT in shop.read("deploy/base/deployment.yaml")


@pytest.mark.parametrize("already", [False, True], ids=["new", "later"])
def test_a_link_that_leaves_the_repository_is_refused(tmp_path: Path, already: bool) -> None:
    shop = project(tmp_path) if already else empty(tmp_path, {})
    outside = tmp_path / "outside"
    outside.mkdir()
    if already:
        shutil.rmtree(shop.root / "k8s")
    (shop.root / "k8s").symlink_to(outside)
    for words in (("generate",), ("adopt",), ("generate", "--take", DEPLOYMENT)):
        ran = shop.ours(*words)
        assert ran.code == 4
        assert "'k8s' is a link that leaves the repository" in ran.err
    assert list(outside.iterdir()) == []


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    shop = project(tmp_path)
    outside = tmp_path / "outside"
    outside.write_text(shop.read("Dockerfile"))
    shop.delete("Dockerfile")
    (shop.root / "Dockerfile").symlink_to(outside)
    other_port(shop)
    for words in (("generate",), ("adopt", "Dockerfile"), ("generate", "--take", "Dockerfile")):
        ran = shop.ours(*words)
        assert ran.code == 4
        assert "Dockerfile: path.not-a-file: a link is in the way" in ran.err
    assert "3001" not in outside.read_text()


@pytest.mark.parametrize("name", ["dockerfile", "K8S/mine.yaml", "k8s/Base/mine.yaml"])
def test_names_that_differ_only_by_case(tmp_path: Path, name: str) -> None:
    """Here they are two files; on macOS and Windows one would overwrite the other."""
    shop = empty(tmp_path, {name: "mine\n"})
    ran = shop.ours("generate")
    assert ran.code == 4
    assert "path.case" in ran.err
    assert "on macOS and Windows" in ran.err
    assert shop.tree() == empty(tmp_path / "again", {name: "mine\n"}).tree()


def ordinary(shop: Project) -> None:
    """Give everything to an ordinary user, whom the file system can refuse something."""
    for folder in shop.root.parents:
        if "pytest-of" in str(folder):
            folder.chmod(0o755)
    if os.getuid() == 0:
        for path in (shop.root, *shop.root.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    shop.environment |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}


@pytest.mark.parametrize(("path", "mode"), [("k8s/base", 0o555), (".", 0o555), ("k8s", 0)])
def test_a_folder_that_may_not_be_written(tmp_path: Path, path: str, mode: int) -> None:
    shop = project(tmp_path)
    other_port(shop)
    ordinary(shop)
    before = shop.tree()
    (shop.root / path).chmod(mode)
    ran = shop.ours("generate", nobody=True)
    (shop.root / path).chmod(0o755)
    assert ran.code == 4
    assert "ermission" in ran.err
    assert shop.tree() == before, "all files or none"
    assert shop.ours("generate", nobody=True).code == 0
    assert "containerPort: 3001" in shop.read(DEPLOYMENT)


def test_a_read_only_file_is_no_obstacle(tmp_path: Path) -> None:
    """A rename needs no permission of the file; whoever may write the folder may replace what is in it."""
    shop = project(tmp_path)
    other_port(shop)
    ordinary(shop)
    (shop.root / DEPLOYMENT).chmod(0o444)
    assert shop.ours("generate", nobody=True).code == 0
    assert "containerPort: 3001" in shop.read(DEPLOYMENT)


@pytest.mark.parametrize(("path", "code"), [(SERVICE, 4), ("gitopsgen.lock", 6), ("gitopsgen.yaml", 4)])
def test_a_file_that_may_not_be_read(tmp_path: Path, path: str, code: int) -> None:
    shop = project(tmp_path)
    ordinary(shop)
    (shop.root / path).chmod(0)
    for command in ("check", "generate"):
        ran = shop.ours(command, nobody=True)
        assert ran.code == code
        assert path in ran.err
        assert "ermission" in ran.err


def test_edits_that_cannot_be_recorded(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.edit(DEPLOYMENT, STARTUP, PATIENT)
    ordinary(shop)
    before = shop.tree()
    (shop.root / ".gitopsgen").chmod(0o555)
    for words in (("adopt",), ("eject", DEPLOYMENT)):
        ran = shop.ours(*words, nobody=True)
        assert ran.code == 4
        assert "Permission denied" in ran.err
    (shop.root / ".gitopsgen").chmod(0o755)
    assert shop.tree() == before
    assert shop.ours("adopt", nobody=True).code == 0
    assert any(name.startswith(PATCHES) for name in shop.tree())


IGNORED = (
    *("Docker*", "argocd/*", "k8s/", "*.lock", "[Bb]in/", "bin", "*.sh", "/k8s/*", "**/bin/**", "*"),
    *("k8s/*\n!k8s/base/", "bin/\n*.sh"),
)


@pytest.mark.parametrize(
    ("place", "rule"), [*((".gitignore", rule) for rule in IGNORED), (".git/info/exclude", "[Bb]in/")]
)
def test_what_git_ignores_is_told_and_the_cure_works(tmp_path: Path, place: str, rule: str) -> None:
    shop = empty(tmp_path, {".gitignore": "# mine\n"}, spec=SMALLEST)
    mine = shop.tree().keys()
    shop.write(place, f"# mine\n{rule}")  # without an end of the last line
    ran = shop.ours("generate")
    assert ran.code == 0
    assert "git.ignored" in ran.err
    _cure(shop, ran.err)
    shop.commit()
    assert set(shop.git("ls-files", "-z").split("\0")) >= shop.tree().keys() - mine


def test_a_cure_stands_where_the_pattern_does_and_lets_in_no_more_than_it_must(tmp_path: Path) -> None:
    shop = empty(tmp_path, {"k8s/.gitignore": "*\n!.gitignore\n", ".gitignore": "*.log\n"}, spec=SMALLEST)
    shop.write("k8s/base/secret.txt", "mine")
    shop.write("k8s/a.log", "mine")
    _cure(shop, shop.ours("generate").err)
    shop.commit()
    kept = set(shop.git("ls-files", "-z").split("\0"))
    assert shop.tree().keys() - kept == {"k8s/base/secret.txt", "k8s/a.log"}


def test_a_folder_above_that_is_ignored_is_named(tmp_path: Path) -> None:
    outer = empty(tmp_path, {".gitignore": "/app/\n"}, spec=SMALLEST)
    (outer.root / "app").mkdir()
    outer.write("app/gitopsgen.yaml", outer.read("gitopsgen.yaml"))
    ran = outer.ours("generate", "app")
    assert "take the pattern out of" in ran.err, ran.err


def _cure(shop: Project, told: str) -> None:
    """Do what the messages say."""
    told = " ".join(told.split())
    for file, lines in re.findall(
        r"add at the end of (\S+) the lines?(?:, in this order,)?((?: (?:and )?`[^`]+`)+)", told
    ):
        text = shop.read(file)
        shop.write(file, "\n".join([text.rstrip("\n"), *re.findall("`([^`]+)`", lines), ""]))
