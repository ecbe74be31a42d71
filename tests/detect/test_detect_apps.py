"""What is found in the repositories of common apps, and what is left open rather than guessed."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.core import assets
from gitopsgen.detect import Detection

Plant = Callable[[Mapping[str, str]], Path]
Look = Callable[..., Detection]


def values(found: Detection) -> dict[str, Any]:
    return {fact.field: fact.value for fact in found.facts}


def evidence(found: Detection) -> dict[str, str]:
    return {fact.field: fact.evidence for fact in found.facts}


def package(**entries: Any) -> str:
    return json.dumps({"name": "shop", "scripts": {"start": "node app.js", "test": "node --test"}} | entries, indent=2)


def test_the_example_app_leaves_nothing_open(root: Path, look: Look, node: Mapping[str, Any]) -> None:
    shutil.copytree(Path(assets.TEMPLATES, "example/express"), root, dirs_exist_ok=True)

    found = look()

    assert found.problems == []
    assert values(found) == {
        "runtime.name": "node",
        "name": "express-example",
        "runtime.version": max(node["data"]["versions"], key=int),
        "runtime.packageManager": "npm",
        "runtime.framework": "express",
        "runtime.test": "npm test",
        "runtime.start": ["node", "app.js"],
        "runtime.include": ["*.js", "package-lock.json", "package.json"],
        "port": 3000,
        "health": "/healthz",
    }
    lines = (root / "package.json").read_text().split("\n")
    for field, key in (("runtime.version", '"node":'), ("runtime.start", '"start":'), ("name", '"name":')):
        place = evidence(found)[field]
        assert key in lines[int(place.rpartition(" line ")[2].partition(":")[0]) - 1], place
    assert evidence(found)["port"].startswith("app.js:")
    assert "3000" in (root / "app.js").read_text().split("\n")[int(evidence(found)["port"].split(":")[1]) - 1]


def test_typescript_is_built_and_started_from_its_output(plant: Plant, look: Look, git: Callable[..., None]) -> None:
    plant(
        {
            "package.json": package(
                main="dist/server.js", scripts={"build": "tsc", "start": "NODE_ENV=production node dist/server.js"}
            ),
            "package-lock.json": "{}",
            ".gitignore": "dist/\nnode_modules/\n",
            "tsconfig.json": "{}",
            "dist/server.js": "listen(9999)",
            "node_modules/x/index.js": "",
            "src/server.ts": "const PORT: number = 4000;\napp.get('/livez', live);\napp.listen(PORT);",
            "src/server.test.ts": "app.listen(5555)",
            "test/all.ts": "",
            "prisma/schema.prisma": "",
            "routes/api/orders.ts": "",
            "infra/main.tf": "",
            "eslint.config.js": "",
        }
    )
    git("init")

    found = values(look())

    assert found["runtime.build"] == "npm run build"
    assert found["runtime.start"] == ["node", "dist/server.js"]
    assert found["port"] == 4000
    assert found["health"] == "/livez"
    assert found["runtime.include"] == [
        "package-lock.json",
        "package.json",
        "prisma",
        "routes",
        "src",
        "tsconfig*.json",
    ]


def test_the_start_script_for_production_goes_first(plant: Plant, look: Look) -> None:
    scripts = {"build": "nest build", "start": "nest start", "start:prod": "node dist/main"}
    plant({"package.json": package(scripts=scripts), "src/main.ts": "  await app.listen(process.env.PORT ?? 3000);"})

    found = look()

    assert values(found)["runtime.start"] == ["node", "dist/main"]
    assert evidence(found)["port"] == "src/main.ts:1"


def test_a_server_beside_the_app_is_read(plant: Plant, look: Look) -> None:
    plant(
        {
            "package.json": package(scripts={"start": "node ./bin/www"}),
            "app.js": "var app = express();",
            "bin/www": "var port = normalizePort(process.env.PORT || '3000');",
        }
    )

    found = look()

    assert evidence(found)["port"] == "bin/www:1"
    assert values(found)["runtime.include"] == ["*.js", "bin", "package.json"]


def test_a_main_that_is_yet_to_be_built_is_started(plant: Plant, look: Look) -> None:
    plant({"package.json": package(main="./dist/server.js", scripts={"build": "tsc"}), "package-lock.json": "{}"})

    assert values(look())["runtime.start"] == ["node", "dist/server.js"]


@pytest.mark.parametrize(
    ("files", "declared", "expected"),
    [
        (["pnpm-lock.yaml"], {}, "pnpm"),
        (["yarn.lock"], {"packageManager": "yarn@4.9.1+sha224.abc"}, "yarn"),
        (["npm-shrinkwrap.json", "package-lock.json"], {}, "npm"),
    ],
)
def test_the_lock_file_tells_the_package_manager(
    plant: Plant, look: Look, files: list[str], declared: dict[str, str], expected: str
) -> None:
    plant({"package.json": package(**declared), **dict.fromkeys(files, "{}")})

    found = values(look())

    assert found["runtime.packageManager"] == expected
    assert found["runtime.test"] == f"{expected} test"


@pytest.mark.parametrize(
    ("files", "declared", "named"),
    [
        (["package-lock.json", "yarn.lock"], {}, ["package-lock.json says npm", "yarn.lock:1 says yarn"]),
        (["package-lock.json"], {"packageManager": "pnpm@10.1.0"}, ["packageManager, line 7 says pnpm", "says npm"]),
        ([], {}, ["no lock file"]),
    ],
)
def test_package_managers_that_disagree_are_a_problem(
    plant: Plant, look: Look, files: list[str], declared: dict[str, str], named: list[str]
) -> None:
    plant({"package.json": package(**declared), **dict.fromkeys(files, "__metadata:\n")})

    found = look()

    assert not {"runtime.packageManager", "runtime.test"} & set(values(found))
    (problem,) = [line for line in found.problems if line.startswith("runtime.packageManager: ")]
    assert all(words in problem for words in named)


@pytest.mark.parametrize(
    "line",
    [
        "const port = 8080",
        "const PORT = process.env.PORT || 8080;",
        "app.listen(process.env.PORT ?? 8080)",
        "app.listen(8080, () => {})",
        "const { PORT = 8080 } = process.env;",
        "const port: number = parseInt(process.env.PORT || '8080', 10)",
        "const port = Number(process.env['PORT']) || 8080",
        "var port = normalizePort(process.env.PORT || '8080');",
        "const port = process.env.PORT ? Number(process.env.PORT) : 8080",
        "await fastify.listen({ host: '::', port: 8080 })",
    ],
)
def test_the_port_is_read_from_the_code(plant: Plant, look: Look, line: str) -> None:
    plant({"package.json": package(), "app.js": f"// app.listen(1111)\n{line}\nconst dbPort = 5432; redis.port = 6379"})

    found = look()

    assert values(found)["port"] == 8080
    assert evidence(found)["port"] == "app.js:2"


def test_two_ports_are_named_and_none_is_chosen(plant: Plant, look: Look) -> None:
    plant({"package.json": package(), "app.js": "const port = 3000\n", "server.js": "\n\napp.listen(8080)\n"})

    found = look()

    assert "port" not in values(found)
    assert "port: app.js:1 says 3000, server.js:3 says 8080; set it in the spec" in found.problems


def test_the_same_port_twice_is_one_port(plant: Plant, look: Look) -> None:
    plant({"package.json": package(), "app.js": "const port = 3000\napp.listen(3000)\n"})

    assert values(look())["port"] == 3000


def test_the_port_of_a_database_is_not_that_of_the_app(plant: Plant, look: Look) -> None:
    plant({"package.json": package(), "app.js": "const port = 5432\n"})
    assert "port" not in values(look())

    plant({"app.js": "const port = 5432\napp.listen(8080)\n"})
    assert values(look())["port"] == 8080


def test_a_port_for_root_is_a_problem(plant: Plant, look: Look) -> None:
    plant({"package.json": package(), "app.js": "app.listen(80)\n"})

    found = look()

    assert "port" not in values(found)
    assert any(line.startswith("port: app.js:1 says 80, which is not between 1024") for line in found.problems)


def test_two_health_paths_are_named(plant: Plant, look: Look) -> None:
    plant({"package.json": package(), "app.js": "app.get('/api/health', a)\napp.get('/health', b)\n"})

    found = look()

    assert "health" not in values(found)
    assert "health: app.js:1 says /api/health, app.js:2 says /health; set it in the spec" in found.problems


@pytest.mark.parametrize(
    ("paths", "taken"),
    [(["/livez", "/readyz"], "/readyz"), (["/health", "/livez", "/ping"], "/health"), (["/ping", "/livez"], "/livez")],
)
def test_of_several_health_paths_the_one_that_says_whether_it_can_serve_counts(
    plant: Plant, look: Look, paths: list[str], taken: str
) -> None:
    plant({"package.json": package(), "app.js": "".join(f"app.get('{path}', a)\n" for path in paths)})

    assert values(look())["health"] == taken


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("node app.js", ["node", "app.js"]),
        ("NODE_ENV=production node --enable-source-maps ./bin/www", ["node", "--enable-source-maps", "./bin/www"]),
        ("node 'my app.js'", ["node", "my app.js"]),
    ],
)
def test_a_plain_start_script_is_the_start_command(plant: Plant, look: Look, script: str, expected: list[str]) -> None:
    plant({"package.json": package(scripts={"start": script})})

    assert values(look())["runtime.start"] == expected


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("npm run build && node app.js", "needs a shell"),
        ("node app.js $PORT", "needs a shell"),
        ("nodemon app.js", "is not one plain command of node"),
        ("PORT=8080 node app.js", "is not one plain command of node"),
        ("node 'app.js", "has an open quote"),
    ],
)
def test_a_start_script_that_only_a_shell_can_run_is_reported(
    plant: Plant, look: Look, script: str, reason: str
) -> None:
    plant({"package.json": package(main="app.js", scripts={"start": script}), "app.js": ""})

    found = look()

    assert "runtime.start" not in values(found)
    assert f"runtime.start: package.json scripts.start, line 4 says {script}, which {reason}" in found.problems


@pytest.mark.parametrize(
    ("main", "files", "expected"),
    [
        ("lib/main", ["lib/main.js"], ["node", "lib/main.js"]),
        ("./lib", ["lib/index.js"], ["node", "lib/index.js"]),
        ("index.js", ["app.js"], ["node", "app.js"]),
        ("my app.js", ["my app.js"], ["node", "my app.js"]),
        ("../outside.js", ["server.js"], ["node", "server.js"]),
    ],
)
def test_without_a_start_script_main_is_started_if_it_exists(
    plant: Plant, look: Look, main: str, files: list[str], expected: list[str]
) -> None:
    plant({"package.json": package(main=main, scripts={}), **dict.fromkeys(files, ""), "../outside.js": ""})

    assert values(look())["runtime.start"] == expected


@pytest.mark.parametrize(
    ("files", "named"),
    [([], "has no start script"), (["app.js", "server.js"], "app.js says node app.js, server.js says node server.js")],
)
def test_no_start_command_is_guessed(plant: Plant, look: Look, files: list[str], named: str) -> None:
    plant({"package.json": package(scripts={}), **dict.fromkeys(files, "")})

    found = look()

    assert "runtime.start" not in values(found)
    assert any(line.startswith("runtime.start: ") and named in line for line in found.problems)


def test_the_placeholder_of_npm_init_is_no_test(plant: Plant, look: Look) -> None:
    stub = 'echo "Error: no test specified" && exit 1'
    plant({"package.json": package(scripts={"test": stub}), "package-lock.json": "{}"})

    assert "runtime.test" not in values(look())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shop", ("shop", "package.json name, line 2")),
        ("@acme/shop", ("shop", "package.json name, line 2")),
        ("My_App.v2", ("my-app-v2", "package.json name, line 2, made a DNS label from My_App.v2")),
        ("3d", ("app-3d", "package.json name, line 2, made a DNS label from 3d")),
        ("...", ("shop", "name of the folder")),
    ],
)
def test_the_name_becomes_a_dns_label(plant: Plant, look: Look, name: str, expected: tuple[str, str]) -> None:
    plant({"package.json": package(name=name)})

    (fact,) = [fact for fact in look().facts if fact.field == "name"]

    assert (fact.value, fact.evidence) == expected


def test_keys_are_found_on_their_own_line(plant: Plant, look: Look) -> None:
    text = """{
  "author": {"name": "Ann", "engines": {"node": "1"}},
  "keywords": ["name", "scripts", "{\\"start\\": 1}"],
  "scripts": {
    "prestart": "true",
\t"start"
      : "node app.js"},
  "name": "cart",
  "name": "till"
}"""
    plant({"package.json": text})

    found = evidence(look())

    assert found["runtime.start"] == "package.json scripts.start, line 6"
    assert found["name"] == "package.json name, line 9"
