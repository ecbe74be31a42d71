"""Stories about compiled runtimes, through the compiler."""

import subprocess
from pathlib import Path

import pytest
import yaml

from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from tests.runtimes.golden import COMPILER, HEADER, compiled
from tests.trees import write_tree


def compile_spec(runtime: str, root: str = "/nonexistent") -> Compiled:
    found = COMPILER.compile(HEADER + f"runtime: {runtime}\n".encode(), Root(root))
    assert isinstance(found, Compiled), found
    return found


def text(found: Compiled, path: str) -> str:
    return next(file.text for file in found.files if file.path == path)


@pytest.mark.parametrize(("case", "user"), [("dotnet-web", 1654), ("go-modules", 10001)])
def test_the_pod_runs_as_the_user_of_the_image(case: str, user: int) -> None:
    found = compiled(case)

    pod = yaml.safe_load(text(found, "k8s/base/deployment.yaml"))["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsUser"] == pod["containers"][0]["securityContext"]["runAsUser"] == user
    assert f"USER {user}:{user}\n" in text(found, "Dockerfile")


def test_a_runtime_past_its_end_is_warned_of() -> None:
    codes = {version: warnings(f'{{name: dotnet, project: A.csproj, version: "{version}"}}') for version in ("9", "10")}

    assert "rule.end-of-life" in codes["9"]
    assert "rule.end-of-life" not in codes["10"]


@pytest.mark.parametrize(("version", "ended"), [("1.98", True), ("1.98.0", True), ("1.99", False)])
def test_where_only_the_newest_gets_fixes_the_one_before_is_warned_of(version: str, ended: bool) -> None:
    assert ("rule.end-of-life" in warnings(f'{{name: rust, version: "{version}"}}')) is ended


@pytest.mark.parametrize("name", COMPILER.catalogue.names("runtime"))
def test_every_version_has_an_end_or_its_makers_name_none(name: str) -> None:
    pack = COMPILER.catalogue.pack("runtime", name)
    assert pack
    data = pack.get("data", {})
    without = set(data.get("versions", {})) - set(data.get("eol", {}))

    assert without == WITHOUT_AN_END.get(name, set())


# Of these only the newest release gets fixes, or nobody says how long; the packs say which.
WITHOUT_AN_END = {"bun": {"1"}, "dart": {"3.13"}, "deno": {"2"}, "rust": {"1.99"}, "swift": {"6.4", "6.3"}}


def warnings(runtime: str, root: str = "/nonexistent") -> list[str]:
    return [warning.code for warning in compile_spec(runtime, root).warnings]


def test_a_missing_lock_file_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").touch()
    assert any("missing-package-file" in code for code in warnings("rust", str(tmp_path)))

    (tmp_path / "Cargo.lock").touch()
    assert not any("missing-package-file" in code for code in warnings("rust", str(tmp_path)))


@pytest.mark.parametrize(("runtime", "image"), [("swift, product: App", "swift:6.4.0-noble"), ("go", None)])
def test_what_github_cannot_install_is_tested_in_its_image(runtime: str, image: str | None) -> None:
    workflow = yaml.safe_load(text(compile_spec(f"{{name: {runtime}}}"), ".github/workflows/shop.yaml"))

    assert workflow["jobs"]["test"].get("container") == image


def test_a_pack_like_another_one_says_only_what_differs() -> None:
    kotlin, java = (COMPILER.catalogue.pack("runtime", name) for name in ("kotlin", "java"))
    assert kotlin
    assert java

    assert kotlin.get("data", {}) == java.get("data", {})
    assert set(kotlin.get("fields", {})) == set(java.get("fields", {}))
    assert kotlin.get("fields", {})["framework"] != java.get("fields", {})["framework"]
    assert kotlin.get("defaults", {})["packageManager"]["value"] == "gradlew"


def test_what_a_program_reads_lets_in_and_copied() -> None:
    found = compile_spec("{name: go, include: [cmd], assets: [web/views]}")

    assert "!web/views\n" in text(found, ".dockerignore")
    assert "COPY --from=build /src/web/views ./web/views\n" in text(found, "Dockerfile")


@pytest.mark.parametrize(("runtime", "memory"), [("java", "512Mi"), ("kotlin", "512Mi"), ("go", "256Mi")])
def test_a_jvm_gets_room(runtime: str, memory: str) -> None:
    assert compile_spec(runtime).plan.resources.memory_limit == memory


@pytest.mark.parametrize(
    ("jars", "fits"),
    [(["app.jar"], True), (["shop-1.0.jar", "shop-1.0-sources.jar"], True), (["app.jar", "b.jar"], False), ([], False)],
)
def test_the_one_jar_is_taken_whatever_its_name(tmp_path: Path, jars: list[str], fits: bool) -> None:
    lines = text(compiled("java-maven-spring-boot"), "Dockerfile").splitlines()
    start = lines.index("RUN mkdir /found /out \\")
    step = "\n".join(lines[start : start + 4]).removeprefix("RUN ")
    write_tree(tmp_path, {f"target/{jar}": jar for jar in jars})
    step = step.replace("/found", f"{tmp_path}/found").replace("/out", f"{tmp_path}/out")

    done = subprocess.run(["sh", "-c", step], cwd=tmp_path, capture_output=True, check=False)

    assert (done.returncode == 0) is fits, done.stderr
    assert not fits or (tmp_path / "out/app.jar").read_text() == jars[0]


@pytest.mark.parametrize(
    ("runtime", "line"),
    [
        ("{name: go, include: [main.go]}", "!go.sum"),
        ("{name: go, folder: api, include: [main.go]}", "!api/go.sum"),
        ("{name: php, documentRoot: ., include: [index.php]}", "!.htaccess"),
        ("{name: swift, product: App, include: [Sources]}", "!Package.resolved"),
        ("{name: dotnet, project: A/A.csproj, include: [A.cs]}", "!A/packages.lock.json"),
        ("{name: dotnet, project: A.csproj, references: [B/B.csproj], include: [A.cs]}", "!B/B.csproj"),
        ("{name: java, packageManager: gradle, include: [src]}", "!gradle/libs.versions.toml"),
    ],
)
def test_what_the_dockerfile_copies_where_it_is_there_lets_in(runtime: str, line: str) -> None:
    found = compile_spec(runtime)

    ignore = next(file.text for file in found.files if file.path.endswith(".dockerignore"))
    assert line in ignore.splitlines()
