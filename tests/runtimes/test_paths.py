"""What the spec names and the repository does not have: told with its place, and a lock that does not vouch."""

from pathlib import Path

import pytest
import yaml

from gitopsgen import __version__
from gitopsgen.compiler import generate, inspect
from gitopsgen.unchanged import unchanged
from tests.runtimes.golden import HEADER
from tests.trees import read_tree, write_tree

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
NODE = {"package.json": "{}", "package-lock.json": "{}"}

# Code, whether it stops the run, what the runtime's section says (~ is where the message points, at the section
# without one), what makes it right.
MISSING: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("folder-missing", "error", "name: node, folder: ~apps/web", {"apps/web/app.js": ""}),
    ("missing-workspace", "error", "name: node, workspaces: [~lib]", {"lib/package.json": ""}),
    ("missing-include", "warning", "name: node, include: [~srv]", {"srv/a.js": ""}),
    ("missing-include", "warning", "name: node, include: [~'src/*.js']", {"src/a.js": ""}),
    ("missing-install-file", "error", "name: node, installFiles: [~.npmrc]", {".npmrc": ""}),
    (
        "missing-install-file",
        "error",
        "name: python, installFiles: [~base.txt]",
        {"base.txt": "", "requirements.txt": "-r base.txt"},
    ),
    ("missing-start-file", "warning", "name: node, start: [node, ~server.mjs]", {"server.mjs": ""}),
    ("missing-start-file", "warning", "name: node, start: [node, ~./bin/www]", {"bin/www": ""}),
    ("missing-start-file", "warning", "name: node", {"app.js": ""}),
    ("missing-start-file", "warning", "name: bun, start: [bun, ~src/index.ts]", {"src/index.ts": ""}),
    ("missing-start-file", "warning", "name: python, start: [python, ~run.py]", {"run.py": ""}),
    ("missing-start-file", "warning", "name: ruby, start: [ruby, ~app.rb]", {"app.rb": ""}),
    ("missing-start-file", "warning", "name: deno, start: [deno, run, ~app.ts]", {"app.ts": ""}),
    ("missing-start-module", "warning", "name: python, start: [gunicorn, '~shop.web:app']", {"shop/web.py": ""}),
    ("missing-start-module", "warning", "name: python, start: [gunicorn, '~shop:app()']", {"src/shop/__init__.py": ""}),
    ("missing-entry", "error", "name: deno, entry: ~server.ts", {"server.ts": ""}),
    ("missing-main", "error", "name: go, main: ~./cmd/api", {"cmd/api/main.go": ""}),
    ("missing-main", "error", "name: dart, main: ~bin/api.dart", {"bin/api.dart": ""}),
    ("missing-main", "warning", "name: dart", {"bin/server.dart": ""}),
    ("missing-asset", "error", "name: go, assets: [~views]", {"views/a": ""}),
    ("missing-asset", "error", "name: rust, assets: [~views]", {"views/a": ""}),
    ("missing-module", "error", "name: java, module: ~web", {"web/pom.xml": ""}),
    ("missing-version-file", "error", "name: ruby, versionFile: ~.ruby-version", {".ruby-version": ""}),
    ("missing-project", "error", "name: dotnet, project: A.csproj, references: [~B.csproj]", {"B.csproj": ""}),
    ("missing-build-file", "error", "name: dotnet, project: A.csproj, buildFiles: [~a.props]", {"a.props": ""}),
    ("missing-document-root", "warning", "name: php, documentRoot: ~web", {"web/index.php": ""}),
    (
        "missing-frontend-file",
        "warning",
        "name: php, ~frontend: {packageManager: npm, build: npm run build}",
        {"package.json": "", "package-lock.json": ""},
    ),
    (
        "missing-frontend-file",
        "warning",
        "name: ruby, ~frontend: {packageManager: yarn, folder: client}",
        {"client/package.json": "", "client/yarn.lock": ""},
    ),
    ("missing-output", "error", "name: static, output: ~site", {"site/index.html": ""}),
    ("missing-dockerfile", "warning", "name: dockerfile, dockerfile: ~Imagefile", {"Imagefile": ""}),
    ("missing-package-file", "warning", "name: go, packageManager: ~vendor", {"go.mod": "", "vendor/modules.txt": ""}),
)


def write(root: Path, section: str, **files: str) -> None:
    write_tree(root, {"gitopsgen.yaml": HEADER.decode() + f"runtime: {{{section}}}\n", **files})


@pytest.mark.parametrize(("code", "severity", "section", "files"), MISSING)
def test_what_is_named_and_not_there_is_told_with_its_place(
    tmp_path: Path, code: str, severity: str, section: str, files: dict[str, str]
) -> None:
    place = len("runtime: {") + section.index("~") + 1 if "~" in section else 1
    place -= "'~" in section  # the quote is where the text begins
    write(tmp_path, section.replace("~", ""))
    before = read_tree(tmp_path)

    outcome = generate(str(tmp_path))

    told = [found for found in outcome.diagnostics if found.code == f"runtime.{code}"]
    assert {found.severity for found in told} == {severity}
    for found in told:
        assert found.path == "gitopsgen.yaml" and found.position and found.cure
        assert found.position[:2] == (6, place)
    assert outcome.exit_code == (3 if severity == "error" else 0)
    assert (read_tree(tmp_path) == before) is (severity == "error")
    write_tree(tmp_path, files)
    assert f"runtime.{code}" not in [found.code for found in inspect(str(tmp_path)).diagnostics]


def test_every_rule_of_the_packs_is_seen_to_fail() -> None:
    manifests = [yaml.safe_load(path.read_text()) for path in TEMPLATES.glob("*/*/pack.yaml")]
    assert {code for code, *_ in MISSING} == {rule["code"] for pack in manifests for rule in pack.get("paths", [])}


@pytest.mark.parametrize(
    "section",
    [
        "name: node, start: [node, dist/server.js], build: npm run build",
        "name: node, start: [node, node_modules/fastify-cli/cli.js, start, app.js]",
        "name: node, framework: nestjs",
        "name: node, start: [node, /srv/app.js, --config, '-x.js']",
        "name: static, framework: vite",
        "name: go, assets: [views], build: make views",
        "name: node, include: ['src/**/*.js']",
    ],
)
def test_what_a_build_makes_or_the_image_has_is_nobodys_mistake(tmp_path: Path, section: str) -> None:
    write(tmp_path, section, **NODE, **{"go.mod": "", "app.js": ""})
    assert generate(str(tmp_path)).diagnostics == ()


def test_paths_are_seen_from_the_folder_of_the_app(tmp_path: Path) -> None:
    section = "name: node, folder: apps/web, start: [node, web.js], include: [web.js, '*.json']"
    write(tmp_path, section, **{f"apps/web/{name}": "{}" for name in (*NODE, "web.js")})
    assert generate(str(tmp_path)).diagnostics == ()
    (tmp_path / "apps/web/web.js").rename(tmp_path / "web.js")
    assert {found.code for found in inspect(str(tmp_path)).diagnostics} == {
        "runtime.missing-start-file",
        "runtime.missing-include",
    }


def test_no_link_makes_a_path_of_another_repository_one_of_ours(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "app", NODE)
    write_tree(tmp_path / "other", {"a.js": ""})
    (root / "src").symlink_to("../other")
    for name in ("src/a.js", "'src/*.js'", "'../other/a.js'"):
        write(root, f"name: node, start: [node, {name}]")
        assert [found.code for found in inspect(str(root)).diagnostics] == ["runtime.missing-start-file"], name


@pytest.mark.parametrize(
    ("section", "cure"),
    [
        ("name: node", "`npm install`"),
        ("name: node, packageManager: pnpm", "`pnpm install`"),
        ("name: node, packageManager: yarn-classic", "`yarn install`"),
        ("name: python, packageManager: poetry", "`poetry lock`"),
        ("name: python", "`pip freeze"),
        ("name: go, packageManager: vendor", "`go mod vendor`"),
    ],
)
def test_the_cure_names_the_package_manager_that_is_used(tmp_path: Path, section: str, cure: str) -> None:
    write(tmp_path, section)
    cures = {found.cure for found in generate(str(tmp_path)).diagnostics if "package-file" in found.code}
    [said] = cures
    assert cure in said and said.count("`") <= 4
    others = {"npm install", "pnpm install", "yarn install", "bun install", "poetry lock", "uv lock", "pdm lock"}
    assert [other for other in others if f"`{other}" in said and f"`{other}`" != cure] == []


def test_the_fast_path_vouches_for_nothing_while_something_is_lacking(tmp_path: Path) -> None:
    """Otherwise the warning of the first run would be the last."""
    write(tmp_path, "name: node, packageManager: pnpm, include: [app.js, src]", **{"package.json": "{}"})
    assert generate(str(tmp_path)).exit_code == 0
    for name in ("pnpm-lock.yaml", "app.js", "src/a.js"):
        assert not unchanged(str(tmp_path), __version__)
        told = inspect(str(tmp_path))
        assert told.exit_code == 0 and any(name.partition("/")[0] in found.message for found in told.diagnostics)
        write_tree(tmp_path, {name: ""})
        assert generate(str(tmp_path)).exit_code == 0
    assert inspect(str(tmp_path)).diagnostics == ()
    assert unchanged(str(tmp_path), __version__)

    (tmp_path / "app.js").unlink()
    assert not unchanged(str(tmp_path), __version__)


@pytest.mark.parametrize(
    ("code", "section"),
    [
        ("start-by-manager", "name: node, start: [npm, start]"),
        ("start-no-program", "name: node, start: [pnpm, start]"),
        ("start-no-program", "name: node, start: [fastify, start, app.js]"),
        ("start-by-shell", "name: node, start: [sh, -c, 'node app.js $FLAGS']"),
        ("start-no-program", "name: python, start: [poetry, run, gunicorn, 'app:app']"),
        ("start-by-shell", "name: python, start: [/bin/sh, -c, 'gunicorn app:app']"),
        ("start-by-shell", "name: ruby, start: [bash, -c, puma]"),
        ("start-by-shell", "name: php, start: [sh, -c, apache2-foreground]"),
        ("start-without-shell", "name: go, start: [sh, -c, exec /app/server]"),
        ("start-without-shell", "name: rust, start: [sh, start.sh]"),
        ("start-without-shell", "name: java, start: [sh, -c, java -jar app.jar]"),
        ("start-without-shell", "name: dotnet, project: A.csproj, start: [sh, -c, dotnet A.dll]"),
        ("start-without-shell", "name: deno, start: [sh, -c, deno run main.ts]"),
        ("", "name: node, start: [node, app.js]"),
        ("", "name: node, start: [sh, -c, exec node app.js]"),
        ("", "name: node, packages: [dumb-init], start: [dumb-init, node, app.js]"),
        ("", "name: bun, start: [bun, app.js]"),
        ("", "name: go, start: [/app/server, --flag]"),
        ("", "name: python, start: [gunicorn, 'app:app']"),
    ],
)
def test_a_start_that_the_image_cannot_run_is_told(tmp_path: Path, code: str, section: str) -> None:
    write(tmp_path, section, **NODE, **{"app.js": "", "A.csproj": "", "main.go": "", "main.ts": "", "bun.lock": ""})

    told = [found for found in generate(str(tmp_path)).diagnostics if found.code.startswith("output.start-")]

    assert [found.code for found in told] == ([f"output.{code}"] if code else [])
    assert all(found.path == "gitopsgen.yaml" and found.cure and found.severity == "warning" for found in told)


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("name: node, build: pnpm run bulid", ["package.json has no script bulid"]),
        ("name: node, build: npm run build && npm run css", ["package.json has no script css"]),
        ("name: node, folder: web, build: npm run build", ["web/package.json has no script build"]),
        ("name: deno, build: deno task bundle", ["deno.json has no script bundle"]),
        ("name: node, build: npm run build", []),
        ("name: node, build: cd web && npm run pages", []),
        ("name: node, build: npm run pages --workspace web", []),
        ("name: bun, build: bun run build", []),
    ],
)
def test_a_command_runs_a_script_that_is_there(tmp_path: Path, section: str, told: list[str]) -> None:
    scripts = {
        "package.json": '{"scripts": {"build": "tsc"}}',
        "web/package.json": '{"scripts": {}}',
        "deno.json": '{"tasks": {}}',
    }
    write(tmp_path, section, **scripts)

    found = [one for one in generate(str(tmp_path)).diagnostics if one.code == "runtime.missing-script"]

    assert [one.message for one in found] == told
    assert all(one.path == "gitopsgen.yaml" and one.position and one.severity == "warning" for one in found)
    assert not told or "bulid" not in section or found[0].cure.startswith("is it build?")
