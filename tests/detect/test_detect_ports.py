"""A port is told only when it is that of the app; beside a server whose address no code tells, it is asked about."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.detect import detect
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.detect.looking import look, table_of_apps, values

Plant = Callable[[Mapping[str, str]], Path]
PACKS = Catalogue((BUILT_IN,))
RUNTIMES, APPS = table_of_apps("ports.yaml")


@pytest.mark.parametrize(("runtime", "app"), APPS)
def test_the_port_is_that_of_the_app_or_open(plant: Plant, runtime: str, app: Mapping[str, Any]) -> None:
    usual = RUNTIMES[runtime]
    root = plant({**usual["with"], app.get("file", usual["file"]): app["code"], **app.get("more", {})})

    assert values(look(runtime, root)).get("port") == app["port"]


def test_both_places_are_named_where_one_is_not_understood(plant: Plant) -> None:
    found = look("node", plant({"package.json": "{}", "app.js": "other.listen(9101)\napp.listen(config.port)\n"}))

    assert found.doubts["port"] == "app.js:2 says config.port, which cannot be told, app.js:1 says 9101"
    assert any(line.startswith("port: app.js:2") for line in found.problems)


def test_the_place_that_is_not_understood_is_named_without_another(plant: Plant) -> None:
    found = look("node", plant({"package.json": "{}", "src/main.ts": "await app.listen(config.get('APP_PORT'))\n"}))

    assert found.doubts["port"] == "src/main.ts:1 says config.get, which cannot be told"
    assert "port" not in values(found)


@pytest.mark.parametrize(
    "code",
    [
        'http.ListenAndServe("localhost:6060", nil)\nsrv := &http.Server{Addr: cfg.Addr}\n',
        'http.ListenAndServe(":9090", promhttp.Handler())\nhttp.ListenAndServe(addr, mux)\n',
        'http.ListenAndServe(":9090", other)\nhttp.ListenAndServe(addr, mux)\n',
    ],
)
def test_the_port_of_another_server_of_a_go_app_is_not_its_own(plant: Plant, code: str) -> None:
    assert "port" not in values(look("go", plant({"go.mod": "module x\n", "main.go": f"package main\n{code}"})))


@pytest.mark.parametrize(
    ("runtime", "files", "place", "port"),
    [
        (
            "go",
            {"go.mod": "module x\n", "main.go": 'package main\nhttp.ListenAndServe("localhost:3000", h)\n'},
            "main.go:2",
            "3000",
        ),
        (
            "python",
            {"requirements.txt": "aiohttp\n", "shop/__main__.py": "web.run_app(app, port=8123)\n"},
            "shop/__main__.py:1",
            "8123",
        ),
    ],
)
def test_what_may_be_the_port_is_told_with_its_place(
    plant: Plant, runtime: str, files: Mapping[str, str], place: str, port: str
) -> None:
    found = look(runtime, plant(files))

    assert "port" not in values(found)
    assert found.doubts["port"].startswith(f"{place} may say {port}: ")


def test_a_variable_that_holds_the_port_of_a_go_app_is_its_port(plant: Plant) -> None:
    code = 'package main\nport := "8081"\nhttp.ListenAndServe(":9090", other)\nhttp.ListenAndServe(":" + port, mux)\n'

    assert values(look("go", plant({"go.mod": "module x\n", "main.go": code})))["port"] == 8081


@pytest.mark.parametrize(
    ("runtime", "files"),
    [
        ("rust", {"Cargo.toml": "", "src/main.rs": 'metrics.bind("0.0.0.0:9102");\nserver.bind(cfg.addr);\n'}),
        (
            "node",
            {"package.json": "{}", "app.js": "const PORT = 8000 + Number(process.env.OFFSET)\napp.listen(PORT)\n"},
        ),
        ("python", {"requirements.txt": "flask\n", "app.py": 'app.run(port=int(os.environ["WEB_PORT"]))\n'}),
    ],
)
def test_a_port_that_only_the_environment_knows_is_left_open(plant: Plant, runtime: str, files: dict[str, str]) -> None:
    assert "port" not in values(look(runtime, plant(files)))


@pytest.mark.parametrize(
    ("code", "files", "port"),
    [
        ("app.listen(process.env.PORT)\n", {"compose.yaml": "services: {app: {build: ., ports: ['80:5000']}}\n"}, 5000),
        ("app.listen(3000)\n", {"compose.yaml": "services: {app: {build: ., ports: ['80:5000']}}\n"}, None),
        ("app.listen(4000)\n", {"Dockerfile": "FROM node:24\nEXPOSE 8080\n"}, None),
        ("app.listen(4000)\n", {"Dockerfile": "FROM node:24\nEXPOSE 4000 9464\n"}, 4000),
        ("app.listen(cfg.port)\n", {"Dockerfile": "FROM node:24\nEXPOSE 9464\n"}, None),
    ],
)
def test_what_other_files_say_of_the_port_must_agree(
    plant: Plant, code: str, files: dict[str, str], port: int | None
) -> None:
    packs = [pack.manifest for pack in (PACKS.pack("runtime", "node"), *PACKS.all("workload")) if pack]
    found = detect(str(plant({"package.json": "{}", "app.js": code, **files})), packs)

    assert values(found).get("port") == port
