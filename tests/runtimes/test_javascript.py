"""Stories of Node.js, Deno and static sites: what cannot be built is refused; what is built leaves its tools behind."""

import re
from pathlib import Path

import pytest

from gitopsgen.compiler import inspect
from tests.runtimes.golden import HEADER
from tests.runtimes.test_interpreted import written
from tests.trees import write_tree


@pytest.mark.parametrize("runtime", ["node", "static"])
@pytest.mark.parametrize(("version", "old"), [("3.8.7", True), ("2.4.3", True), ("4.18.1", False)])
def test_yarn_2_and_3_cannot_make_the_image(tmp_path: Path, runtime: str, version: str, old: bool) -> None:
    spec = f'runtime: {{name: {runtime}, packageManager: yarn, packageManagerVersion: "{version}"}}\n'
    write_tree(tmp_path, {"gitopsgen.yaml": HEADER.decode() + spec, "package.json": "{}", "yarn.lock": ""})

    found = [problem for problem in inspect(str(tmp_path)).diagnostics if problem.code == "output.yarn-too-old"]

    assert bool(found) == old
    assert all(version in problem.message and problem.severity == "error" for problem in found)


def test_a_site_that_is_built_in_place_does_not_serve_what_built_it(tmp_path: Path) -> None:
    spec = 'runtime: {name: static, packageManager: pnpm, output: "."}\n'

    files = written(tmp_path, spec, **{"package.json": "{}", "pnpm-lock.yaml": ""})

    assert "\nRUN pnpm run build \\\n    && rm -rf node_modules package.json pnpm-lock.yaml\n" in files["Dockerfile"]


def test_a_folder_that_apache_serves_whole_has_nothing_that_built_its_pages(tmp_path: Path) -> None:
    spec = (
        'runtime: {name: php, packageManager: none, documentRoot: ".", frontend: {packageManager: npm, build: make}}\n'
    )

    dockerfile = written(tmp_path, spec, **{"package.json": "{}", "package-lock.json": "{}"})["Dockerfile"]

    assert (
        "RUN make \\\n    && rm -rf node_modules package.json package-lock.json \\\n        ./*.config.js" in dockerfile
    )


@pytest.mark.parametrize(
    ("base", "health", "own"),
    [("/", "/healthz", True), ("/app/", "/healthz", True), ("/app/", "/app/healthz", True), ("/", "/", False)]
    + [("/app/", path, False) for path in ("/", "/app/", "/app", "/app/index.html")],
)
def test_a_health_path_of_the_site_itself_is_answered_by_the_site(
    tmp_path: Path, base: str, health: str, own: bool
) -> None:
    spec = f"runtime: {{name: static, basePath: {base}}}\nhealth: {health}\n"

    served = re.findall(r"location = (\S+) \{\n(?:.*\n){2}\s+return 200", written(tmp_path, spec)["site.nginx.conf"])
    places = re.findall(r"location (= \S+) ", written(tmp_path, spec)["site.nginx.conf"])

    assert served == ([health] if own else [])
    assert len(places) == len(set(places)), "nginx refuses a place that is there twice"


def test_a_build_of_deno_runs_what_the_lock_file_says_and_sees_no_secret(tmp_path: Path) -> None:
    spec = "runtime: {name: deno, build: deno task build, buildSecrets: {deno: {env: DENO_AUTH_TOKENS}}}\n"

    dockerfile = written(tmp_path, spec, **{"deno.json": "{}", "deno.lock": "{}"})["Dockerfile"]

    runs = [line for line in dockerfile.splitlines() if line.startswith("RUN")]
    mount = "RUN --mount=type=secret,id=deno,env=DENO_AUTH_TOKENS,required=true "
    assert runs == [f"{mount}deno install --frozen", "RUN deno task build", f"{mount}mkdir /deno-dir \\"]


@pytest.mark.parametrize("runtime", ["bun", "deno", "node"])
def test_what_serves_nothing_has_no_port(tmp_path: Path, runtime: str) -> None:
    dockerfile = written(tmp_path, f"runtime: {runtime}\ntype: worker\n")["Dockerfile"]

    assert not [line for line in dockerfile.splitlines() if line.startswith(("EXPOSE", "ENV PORT"))]
    assert "HEALTHCHECK NONE\n" in dockerfile


@pytest.mark.parametrize("manager", ["yarn", "yarn-classic", "bun"])
def test_what_drops_packages_may_fetch_the_others_anew(tmp_path: Path, manager: str) -> None:
    """Where the cache mount of the installation is lost, as in CI, which keeps layers and no mounts."""
    section = f"name: node, packageManager: {manager}, build: make, buildSecrets: {{npmrc: {{target: /root/.npmrc}}}}"

    dockerfile = written(tmp_path, f"runtime: {{{section}}}\n")["Dockerfile"]

    runs = [line for line in dockerfile.splitlines() if line.startswith("RUN --mount=type=cache")]
    assert ["--mount=type=secret,id=npmrc" in line for line in runs] == [True, True]
