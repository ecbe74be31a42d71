"""Node.js, Bun, Deno and static sites: which of them it is, by which package manager, and how it starts."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitopsgen.detect import KINDS, detect
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.detect.looking import APPS, look, values

Plant = Callable[[Mapping[str, str]], Path]
CATALOGUE = Catalogue((BUILT_IN,))
PACKS = [pack.manifest for kind in KINDS for pack in CATALOGUE.all(kind)]


def seen(root: Path) -> dict[str, Any]:
    """Return what all packs together find."""
    return values(detect(str(root), PACKS))


@pytest.mark.parametrize("app", ["node-npm", "node-pnpm", "node-yarn4", "bun", "deno", "static-vite", "static-plain"])
def test_what_is_found_in_a_sample_app_is_what_its_spec_says(app: str) -> None:
    spec = yaml.safe_load((APPS / app / "gitopsgen.yaml").read_text())

    found = seen(APPS / app)

    assert {key: found.get(key) for key in spec["runtime"] if key != "include"} == {
        key: value for key, value in spec["runtime"].items() if key != "include"
    }
    assert (found["port"], found.get("health")) == (spec["port"], spec["health"])


@pytest.mark.parametrize(
    ("files", "runtime"),
    [
        ({"package.json": {"scripts": {"start": "node app.js"}}, "bun.lock": ""}, "node"),
        ({"package.json": {"scripts": {"start": "bun server.ts"}}, "bun.lock": ""}, "bun"),
        (
            {"package.json": {"devDependencies": {"@types/bun": "1"}}, "bun.lock": "", "index.ts": "Bun.serve({})"},
            "bun",
        ),
        ({"package.json": {"dependencies": {"express": "5"}, "scripts": {"start": "node ."}}}, "node"),
        ({"package.json": {"dependencies": {"next": "16"}, "scripts": {"start": "next start"}}}, "node"),
        ({"package.json": {"devDependencies": {"vite": "7"}}, "index.html": ""}, "static"),
        (
            {"package.json": {"dependencies": {"react-scripts": "5"}, "scripts": {"start": "react-scripts start"}}},
            "static",
        ),
        ({"index.html": ""}, "static"),
        ({"deno.json": {}, "main.ts": "Deno.serve(f)"}, "deno"),
        ({"package.json": {"name": "x"}, "deno.json": {}, "deno.lock": "{}", "main.ts": "Deno.serve(f)"}, "deno"),
        ({"package.json": {"scripts": {"start": "node app.js"}}, "Dockerfile": "FROM node:24"}, "node"),
    ],
)
def test_signs_tell_them_apart(plant: Plant, files: dict[str, Any], runtime: str) -> None:
    root = plant({name: text if isinstance(text, str) else json.dumps(text) for name, text in files.items()})

    assert [fact.value for fact in detect(str(root), PACKS).facts if fact.field == "runtime.name"] == [runtime]


@pytest.mark.parametrize(
    ("files", "manager", "version", "build"),
    [
        ({"yarn.lock": "# yarn lockfile v1\n"}, "yarn-classic", None, "yarn run build"),
        (
            {"yarn.lock": "__metadata:\n  version: 8\n", "packageManager": "yarn@4.10.0"},
            "yarn",
            "4.10.0",
            "yarn run build",
        ),
        ({"pnpm-lock.yaml": "", "packageManager": "pnpm@10.33.0+sha512.ab"}, "pnpm", "10.33.0", "pnpm run build"),
        ({"bun.lock": ""}, "bun", None, "bun run build"),
        ({"package-lock.json": "{}", "packageManager": "npm@11.0.0"}, "npm", None, "npm run build"),
    ],
)
def test_the_lock_file_and_package_json_name_the_package_manager(
    plant: Plant, files: dict[str, str], manager: str, version: str | None, build: str
) -> None:
    declared = {key: files[key] for key in files if key == "packageManager"}
    package = {"scripts": {"start": "node a.js", "build": "tsc"}, **declared}
    others = {name: text for name, text in files.items() if name != "packageManager"}

    found = values(look("node", plant({"package.json": json.dumps(package), **others})))

    assert (found["packageManager"], found.get("packageManagerVersion"), found["build"]) == (manager, version, build)


def test_frameworks_bring_how_they_start(plant: Plant) -> None:
    nest = {"dependencies": {"@nestjs/core": "11"}, "scripts": {"start": "nest start", "build": "nest build"}}
    found = values(
        look("node", plant({"package.json": json.dumps(nest), "package-lock.json": "{}", "nest-cli.json": "{}"}))
    )
    assert (found["framework"], found["start"]) == ("nestjs", ["node", "dist/main.js"])

    web = {"dependencies": {"next": "16"}, "scripts": {"start": "next start", "build": "next build"}}
    found = values(look("node", plant({"package.json": json.dumps(web), "nest-cli.json": "{}"})))
    assert (found["framework"], found["start"], found["port"]) == ("nextjs", ["node", "server.js"], 3000)


def test_a_dockerfile_of_ones_own_is_offered_and_says_its_port_and_user(plant: Plant) -> None:
    root = plant({"Dockerfile": "FROM busybox:1\nUSER 1000:1000\nEXPOSE 9000\n"})
    assert "runtime.name" not in {fact.field for fact in detect(str(root), PACKS).facts}
    (own,) = (pack for pack in PACKS if pack["name"] == "dockerfile")

    found = values(detect(str(root), [{**own, "detect": {**own["detect"], "otherwise": False}}]))

    assert (found["user"], found["port"]) == (1000, 9000)


def package(dependency: str, start: str = "node app.js") -> dict[str, str]:
    return {
        "package.json": json.dumps({"scripts": {"start": start}, "dependencies": {dependency: "1"}}),
        "package-lock.json": "{}",
    }


@pytest.mark.parametrize(
    ("files", "path"),
    [
        (package("next") | {"app/api/health/route.ts": "export async function GET() {}"}, "/api/health"),
        (package("next") | {"src/pages/api/healthz.js": "export default function handler() {}"}, "/api/healthz"),
        (
            package("next") | {"app/healthz/route.ts": "export const GET = f", "next.config.ts": "basePath: '/shop',"},
            "/shop/healthz",
        ),
        (
            package("@nestjs/core")
            | {
                "src/main.ts": "app.setGlobalPrefix('api')",
                "src/health/health.controller.ts": "@Controller('health')\nclass H {\n  @Get()",
            },
            "/api/health",
        ),
        (package("@nestjs/core") | {"src/main.ts": "app.setGlobalPrefix('api')"}, None),
    ],
)
def test_the_health_path_is_where_the_framework_has_it(plant: Plant, files: dict[str, str], path: str | None) -> None:
    found = look("node", plant(files))

    assert values(found).get("health") == path
    assert any(line.startswith("health: no code says") for line in found.problems) == (path is None)


@pytest.mark.parametrize(
    ("files", "note"),
    [
        (package("koa", "NODE_ENV=production node --env-file=.env app.js"), ".env stays out of the image"),
        (
            package("next") | {"next.config.ts": "export default {}"},
            'next.config.ts:1: add `output: "standalone"` to next.config.ts',
        ),
        (package("next"), "to a next.config.mjs"),
        (package("koa") | {"Procfile": "web: node app.js\nworker: node work.js\n"}, "`worker: node work.js`"),
    ],
)
def test_what_the_image_will_lack_is_said(plant: Plant, files: dict[str, str], note: str) -> None:
    assert note in "\n".join(look("node", plant(files)).problems)


def test_a_standalone_output_needs_no_note(plant: Plant) -> None:
    files = package("next") | {"next.config.mjs": "export default {\n  output: 'standalone',\n}\n"}

    assert "standalone" not in "\n".join(look("node", plant(files)).problems)


@pytest.mark.parametrize(
    ("scripts", "lock", "build"),
    [
        ({"start": "node app.js"}, "package-lock.json", "npx --no prisma generate"),
        ({"build": "tsc"}, "package-lock.json", "npx --no prisma generate && npm run build"),
        ({"build": "tsc"}, "pnpm-lock.yaml", "npx --no prisma generate && pnpm run build"),
        ({"build": "prisma generate && tsc"}, "package-lock.json", "npm run build"),
        ({"build": "tsc", "postinstall": "prisma generate"}, "package-lock.json", "npm run build"),
        ({"postinstall": "prisma generate"}, "package-lock.json", "npx --no prisma generate"),
    ],
)
def test_the_client_of_prisma_is_made_once_in_the_image(
    plant: Plant, scripts: dict[str, str], lock: str, build: str
) -> None:
    manifest = {"scripts": scripts, "dependencies": {"@prisma/client": "6"}, "devDependencies": {"prisma": "6"}}
    files = {"package.json": json.dumps(manifest, indent=1), lock: "{}", "prisma/schema.prisma": "model A {}\n"}
    found = look("node", plant(files))

    assert values(found)["build"] == build
    # The engine's library, and the schema before the packages are installed.
    assert (values(found)["packages"], values(found)["installFiles"]) == (["openssl"], ["prisma"])
    assert "DATABASE_URL" in "\n".join(found.problems)


def test_without_prisma_nothing_is_added(plant: Plant) -> None:
    found = values(look("node", plant(package("koa"))))
    assert {"build", "packages", "installFiles"}.isdisjoint(found)


def test_a_script_of_tests_is_not_said_to_be_missing_where_only_its_runner_is_unknown(plant: Plant) -> None:
    unsaid = look("node", plant({"package.json": '{"scripts": {"test": "node --test"}}'}))
    assert not [line for line in unsaid.problems if line.startswith("runtime.test: ")]

    said = look("node", plant({"package.json": "{}"}))
    assert [line for line in said.problems if line.startswith("runtime.test: ")]
