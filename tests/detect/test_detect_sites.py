"""Sites that a program builds: below which path they are served, and those that no Node.js makes."""

import json
from pathlib import Path

import pytest

from gitopsgen.detect import Detection, detect
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.detect.conftest import Plant
from tests.detect.looking import look, values

MANIFESTS = [pack.manifest for pack in Catalogue((BUILT_IN,)).all("runtime")]
STATIC = Catalogue((BUILT_IN,)).pack("runtime", "static")
NEXT = 'module.exports = { output: "export", basePath: "/shop" }\n'


@pytest.mark.parametrize(
    ("tool", "file", "text", "path"),
    [
        ("vite", "vite.config.ts", "export default defineConfig({ base: '/app/', build: {} })\n", "/app/"),
        ("vite", "vite.config.ts", "export default {\n  plugins: [],\n  base: '/app/v2',\n}\n", "/app/v2/"),
        ("vite", "vite.config.ts", "export default {\n  base: './',\n}\n", None),
        ("vite", "vite.config.ts", "export default {\n  base: '/',\n}\n", None),
        ("vite", "vite.config.ts", "export default {\n  base: 'https://cdn.acme.com/app/',\n}\n", None),
        ("vite", "vite.config.ts", "export default {\n  // base: '/app/',\n  database: '/x/',\n}\n", None),
        ("astro", "astro.config.mjs", "export default defineConfig({\n  base: 'blog',\n})\n", "/blog/"),
        ("vitepress", ".vitepress/config.mts", "export default defineConfig({\n  base: '/docs/',\n})\n", "/docs/"),
        ("@docusaurus/core", "docusaurus.config.js", "module.exports = {\n  baseUrl: '/docs/',\n}\n", "/docs/"),
        ("@vue/cli-service", "vue.config.js", "module.exports = { publicPath: '/shop/' }\n", "/shop/"),
        ("next", "next.config.js", NEXT, "/shop/"),
        ("@angular/cli", "angular.json", '{"projects": {"a": {"x": {"baseHref": "/shop/"}}}}', "/shop/"),
    ],
)
def test_a_site_is_served_below_the_path_that_its_build_is_told(
    plant: Plant, tool: str, file: str, text: str, path: str | None
) -> None:
    manifest = json.dumps({"scripts": {"build": "build"}, "dependencies": {tool: "1"}})
    found = values(look("static", plant({"package.json": manifest, "package-lock.json": "{}", file: text})))

    assert found.get("basePath") == path


@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        ({"homepage": "/portal", "dependencies": {"react-scripts": "5"}}, "/portal/"),
        ({"homepage": "https://acme.com/a/b/", "dependencies": {"react-scripts": "5"}}, "/a/b/"),
        ({"homepage": "https://acme.com", "dependencies": {"react-scripts": "5"}}, None),
        ({"homepage": "https://github.com/acme/shop#readme", "devDependencies": {"vite": "7"}}, None),
        (
            {"scripts": {"build": "ng build --base-href /shop/"}, "devDependencies": {"@angular/cli": "20"}},
            "/shop/",
        ),
        ({"scripts": {"build": "vite build --base=/shop"}, "devDependencies": {"vite": "7"}}, "/shop/"),
    ],
)
def test_the_path_may_stand_in_package_json(plant: Plant, manifest: dict[str, object], path: str | None) -> None:
    found = values(look("static", plant({"package.json": json.dumps(manifest), "package-lock.json": "{}"})))

    assert found.get("basePath") == path


def test_a_path_that_settings_compute_is_left_open_with_its_place(plant: Plant) -> None:
    files = {
        "package.json": '{"devDependencies": {"vite": "7"}}',
        "vite.config.ts": "export default {\n  base: process.env.BASE,\n}\n",
    }
    found = look("static", plant(files))

    assert "basePath" not in values(found)
    assert any(line.startswith("runtime.basePath: vite.config.ts:2 says") for line in found.problems), found.problems


def _as_static(root: Path) -> Detection:
    assert STATIC
    return detect(str(root), [STATIC.manifest], told={"runtime.name": "static"})


HUGO = {"hugo.toml": "baseURL = 'https://acme.com/blog/'\n", "content/a.md": "", "themes/x/theme.toml": ""}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            HUGO | {"layouts/index.html": "{{ .Content }}", "public/index.html": "", "README.md": ""},
            {
                "packages": ["hugo"],
                "build": "hugo",
                "output": "public",
                "packageManager": "none",
                "basePath": "/blog/",
                "include": ["content", "hugo.toml", "layouts", "public", "themes"],
            },
        ),
        ({"hugo.yaml": "publishDir: dist\n"}, {"output": "dist", "build": "hugo"}),
        (
            {"_config.yml": "baseurl: /notes\n", "index.html": "", "_posts/a.html": "", "Gemfile": 'gem "jekyll"\n'},
            {"packages": ["jekyll"], "build": "jekyll build", "output": "_site", "basePath": "/notes/"},
        ),
        (
            {"mkdocs.yml": "theme: {name: readthedocs}\n", "docs/index.md": ""},
            {"packages": ["mkdocs"], "build": "mkdocs build", "output": "site", "include": ["docs", "mkdocs.yml"]},
        ),
        ({"mkdocs.yml": "theme:\n  name: material\n", "docs/a.md": ""}, {"packages": ["mkdocs-material"]}),
        ({"index.html": "", "assets/a.css": ""}, {"packages": None, "build": None, "output": None}),
    ],
)
def test_what_no_node_makes_is_built_by_a_program_of_debian(
    plant: Plant, files: dict[str, str], expected: dict[str, object]
) -> None:
    found = values(_as_static(plant(files)))

    assert {field: found.get(field) for field in expected} == expected


def test_hugo_is_recognised_and_a_theme_that_is_a_submodule_is_told(plant: Plant) -> None:
    found = look("static", plant(HUGO | {".gitmodules": '[submodule "x"]\n\tpath = themes/x\n'}))

    assert values(found)["name"] == "static"
    assert any(line.startswith(".gitmodules:2: the theme themes/x is a submodule") for line in found.problems)


@pytest.mark.parametrize(
    ("runtime", "files"),
    [
        ("python", {"requirements.txt": "mkdocs\n", "mkdocs.yml": "site_name: x\n"}),
        ("ruby", {"Gemfile": 'gem "jekyll"\n', "_config.yml": "title: x\n"}),
    ],
)
def test_a_language_says_that_its_generator_makes_files(plant: Plant, runtime: str, files: dict[str, str]) -> None:
    assert any("`init --runtime static` builds them" in line for line in look(runtime, plant(files)).problems)


@pytest.mark.parametrize(
    "files", [HUGO, {"index.html": ""}, {"public/index.html": ""}, {"mkdocs.yml": "", "docs/a.md": ""}]
)
def test_of_node_nothing_is_said_where_nothing_of_it_is_used(plant: Plant, files: dict[str, str]) -> None:
    problems = _as_static(plant(files)).problems

    assert not [line for line in problems if line.startswith(("runtime.version:", "runtime.spa:"))], problems
    plant({"package.json": '{"devDependencies": {"vite": "7"}}'})
    assert any(line.startswith("runtime.version:") for line in _as_static(plant({})).problems)


@pytest.mark.parametrize(
    ("files", "runtimes"),
    [
        ({"requirements.txt": "mkdocs-material\n", "mkdocs.yml": "", "docs/a.md": ""}, {"static"}),
        ({"requirements.txt": "mkdocs\nflask\n", "mkdocs.yml": "", "app.py": ""}, {"python"}),
        ({"go.mod": "module x\n", "mkdocs.yml": "", "requirements.txt": "mkdocs\n"}, {"go", None}),
        ({"index.php": "<?php", "package.json": '{"devDependencies": {"vite": "7"}}'}, {"php", None}),
    ],
)
def test_documents_beside_code_make_no_site_of_it(
    plant: Plant, files: dict[str, str], runtimes: set[str | None]
) -> None:
    facts = detect(str(plant(files)), MANIFESTS).facts

    assert {fact.value for fact in facts if fact.field == "runtime.name"} <= runtimes
