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
