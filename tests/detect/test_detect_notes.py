"""What `init` says besides: what would build, or run on one's own machine, and fail in the cluster."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitopsgen.detect import detect
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue

Plant = Callable[[Mapping[str, str]], Path]
MANIFESTS = [pack.manifest for pack in Catalogue((BUILT_IN,)).all("runtime")]
BOOT = """<project>
  <parent>
    <groupId>org.springframework.boot</groupId>
    <artifactId>spring-boot-starter-parent</artifactId>
    <version>VERSION</version>
  </parent>
</project>
"""
GRADLE = "plugins { id 'org.springframework.boot' version 'VERSION' }"


@pytest.mark.parametrize(
    ("files", "place", "said"),
    [
        ({"Cargo.toml": "", "src/main.rs": 'bind("127.0.0.1:3000")'}, "src/main.rs:1", "listens on 127.0.0.1"),
        ({"Cargo.toml": "", "src/main.rs": 'let addr = "127.0.0.1:3000"'}, "src/main.rs:1", "listens on 127.0.0.1"),
        ({"Cargo.toml": "", "src/main.rs": "SocketAddr::from(([127, 0, 0, 1], 80))"}, "src/main.rs:1", "on 127.0.0.1"),
        ({"Cargo.toml": '[dependencies]\nrocket = "0.5"'}, "Cargo.toml", "Rocket listens on 127.0.0.1"),
        ({"go.mod": "", "main.go": 'http.ListenAndServe("localhost:80", nil)'}, "main.go:1", "listens on 127.0.0.1"),
        ({"deno.json": "{}", "main.ts": 'Deno.serve({ hostname: "127.0.0.1" })'}, "main.ts:1", "listens on 127.0.0.1"),
        ({"package.json": "{}", "app.js": "app.listen(80, 'localhost')"}, "app.js:1", "listens on 127.0.0.1"),
        ({"requirements.txt": "", "app.py": "app.run('127.0.0.1')"}, "app.py:1", "listens on 127.0.0.1"),
        (
            {"package.json": '{"dependencies": {"fastify": "5"}}', "app.js": "app.listen({ port: 80 })"},
            "app.js:1",
            "Fastify listens on localhost",
        ),
        ({"Cargo.toml": "", "src/main.rs": "bind((Ipv4Addr::LOCALHOST, 3000))"}, "src/main.rs:1", "on 127.0.0.1"),
        ({"Cargo.toml": "", "src/main.rs": 'bind(format!("127.0.0.1:{port}"))'}, "src/main.rs:1", "on 127.0.0.1"),
        ({"go.mod": "", "main.go": 'app.Listen(fmt.Sprintf("localhost:%d", port))'}, "main.go:1", "on 127.0.0.1"),
        ({"package.json": "{}", "app.js": "f.listen({ port: 80, host: '127.0.0.1' })"}, "app.js:1", "on 127.0.0.1"),
        (
            {"pom.xml": "<project/>", "src/main/java/A.java": 'new InetSocketAddress("localhost", 8080);'},
            "src/main/java/A.java:1",
            "on 127.0.0.1",
        ),
        (
            {"build.sbt": "", "src/main/scala/A.scala": 'Http().newServerAt("localhost", 8080).bind(r)'},
            "src/main/scala/A.scala:1",
            "on 127.0.0.1",
        ),
        (
            {"deps.edn": "", "src/a.clj": '(run-jetty app {:host "localhost" :port 80})'},
            "src/a.clj:1",
            "on 127.0.0.1",
        ),
        ({"build.gradle": GRADLE.replace("VERSION", "2.7.18")}, "build.gradle:1", "Spring Boot below 3.3"),
        (
            {"pom.xml": BOOT.replace("VERSION", "3.2.12")},
            "pom.xml:4",
            "Spring Boot below 3.3",
        ),
    ],
)
def test_what_would_fail_in_the_cluster_is_said(plant: Plant, files: dict[str, str], place: str, said: str) -> None:
    problems = detect(str(plant(files)), MANIFESTS).problems

    assert any(line.startswith(place) and said in line for line in problems), problems


@pytest.mark.parametrize(
    "files",
    [
        {"Cargo.toml": "", "src/main.rs": 'bind("0.0.0.0:3000"); let db = "postgres://127.0.0.1:5432"'},
        {"package.json": "{}", "app.js": "app.listen(80); db = { host: 'localhost' }"},
        {"package.json": '{"dependencies": {"fastify": "5"}}', "app.js": "app.listen({ port: 80, host: '0.0.0.0' })"},
        {"pom.xml": BOOT.replace("VERSION", "3.3.0")},
        {"build.gradle": GRADLE.replace("VERSION", "4.0.1")},
    ],
)
def test_what_works_is_not_said(plant: Plant, files: dict[str, str]) -> None:
    problems = detect(str(plant(files)), MANIFESTS).problems

    assert not [line for line in problems if "listens on" in line or "Spring Boot" in line]
