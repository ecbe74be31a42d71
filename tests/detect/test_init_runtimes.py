"""`init` in a repository of each runtime: it finds what it is, writes everything, and all is as the spec says."""

import sys
from pathlib import Path

import pytest

from gitopsgen.cli.main import run_cli
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.trees import write_tree

CSPROJ = """\
<Project Sdk="Microsoft.NET.Sdk.Web">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
</Project>
"""
POM = """\
<project>
  <parent><artifactId>spring-boot-starter-parent</artifactId></parent>
  <artifactId>shop</artifactId>
  <properties><java.version>21</java.version></properties>
</project>
"""
# The files of the smallest app of each runtime, and what is to stand in the spec.
APPS: dict[str, tuple[dict[str, str], list[str]]] = {
    "node": (
        {
            "package.json": '{"scripts": {"start": "node app.js"}}',
            "package-lock.json": "{}",
            "app.js": "app.listen(3000)",
        },
        ["start: [node, app.js]", "port: 3000"],
    ),
    "python": (
        {"requirements.txt": "flask\n", "app.py": "app = Flask(__name__)\napp.run(port=5000)\n"},
        ["packageManager: pip", "port: 5000"],
    ),
    "go": (
        {"go.mod": "module shop\ngo 1.25\n", "main.go": 'package main\nfunc main() { r.Run(":9000") }\n'},
        ["port: 9000"],
    ),
    "rust": (
        {"Cargo.toml": '[package]\nname = "shop"\n', "Cargo.lock": "", "src/main.rs": '.bind(("0.0.0.0", 7000))'},
        ["bin: shop", "port: 7000"],
    ),
    "java": ({"pom.xml": POM, "src/main/java/App.java": ""}, ["framework: spring-boot", 'version: "21"', "port: 8080"]),
    "kotlin": (
        {
            "build.gradle.kts": 'plugins { kotlin("jvm") }\napplication { mainClass.set("AppKt") }\n',
            "src/main/kotlin/App.kt": "embeddedServer(Netty, port = 8081)\n",
        },
        ["packageManager: gradle", "port: 8081"],
    ),
    "scala": (
        {
            "build.sbt": 'name := "shop"\n',
            "project/plugins.sbt": 'addSbtPlugin("com.eed3si9n" % "sbt-assembly" % "2.3.1")\n',
            "src/main/scala/App.scala": "server.bindHttp(8082)\n",
        },
        ["framework: assembly", "port: 8082"],
    ),
    "clojure": (
        {"project.clj": "(defproject shop :main shop.core)\n", "src/shop/core.clj": "(run-jetty app {:port 3001})\n"},
        ["packageManager: lein", "port: 3001"],
    ),
    "dotnet": ({"shop.csproj": CSPROJ, "Program.cs": ""}, ['version: "10"', "port: 8080"]),
    "ruby": (
        {"Gemfile": "gem 'sinatra'\n", "Gemfile.lock": "", "config.ru": "run App\n", "app.rb": "set :port, 4567\n"},
        ["port: 4567"],
    ),
    "php": (
        {
            "composer.json": '{"require": {"php": "^8.4", "laravel/framework": "^12"}}',
            "composer.lock": "{}",
            "artisan": "",
        },
        ["framework: laravel"],
    ),
    "elixir": (
        {
            "mix.exs": 'app: :shop,\nelixir: "~> 1.15",\n{:phoenix, "~> 1.7"},\n',
            "mix.lock": "",
            "config/runtime.exs": 'port = String.to_integer(System.get_env("PORT") || "4000")\n',
        },
        ["framework: phoenix", "port: 4000"],
    ),
    "erlang": (
        {
            "rebar.config": '{relx, [{release, {shop, "1"}, [shop]}]}.\n',
            "rebar.lock": "",
            "src/shop_app.erl": "{port, 2938}\n",
        },
        ["port: 2938"],
    ),
    "swift": (
        {"Package.swift": '// swift-tools-version: 6.0\n.executableTarget(name: "App")\n', "Package.resolved": "{}"},
        ["name: swift"],
    ),
    "bun": (
        {
            "package.json": '{"scripts": {"start": "bun index.ts"}, "dependencies": {"elysia": "1"}}',
            "bun.lock": "{}",
            "index.ts": "app.listen(3005)",
        },
        ["port: 3005"],
    ),
    "deno": (
        {
            "deno.json": '{"tasks": {"start": "deno run -A main.ts"}}',
            "deno.lock": "{}",
            "main.ts": "Deno.serve({ port: 8001 }, h)",
        },
        ["port: 8001"],
    ),
    "static": (
        {
            "package.json": '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}',
            "package-lock.json": "{}",
            "index.html": "",
        },
        ["name: static"],
    ),
    "dart": (
        {
            "pubspec.yaml": "name: shop\nenvironment: {sdk: ^3.5.0}\n",
            "pubspec.lock": "",
            "bin/server.dart": "final port = int.parse(Platform.environment['PORT'] ?? '8083');\n",
        },
        ["port: 8083"],
    ),
}
RUNTIMES = Catalogue((BUILT_IN,)).names("runtime")
FLAGS = (
    "--yes",
    "--quiet",
    "--mode",
    "pull",
    "--image",
    "docker.io/acme/shop",
    "--set",
    "repository=https://github.com/acme/shop",
)


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run a command line in this process: starting Python for each would be most of the time."""
    monkeypatch.setattr(sys, "argv", ["gitopsgen", *words])
    return run_cli()


@pytest.mark.parametrize("runtime", sorted(set(APPS) & set(RUNTIMES)))
def test_init_writes_what_check_agrees_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], runtime: str
) -> None:
    files, expected = APPS[runtime]
    monkeypatch.chdir(write_tree(tmp_path, files))
    flags = () if any("port" in line for line in expected) else ("--port", "8080")

    assert command(monkeypatch, "init", *FLAGS, *flags) == 0, capfd.readouterr().err
    spec = (tmp_path / "gitopsgen.yaml").read_text()
    assert f"name: {runtime}" in spec or f"runtime: {runtime}" in spec
    assert [line for line in expected if line not in spec] == [], spec

    assert command(monkeypatch, "generate") == 0, capfd.readouterr().err
    assert command(monkeypatch, "check", "--full") == 0, capfd.readouterr().err
    assert (tmp_path / "Dockerfile").read_text().startswith("# syntax=docker/dockerfile:1")


def test_the_folder_of_a_wrapper_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    files = {"pom.xml": POM, "mvnw": "", ".mvn/wrapper/maven-wrapper.properties": ""}
    monkeypatch.chdir(write_tree(tmp_path, files))

    assert command(monkeypatch, "init", *FLAGS) == 0
    assert "does not exist" not in capfd.readouterr().err


def test_every_runtime_has_its_story() -> None:
    brought = {"dockerfile"}  # what such an app is stands in the Dockerfile that it brings

    assert set(RUNTIMES) - brought <= set(APPS)
