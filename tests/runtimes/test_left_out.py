"""A new folder of source that `include` does not name is told, and nothing that is nobody's business."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from gitopsgen import __version__
from gitopsgen.compiler import generate, inspect
from gitopsgen.unchanged import unchanged
from tests.runtimes.test_paths import NODE, write
from tests.trees import run, write_tree


def told(root: Path) -> list[str]:
    found = [one for one in inspect(str(root)).diagnostics if one.code == "runtime.left-out"]
    assert all(one.severity == "warning" and one.cure and one.position for one in found)
    return [one.message.partition("/ holds")[0] for one in found]


@pytest.mark.parametrize(
    ("section", "files", "folders"),
    [
        ("name: node, include: [app.js]", {"services/mail.js": "", "models/a/user.ts": ""}, ["models", "services"]),
        ("name: node", {"services/mail.js": ""}, ["services"]),
        ("name: node, include: [app.js, services]", {"services/mail.js": ""}, []),
        ("name: node, include: [app.js, 'serv*']", {"services/mail.js": ""}, []),
        ("name: node, include: [app.js], exclude: [services]", {"services/mail.js": ""}, []),
        ("name: node, include: [app.js]", {"tests/a.js": "", "scripts/a.js": "", "node_modules/a/a.js": ""}, []),
        ("name: node, include: [app.js]", {"assets/logo.svg": "", ".storybook/main.js": "", "dist/a.js": ""}, []),
        (
            "name: node, include: [app.js]",
            {"documents/a.js": "", "toolkit/a.js": "", "deployments/a.js": "", "docs/a.js": ""},
            ["deployments", "documents", "toolkit"],
        ),
        ("name: python", {"shop/models.py": "", "web/app.js": ""}, ["shop"]),
        ("name: python, folder: api", {"api/shop/models.py": "", "other/a.py": ""}, ["api/shop"]),
        ("name: go", {"handlers/a.go": "", "internal/a.go": ""}, ["handlers"]),
        ("name: java, module: web", {"web/pom.xml": "", "core/pom.xml": ""}, ["core", "web"]),
    ],
)
def test_folders_with_source(tmp_path: Path, section: str, files: dict[str, str], folders: list[str]) -> None:
    write(tmp_path, section, **NODE, **{"app.js": "", **files})
    assert told(tmp_path) == folders


def test_what_git_ignores_is_no_source(tmp_path: Path) -> None:
    write(tmp_path, "name: node", **NODE, **{"app.js": "", "made/a.js": "", ".gitignore": "/made/\n"})
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    assert told(tmp_path) == []


def test_it_is_told_once_and_the_fast_path_stays_fast(tmp_path: Path) -> None:
    """It is no file that the image cannot be built without: the lock vouches, and the full check tells again."""
    write(tmp_path, "name: node", **NODE, **{"app.js": "", "services/mail.js": ""})
    assert [one.code for one in generate(str(tmp_path)).diagnostics] == ["runtime.left-out"]
    assert unchanged(str(tmp_path), __version__)
    assert told(tmp_path) == ["services"]


def test_what_is_excluded_stays_out_of_an_included_folder(tmp_path: Path) -> None:
    write(tmp_path, "name: node, folder: web, include: [src], exclude: [src/stories]", **{"web/src/a.js": ""})
    write_tree(tmp_path, {f"web/{name}": text for name, text in NODE.items()})
    assert generate(str(tmp_path)).exit_code == 0
    lines = (tmp_path / "web/Dockerfile.dockerignore").read_text().splitlines()
    assert lines.index("!web/src") < lines.index("web/src/stories")


@pytest.mark.parametrize(
    ("files", "flags", "names"),
    [
        (
            {"models/model.pkl": "", "data.json": "", "schema.graphql": "", ".sassrc": ""},
            [],
            [".sassrc", "data.json", "models", "schema.graphql"],
        ),
        ({"README.md": "", "docs/a.md": "", "k8s/x.yaml": "", "Makefile": "", ".eslintrc": "", "LICENSE": ""}, [], []),
        ({"made/a.bin": "", ".gitignore": "/made/\n", "node_modules/a/a.bin": "", "dist/a.bin": ""}, [], []),
        ({"it's.txt": "", "server.key": "", "tls.pem": ""}, [], ["it's.txt"]),
        ({"data.json": "", "big.bin": ""}, ["--set", 'runtime.include=["*.js", "data.json"]'], ["big.bin"]),
        ({f"data{number:02}.bin": "" for number in range(11)}, [], [*(f"data{n:02}.bin" for n in range(8)), "3 more"]),
    ],
)
def test_a_first_run_names_what_the_image_will_not_have(
    tmp_path: Path, files: dict[str, str], flags: list[str], names: list[str]
) -> None:
    app = {"package.json": '{"scripts": {"start": "node app.js"}}', "package-lock.json": "{}", "app.js": ""}
    subprocess.run(["git", "init", "--quiet", str(write_tree(tmp_path, app | files))], check=True)
    told = ["--yes", "--mode", "pull", "--image", "ghcr.io/acme/shop", "--port", "3000", *flags]
    ran = run("init", *told, cwd=tmp_path)
    assert ran.code == 0, ran.err
    lines = re.findall(r"runtime\.left-out: not in the image, as `runtime.include` does not name it: (.*)", ran.err)
    assert lines == ([", ".join(names).replace(", 3 more", " and 3 more")] if names else [])
    every = re.search(r"(--set '?runtime\.include=.*)`", ran.err)
    assert (every is not None) == bool(names)
    if every:
        (tmp_path / "gitopsgen.yaml").unlink()
        again = run("init", *told, *shlex.split(every[1]), cwd=tmp_path)
        assert again.code == 0, again.err
        assert "left-out" not in again.err, "the cure is one"
