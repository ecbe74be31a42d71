"""What the build of the image needs beside the code is let in, or said: never left to fail without a word."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.detect.looking import look, values

Plant = Callable[[Mapping[str, str]], Path]
APPS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("builds.yaml").read_text(encoding="utf-8")
)
MORE: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("addresses.yaml").read_text(encoding="utf-8")
)
STARTS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("starts.yaml").read_text(encoding="utf-8")
)
# A part of each line that is about the build of the image.
OF_BUILDS = (
    "sees only", "buildSecrets", "which no file", "starts the app, and", "compiled in", "for a module", "asks a",
    "git mv", "ext-", "127.0.0.1", "not there yet", "localhost", "the probes ask", "buildArgs",
    "outside", "the image, of which", "manifest attribute", "collectstatic", "without any", "old Dockerfile",
    "AllowedHosts",
    "speaks TLS", "writes to", "`prestart`", "no plain command", "the image is of Linux", "by plain HTTP",
    "config.hosts", "second process", "neither Rails",
)  # fmt: skip


def _named(app: Mapping[str, Any]) -> str:
    return f"{app['runtime']}-{'-'.join(app['files'])}"


@pytest.mark.parametrize("app", APPS["in"] + STARTS["in"], ids=_named)
def test_it_lets_in(plant: Plant, app: Mapping[str, Any]) -> None:
    found = values(look(app["runtime"], plant(app["files"])))

    assert {field: found.get(field) for field in app["value"]} == app["value"]


@pytest.mark.parametrize("app", MORE["offered"], ids=_named)
def test_the_command_of_an_old_dockerfile_is_offered_and_not_taken(plant: Plant, app: Mapping[str, Any]) -> None:
    found = look(app["runtime"], plant(app["files"]))

    offers = [(offer.value, offer.evidence) for offer in found.offers if offer.field == "runtime.start"]
    assert offers == ([(app["start"], app["place"])] if app["start"] else [])
    assert "start" not in values(found)


@pytest.mark.parametrize("app", APPS["said"] + MORE["said"] + STARTS["said"], ids=_named)
def test_it_is_said_with_a_cure(plant: Plant, app: Mapping[str, Any]) -> None:
    problems = look(app["runtime"], plant(app["files"])).problems

    assert any(line.startswith(app["place"]) and app["says"] in line for line in problems), problems


@pytest.mark.parametrize("app", APPS["quiet"] + MORE["quiet"] + STARTS["quiet"], ids=_named)
def test_nothing_is_said_where_nothing_is_needed(plant: Plant, app: Mapping[str, Any]) -> None:
    problems = look(app["runtime"], plant(app["files"])).problems

    assert [line for line in problems if any(part in line for part in OF_BUILDS)] == []


def test_a_wrapper_that_nobody_may_run_is_told(plant: Plant) -> None:
    root = plant({"pom.xml": "<project/>", "mvnw": "#!/bin/sh\n"})

    assert "mvnw: mvnw has no execute bit" in " ".join(look("java", root).problems)
    (root / "mvnw").chmod(0o755)
    assert "execute bit" not in " ".join(look("java", root).problems)


@pytest.mark.parametrize("app", APPS["secrets"], ids=_named)
def test_what_may_be_a_secret_is_named_with_its_place(plant: Plant, app: Mapping[str, Any]) -> None:
    found = look(app["runtime"], plant(app["files"]))

    assert any(app["says"] in line and "under `secrets`" in line for line in found.problems), found.problems
    assert not any(fact.field.startswith("secrets") for fact in found.facts)


def test_what_is_no_secret_is_not_named(plant: Plant) -> None:
    code = "app.listen(process.env.PORT || 3000)\nlog(process.env.LOG_LEVEL)\n"

    assert not [
        line for line in look("node", plant({"package.json": "{}", "app.js": code})).problems if "secret" in line
    ]


def test_evidence_says_what_the_file_says(plant: Plant) -> None:
    root = plant({"package.json": "{}", ".nvmrc": "lts/*\n"})
    evidence = [fact.evidence for fact in look("node", root).facts if fact.field == "runtime.version"]
    assert evidence == [".nvmrc:1: lts/*, the newest is taken"]

    plant({"package.json": '{"engines": {"node": "22"}}', ".nvmrc": "24\n"})
    said = "runtime.version: package.json engines.node, line 1 says 22, .nvmrc:1 says 24; they disagree"
    assert said in look("node", root).problems


def test_a_procfile_with_a_worker_alone_is_a_procfile(plant: Plant) -> None:
    root = plant({"pyproject.toml": "", "Procfile": "worker: python work.py\n"})

    told = " ".join(look("python", root).problems)
    assert "no Procfile has a line `web:`" in told and "there is no Procfile" not in told


def test_a_grpc_server_with_the_health_service_is_asked_by_it(plant: Plant) -> None:
    code = "package main\nfunc main() {\n s := grpc.NewServer()\n healthpb.RegisterHealthServer(s, h)\n}\n"
    found = look("go", plant({"go.mod": "module x\n", "main.go": code}))

    assert values(found)["protocol"] == "grpc"
    assert not [line for line in found.problems if "gRPC" in line]
    plant({"main.go": f"{code}func web() {{ http.ListenAndServe(addr, mux) }}\n"})
    assert "protocol" not in values(look("go", plant({})))


@pytest.mark.parametrize(
    "app", [app for app in MORE["said"] if "unless" in app["says"] or "BIND_ADDR" in app["says"]], ids=_named
)
def test_an_address_that_the_environment_decides_is_not_told_to_be_the_only_one(
    plant: Plant, app: Mapping[str, Any]
) -> None:
    assert not [line for line in look(app["runtime"], plant(app["files"])).problems if "127.0.0.1 alone" in line]
