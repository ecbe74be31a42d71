"""What files for the delivery that are there already say: the image of a Dockerfile, its command, a namespace."""

import pytest

from tests.detect.conftest import Look, Plant
from tests.detect.looking import look, values

GO = {
    "go.mod": "module github.com/acme/share\n\ngo 1.27\n",
    "main.go": 'package main\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n',
}
EXPRESS = '{"scripts": {"start": "node src/index.js"}, "dependencies": {"express": "^4.18.2"}}'


@pytest.mark.parametrize(
    ("last_lines", "start"),
    [
        ('CMD ["./share","web"]', ["/app/server", "web"]),
        ('ENTRYPOINT ["/usr/bin/share", "serve", "--port=8080"]', ["/app/server", "serve", "--port=8080"]),
        ('ENTRYPOINT ["./share"]\nCMD ["serve"]', ["/app/server", "serve"]),
        ('CMD ["./share"]', None),
        ('CMD ["go", "run", "main.go"]', None),
        ('CMD ["sh", "-c", "./share web"]', None),
    ],
)
def test_arguments_of_the_old_command_are_kept(plant: Plant, look_all: Look, last_lines: str, start: object) -> None:
    plant({**GO, "Dockerfile": f"FROM golang:1.27\nRUN go build -o share\n{last_lines}\n"})

    assert values(look_all()).get("start") == start


@pytest.mark.parametrize(
    "last_lines",
    [
        'CMD ["./share", "-config", "/etc/share.yaml"]',
        "CMD ./share web",
        'ENTRYPOINT ["./share", "serve"]\nCMD ["--verbose"]',
    ],
)
def test_arguments_that_may_be_others_here_are_told(plant: Plant, look_all: Look, last_lines: str) -> None:
    plant({**GO, "Dockerfile": f"FROM golang:1.27\n{last_lines}\n"})

    found = look_all()

    assert "start" not in values(found)
    assert any("name what it needs in `runtime.start`" in problem for problem in found.problems)


@pytest.mark.parametrize(
    ("runtime", "project", "command", "told"),
    [
        ("java", "pom.xml", 'CMD ["java", "-Dspring.profiles.active=prod", "-jar", "a.jar"]', "-Dspring"),
        ("java", "pom.xml", 'ENTRYPOINT ["java", "-jar", "/a.jar", "server"]', "`server`"),
        ("java", "pom.xml", 'ENTRYPOINT ["java", "-Xmx512m", "-jar", "/a.jar"]', ""),
        ("dotnet", "A.csproj", 'ENTRYPOINT ["dotnet", "A.dll", "--worker"]', "--worker"),
    ],
)
def test_what_java_and_dotnet_are_given_is_told(
    plant: Plant, runtime: str, project: str, command: str, told: str
) -> None:
    found = look(runtime, plant({project: "<Project/>", "Dockerfile": command}))

    about = [problem for problem in found.problems if "old Dockerfile starts" in problem]
    assert len(about) == bool(told)
    assert not told or told in about[0]


@pytest.mark.parametrize(
    ("image", "runtime"),
    [("dart:stable AS build", "dart"), ("node:22-alpine", "node")],
)
def test_the_image_of_the_repository_itself_tells_its_language(
    plant: Plant, look_all: Look, image: str, runtime: str
) -> None:
    pubspec = "name: shop\nenvironment:\n  sdk: ^3.0.0\ndependencies:\n  shelf: ^1.4.1\n"
    plant({"package.json": EXPRESS, "pubspec.yaml": pubspec, "bin/server.dart": "void main() {}\n"})
    plant({"Dockerfile": f"FROM {image}\nRUN make\n\nFROM scratch\n"})

    assert values(look_all())["name"] == runtime


def test_a_stage_that_builds_pages_says_nothing_of_the_app(plant: Plant, look_all: Look) -> None:
    plant({"package.json": EXPRESS, "composer.json": "{}", "artisan": ""})
    plant({"Dockerfile": "FROM node:22 AS pages\nRUN npm run build\nFROM php:8.5-fpm\n"})

    assert values(look_all())["name"] == "php"


@pytest.mark.parametrize("namespace", ["ingress-nginx", "default", "kube-system", "monitoring", "istio-system"])
def test_a_namespace_of_others_is_not_taken_for_the_apps(plant: Plant, look_all: Look, namespace: str) -> None:
    plant({**GO, "deploy.yaml": DEPLOYMENT.format(namespace)})

    found = look_all()

    assert not any(field.startswith("environments") for field in values(found))
    told = [problem for problem in found.problems if "namespace of its own unless the spec names another" in problem]
    assert "deploy.yaml:3" in told[0]


def test_a_namespace_with_a_name_of_its_own_is_the_apps(plant: Plant, look_all: Look) -> None:
    plant({**GO, "deploy.yaml": DEPLOYMENT.format("orion")})

    assert values(look_all())["environments.production.namespace"] == "orion"


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: orion, namespace: {}}}
spec:
  template:
    spec:
      containers: [{{name: orion, image: ghcr.io/acme/orion}}]
"""


@pytest.mark.parametrize(
    ("runtime", "files", "image", "version"),
    [
        ("php", {"composer.json": '{"require": {"php": "^8.2"}}'}, "acme/image:php-8.4.11-npx", "8.4"),
        ("php", {"composer.json": '{"require": {"php": "^8.2"}}'}, "dunglas/frankenphp:1-php8.3", "8.3"),
        ("php", {"composer.json": '{"require": {"php": "^8.2"}}'}, "php:8.2-fpm", None),
        ("ruby", {"Gemfile": "gem 'sinatra'\n"}, "acme/ruby:3.4.2", "3.4"),
        ("python", {"requirements.txt": "flask\n"}, "ghcr.io/astral-sh/uv:python3.12-alpine", "3.12"),
        ("node", {"package.json": "{}"}, "public.ecr.aws/docker/library/node:22-slim", "22"),
        ("java", {"build.gradle": ""}, "gradle:7-jdk21", "21"),
        ("java", {"build.gradle": ""}, "gradle:8.5", None),
    ],
)
def test_the_image_of_the_old_dockerfile_says_the_version(
    plant: Plant, runtime: str, files: dict[str, str], image: str, version: str | None
) -> None:
    found = look(runtime, plant({**files, "Dockerfile": f"FROM {image}\n"}))

    assert values(found).get("version") == version


@pytest.mark.parametrize(
    ("runtime", "files"),
    [
        ("ruby", {"Gemfile": "gem 'rails', '4.2.0'\n", "config/application.rb": ""}),
        ("ruby", {"Gemfile": "gem 'rails'\n", "Gemfile.lock": "    rails (6.1.7)\n", "config/application.rb": ""}),
        ("php", {"composer.json": '{"require": {"php": "^8.0", "laravel/framework": "^9.0"}}'}),
    ],
)
def test_a_framework_that_is_too_old_for_what_is_offered_is_asked_about(
    plant: Plant, runtime: str, files: dict[str, str]
) -> None:
    found = look(runtime, plant(files))

    assert "version" not in values(found)
    assert any(ask.field == "runtime.version" and "runs on" in ask.text for ask in found.asks)


def test_rails_before_what_the_image_is_made_for_is_told(plant: Plant) -> None:
    root = plant({"Gemfile": "gem 'rails', '~> 7.0.8'\n", "config/application.rb": ""})

    assert any("made for Rails 7.1 and later" in problem for problem in look("ruby", root).problems)


@pytest.mark.parametrize(
    ("script", "image", "told"),
    [
        ('kotlin("jvm") version "1.6.10"', "", "gradle wrapper --gradle-version 7.6.4"),
        ('id("org.springframework.boot") version "2.6.7"', "", "Spring Boot 2.6.7"),
        ("", "FROM gradle:7-jdk17\n", "the Dockerfile (Gradle 7)"),
        ('id("org.springframework.boot") version "3.3.1"', "", "gradle wrapper --gradle-version 8.14.3"),
        ('id("org.springframework.boot") version "4.0.0"', "", ""),
    ],
)
def test_plugins_that_the_newest_gradle_does_not_bear_are_told(
    plant: Plant, script: str, image: str, told: str
) -> None:
    runtime = "kotlin" if "kotlin" in script else "java"
    root = plant({"build.gradle.kts": f"{script}\n", "Dockerfile": image})

    about = [problem for problem in look(runtime, root).problems if "no wrapper of Gradle" in problem]
    assert len(about) == bool(told)
    assert not told or told in about[0]
    plant({"gradlew": ""})
    assert not any("no wrapper of Gradle" in problem for problem in look(runtime, root).problems)


def test_modules_without_their_sums_are_told(plant: Plant) -> None:
    root = plant({**GO, "go.mod": "module x\n\ngo 1.27\n\nrequire github.com/google/uuid v1.6.0\n"})

    assert any("run `go mod tidy`" in problem and "google/uuid" in problem for problem in look("go", root).problems)
    plant({"go.sum": ""})
    assert not any("go.sum" in problem for problem in look("go", root).problems)


def test_a_port_is_not_believed_where_nothing_listens(plant: Plant, look_all: Look) -> None:
    bot = '{"main": "index.js", "dependencies": {"discord.js": "^14.0.0"}}'
    plant(
        {
            "package.json": bot,
            "index.js": "client.login(process.env.BOT)\n",
            "Dockerfile": "FROM node:24\nEXPOSE 9090\n",
        }
    )

    found = look_all()
    assert "port" not in values(found)
    assert "says a port, and neither the code nor the dependencies have a server" in found.doubts["port"]

    plant({"index.js": "require('./web').listen(config)\n"})
    assert values(look_all())["port"] == 9090


def test_a_page_that_webpack_writes_is_a_site(plant: Plant, look_all: Look) -> None:
    page = '{"scripts": {"build": "webpack"}, "devDependencies": {"html-webpack-plugin": "5"}}'
    plant({"package.json": page, "webpack.config.js": "  output: { path: path.resolve(__dirname, 'public_html') },\n"})

    assert (values(look_all())["name"], values(look_all())["output"]) == ("static", "public_html")


def test_projects_two_levels_down_are_found(plant: Plant) -> None:
    web = '<Project Sdk="Microsoft.NET.Sdk.Web"/>'
    program = 'var port = Environment.GetEnvironmentVariable("PORT") ?? "10000";\no.ListenAnyIP(int.Parse(port));\n'
    found = look("dotnet", plant({"Shop/Shop/Shop.csproj": web, "Shop/Shop/Program.cs": program}))

    assert (values(found)["project"], values(found)["port"]) == ("Shop/Shop/Shop.csproj", 10000)


@pytest.mark.parametrize(
    ("files", "image", "runtime"),
    [
        ({"pom.xml": "<project/>"}, "maven:3-eclipse-temurin-21", "java"),
        ({"build.gradle.kts": 'kotlin("jvm") version "2.3.0"\n'}, "gradle:9-jdk21", "kotlin"),
        ({"rebar.config": ""}, "erlang:28", "erlang"),
        ({"bun.lock": "", "index.ts": ""}, "oven/bun:1", "bun"),
        ({"deno.json": "{}", "main.ts": ""}, "denoland/deno:2", "deno"),
    ],
)
def test_the_image_decides_beside_a_server_of_node(
    plant: Plant, look_all: Look, files: dict[str, str], image: str, runtime: str
) -> None:
    plant({"package.json": EXPRESS, **files, "Dockerfile": f"FROM {image}\n"})

    assert values(look_all())["name"] == runtime


def test_the_image_of_dotnet_must_agree_with_the_project(plant: Plant) -> None:
    project = '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup>{}</PropertyGroup></Project>'
    image = {"Dockerfile": "FROM mcr.microsoft.com/dotnet/aspnet:9.0\n"}
    assert values(look("dotnet", plant({**image, "A.csproj": project.format("")})))["version"] == "9"

    other = project.format("<TargetFramework>net10.0</TargetFramework>")
    assert "they disagree" in look("dotnet", plant({"A.csproj": other})).doubts["runtime.version"]


@pytest.mark.parametrize(("library", "port"), [("aiogram==3.0", None), ("aiogram==3.0\nfastapi", 9090)])
def test_a_bot_of_python_listens_nowhere(plant: Plant, look_all: Look, library: str, port: int | None) -> None:
    plant({"requirements.txt": f"{library}\n", "main.py": "bot.polling()\n"})
    plant({"Dockerfile": "FROM python:3.14\nEXPOSE 9090\n"})

    assert values(look_all()).get("port") == port


def test_what_has_no_lock_file_is_built_by_npm(plant: Plant) -> None:
    scripts = '{"scripts": {"build": "tsc", "start": "node dist/index.js"}, "dependencies": {"express": "5"}}'

    assert values(look("node", plant({"package.json": scripts})))["build"] == "npm run build"


@pytest.mark.parametrize(("image", "told"), [("eclipse-temurin:21-jre", True), ("eclipse-temurin:17-jre", False)])
def test_another_java_than_the_build_names_is_told(plant: Plant, image: str, told: bool) -> None:
    pom = "<project><properties><java.version>17</java.version></properties></project>"
    root = plant({"pom.xml": pom, "Dockerfile": f"FROM maven:3.9-eclipse-temurin-21 AS build\n\nFROM {image}\n"})

    found = look("java", root)

    assert values(found)["version"] == "17"
    assert any("runs the app on Java 21" in problem for problem in found.problems) == told
