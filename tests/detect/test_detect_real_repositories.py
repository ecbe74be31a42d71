"""What real repositories set as traps: outputs that move, roots of monorepos, settings that a build reads."""

import json
from typing import Any

import pytest

from tests.detect.conftest import Look, Plant
from tests.detect.looking import look, values


def package(scripts: dict[str, str], **dependencies: str) -> str:
    return json.dumps({"scripts": scripts, "dependencies": dependencies}, indent=1)


def test_typescript_beside_src_moves_what_is_started(plant: Plant, look_all: Look) -> None:
    scripts = {"build": "nest build", "start": "nest start", "start:prod": "node dist/main"}
    root = plant({"package.json": package(scripts, **{"@nestjs/core": "10"}), "src/main.ts": "", "prisma/seed.ts": ""})
    plant({"tsconfig.json": '{"compilerOptions": {"outDir": "./dist"}}'})

    found = look_all()
    assert "start" not in values(found)
    assert any(ask.field == "runtime.start" and "moves what tsc writes to dist/src" in ask.text for ask in found.asks)

    plant({"Dockerfile": 'FROM node:24\nCMD ["node", "dist/src/main.js"]\n'})
    assert values(look_all())["start"] == ["node", "dist/src/main.js"], "the repository's own image knows"

    (root / "Dockerfile").unlink()
    plant({"tsconfig.json": '{"compilerOptions": {"outDir": "./dist"}, "include": ["src"]}'})
    assert values(look_all())["start"] == ["node", "dist/main"]


@pytest.mark.parametrize(
    ("start", "command", "offered"),
    [
        ("tsup && node dist/index.js", ["node", "dist/index.js"], None),
        ("npm run build && node dist/index.js", ["node", "dist/index.js"], None),
        ("prisma migrate deploy && node dist/index.js", None, "node dist/index.js"),
    ],
)
def test_what_a_start_builds_first_the_image_has_built(
    plant: Plant, look_all: Look, start: str, command: Any, offered: str | None
) -> None:
    plant({"package.json": package({"build": "tsup", "start": start}, express="5"), "src/index.ts": ""})

    found = look_all()

    assert values(found).get("start") == command
    assert next((offer.value for offer in found.offers if offer.field == "runtime.start"), None) == offered


def test_the_dockerfile_of_a_monorepo_makes_no_app_of_its_root(plant: Plant, look_all: Look) -> None:
    plant({"package.json": package({"build": "turbo build", "start": "turbo start"}), "turbo.json": "{}"})
    plant({"pnpm-workspace.yaml": "packages: ['apps/*']\n", "Dockerfile": "FROM node:24\n"})
    plant({"apps/api/package.json": package({"start": "node index.js"}, express="5")})
    plant({"apps/worker/package.json": package({"start:worker": "tsup && node dist/index.js"})})
    plant({"apps/ws/package.json": package({"dev": "tsup && node dist/index.js"}, ws="8")})
    plant({"packages/ui/package.json": package({"dev": "tsup --watch", "build": "tsup"})})

    assert [service.folder for service in look_all().services] == ["apps/api", "apps/worker", "apps/ws"]


def test_prisma_without_its_schema_is_told(plant: Plant) -> None:
    files = {
        "package-lock.json": "",
        "package.json": package({"build": "tsup", "start": "node dist/index.js"}, **{"@prisma/client": "5"}),
    }

    assert any("no schema of Prisma" in problem for problem in look("node", plant(files)).problems)
    plant({"prisma/schema.prisma": ""})
    assert not any("no schema of Prisma" in problem for problem in look("node", plant(files)).problems)


def test_bun_builds_what_its_start_names(plant: Plant) -> None:
    found = look("bun", plant({"package.json": package({"build": "tsc", "start": "bun run dist/index.js"})}))

    assert values(found)["build"] == "bun run build"


def test_the_port_of_an_entry_in_jsx_is_read(plant: Plant) -> None:
    found = look(
        "bun",
        plant(
            {"package.json": package({}, elysia="1"), "src/index.tsx": "app.listen(process.env.PORT || 3000, () =>\n"}
        ),
    )

    assert (values(found)["port"], values(found)["start"]) == (3000, ["bun", "src/index.tsx"])


PHOENIX = {"mix.exs": 'defmodule Shop do\n  app: :shop,\n  mod: {Shop, []},\n  {:phoenix, "~> 1.7"},\n'}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('import_config "prod.secret.exs"', "config/prod.exs imports prod.secret.exs, which is not in the repository"),
        (
            'secret_key_base: System.fetch_env!("SECRET_KEY_BASE")',
            "the build of the image has no variable SECRET_KEY_BASE",
        ),
        ('url: System.get_env("DATABASE_URL")', "the release has for ever what DATABASE_URL say"),
        ("config :shop, ShopWeb.Endpoint, cache: true", "nothing lets the server of Phoenix listen"),
    ],
)
def test_what_phoenix_reads_while_it_is_built_is_told(plant: Plant, settings: str, told: str) -> None:
    found = look("elixir", plant({**PHOENIX, "config/prod.exs": f"{settings}\n"}))

    assert [problem for problem in found.problems if told in problem], found.problems


def test_phoenix_as_it_is_made_today_has_none_of_these(plant: Plant) -> None:
    runtime = (
        'if System.get_env("PHX_SERVER") do\n  config :shop, ShopWeb.Endpoint, server: true\nend\n'
        'secret = System.get_env("SECRET_KEY_BASE") ||\n  raise "it is missing"\n'
    )
    prod = "config :shop, ShopWeb.Endpoint, cache_static_manifest: 1\n"
    found = look("elixir", plant({**PHOENIX, "config/prod.exs": prod, "config/runtime.exs": runtime}))

    assert not any(
        word in problem for problem in found.problems for word in ("release has", "no variable", "PHX_SERVER")
    )


def test_the_settings_of_old_phoenix_are_read(plant: Plant) -> None:
    settings = '  http: [\n    port: String.to_integer(System.get_env("PORT") || "4123"),\n'

    assert values(look("elixir", plant({**PHOENIX, "config/prod.secret.exs": settings})))["port"] == 4123


def test_a_folder_below_the_settings_of_deno_is_no_app_of_its_own(plant: Plant, look_all: Look) -> None:
    main = 'const port = Deno.env.get("PORT") || "8037";\nnew Deno.Command(x, { args: [\n  "serve",\n'
    plant({"deno.json": '{"imports": {"hono": "jsr:@hono/hono@^4"}}', "src/main/main.ts": main})

    found = look_all()

    assert not found.services
    assert (values(found)["name"], values(found)["entry"], values(found)["port"]) == ("deno", "src/main/main.ts", 8037)
    assert any("`--allow-run`" in problem for problem in found.problems)


def test_a_port_that_only_root_may_open_is_named(plant: Plant) -> None:
    code = "  {ok, _} = cowboy:start_clear(web, [{port, 80}], #{}).\n"
    found = look("erlang", plant({"rebar.config": "{relx, []}.\n", "src/web.erl": code}))

    assert "no root user to listen below" in found.doubts["port"]


@pytest.mark.parametrize(
    ("more", "product"),
    [
        ({"Sources/Run/main.swift": "import App\n"}, "Run"),
        ({"Dockerfile": "FROM swift\nENTRYPOINT ./bin/release/Run serve\n"}, "Run"),
        ({"Dockerfile": 'FROM swift\nENTRYPOINT ["./Run"]\n', "Sources/Tool/main.swift": "import X\n"}, "Run"),
    ],
)
def test_the_executable_of_an_old_swift_package_is_found(plant: Plant, more: dict[str, str], product: str) -> None:
    package = '  .target(name: "App", dependencies: ["Vapor"]),\n  .target(name: "Run", dependencies: ["App"]),\n'

    assert values(look("swift", plant({"Package.swift": package, **more})))["product"] == product


@pytest.mark.parametrize(
    ("settings", "framework"),
    [('assemblyJarName in assembly := "a.jar"', "assembly"), ("enablePlugins(JavaAppPackaging)", "stage")],
)
def test_settings_of_a_plugin_of_sbt_name_it(plant: Plant, settings: str, framework: str) -> None:
    assert values(look("scala", plant({"build.sbt": f"{settings}\n"})))["framework"] == framework


def test_defaults_that_helpers_of_rust_are_given_are_read(plant: Plant) -> None:
    code = 'let host = var_map("HOST", |host| host.parse(), Some("127.0.0.1".parse().unwrap()));\n'
    code += 'let port = var_map("PORT", |port| port.parse(), Some(8123)).unwrap();\n'
    found = look("rust", plant({"Cargo.toml": '[package]\nname = "x"\n', "src/main.rs": code}))

    assert values(found)["port"] == 8123
    assert any("unless HOST says another address" in problem for problem in found.problems)


@pytest.mark.parametrize(
    ("port", "told"),
    [
        ("(or (env/env :port) 3123)", True),
        ('(Integer/parseInt (or (System/getenv "PORT") "3123"))', False),
    ],
)
def test_a_port_that_stays_a_text_in_clojure_is_told(plant: Plant, port: str, told: bool) -> None:
    code = f"(defn -main [] (run-jetty app {{:port {port}}}))\n"
    found = look("clojure", plant({"project.clj": "(defproject x)", "src/x/core.clj": code}))

    assert values(found)["port"] == 3123
    assert any("is a text" in problem for problem in found.problems) == told


def test_a_bot_of_go_listens_nowhere(plant: Plant, look_all: Look) -> None:
    module = "module bot\n\ngo 1.27\n\nrequire github.com/bwmarrin/discordgo v0.28.1\n"
    plant({"go.mod": module, "main.go": "package main\n", "Dockerfile": "FROM golang\nEXPOSE 9090\n"})

    found = look_all()

    assert "port" not in values(found)
    assert "of a bot nothing is seen to listen" in found.doubts["port"]
