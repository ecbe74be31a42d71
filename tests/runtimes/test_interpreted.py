"""Stories of Python, Ruby, PHP, Elixir and Erlang: what the image and CI agree on, and what people are told."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from gitopsgen.compiler import generate
from tests.runtimes.golden import HEADER, compiled
from tests.trees import write_tree


def written(root: Path, spec: str, **files: str) -> dict[str, str]:
    """Generate in a repository with these files; return the text of each output by its path."""
    write_tree(root, {"gitopsgen.yaml": HEADER.decode() + spec, **files})
    outcome = generate(str(root))
    assert outcome.exit_code == 0, outcome.diagnostics
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("manager", ["uv", "poetry", "pdm", "pipenv"])
def test_ci_installs_with_the_package_manager_of_the_image(tmp_path: Path, manager: str) -> None:
    spec = f'runtime: {{name: python, packageManager: {manager}, packageManagerVersion: "1.2.3"}}\n'

    files = written(tmp_path, spec)

    assert f"pip install --no-cache-dir {manager}==1.2.3" in files["Dockerfile"]
    assert f"pip install {manager}==1.2.3" in files[".github/workflows/shop.yaml"]


def test_the_lock_file_may_be_above_the_folder_of_the_app(tmp_path: Path) -> None:
    spec = "runtime: {name: python, packageManager: poetry, folder: api, workspaces: [api]}\n"

    files = written(tmp_path, spec, **{"api/main.py": ""})

    assert "COPY pyproject.toml poetry.lock ./\n" in files["api/Dockerfile"]
    assert "COPY api /app/\n" in files["api/Dockerfile"]


@pytest.mark.parametrize(
    ("start", "server"),
    [
        ("[uvicorn, 'shop:app']", "UVICORN_PORT"),
        ("[gunicorn, 'shop:app']", "GUNICORN_CMD_ARGS"),
        ("[python, shop.py]", ""),
    ],
)
def test_the_server_that_is_started_is_told_where_to_listen(tmp_path: Path, start: str, server: str) -> None:
    text = written(tmp_path, f"runtime: {{name: python, start: {start}}}\n")["Dockerfile"]

    assert [name for name in ("UVICORN_PORT", "GUNICORN_CMD_ARGS") if name in text] == ([server] if server else [])
    assert "ENV PORT=8080\n" in text


@pytest.mark.parametrize(
    ("runtime", "missing", "cure"),
    [
        ("python", "requirements.txt", "pip freeze"),
        ("{name: python, packageManager: uv}", "uv.lock", "`uv lock`"),
        ("ruby", "Gemfile.lock", "bundle lock"),
        ("php", "composer.lock", "composer update --lock"),
        ("{name: elixir, app: shop}", "mix.lock", "mix deps.get"),
        ("{name: erlang, app: shop}", "rebar.lock", "rebar3 lock"),
    ],
)
def test_a_missing_lock_file_is_told_with_its_cure(tmp_path: Path, runtime: str, missing: str, cure: str) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": HEADER.decode() + f"runtime: {runtime}\n"})

    outcome = generate(str(tmp_path))

    assert outcome.exit_code == 0
    [told] = [found for found in outcome.diagnostics if missing in found.message]
    assert (told.severity, cure in told.cure) == ("warning", True)


@pytest.mark.parametrize("case", ["python-poetry-django", "ruby-rails", "php-symfony", "elixir-phoenix"])
def test_what_is_built_comes_from_the_stage_that_built_it(case: str) -> None:
    [text] = [file.text for file in compiled(case).files if file.language == "dockerfile"]

    final = text.rpartition("\nFROM ")[2]
    assert "COPY . " not in final
    assert "COPY --from=build " in final


def test_tests_install_private_packages_with_the_secrets_of_the_image(tmp_path: Path) -> None:
    spec = "runtime: {name: node, test: npm test, buildSecrets: {npmrc: {target: /root/.npmrc}, hub: {env: HUB}}}\n"

    jobs = yaml.safe_load(written(tmp_path, spec)[".github/workflows/shop.yaml"])["jobs"]

    [install] = [step for step in jobs["test"]["steps"] if step["name"] == "Install dependencies"]
    assert install["env"] == {"BUILD_NPMRC": "${{ secrets.BUILD_NPMRC }}", "HUB": "${{ secrets.BUILD_HUB }}"}
    assert [step["name"] for step in jobs["test"]["steps"] if "secrets." in str(step)] == ["Install dependencies"]


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("had", ["", "registry=theirs\n"])
@pytest.mark.parametrize("value", ["", "registry=ours"])
def test_a_secret_file_lasts_as_long_as_the_install(tmp_path: Path, shell: str, had: str, value: str) -> None:
    """It is there for the install alone; a file that the machine has already is used, and left."""
    command = "cat ~/.npmrc || true; stat --format=%a ~/.npmrc || true; exit 3"
    mount = "buildSecrets: {npmrc: {target: /root/.npmrc}}"
    spec = f"runtime: {{name: node, install: '{command}', test: make, {mount}}}\n"
    jobs = yaml.safe_load(written(tmp_path, spec)[".github/workflows/shop.yaml"])["jobs"]
    [run] = [step["run"] for step in jobs["test"]["steps"] if step["name"] == "Install dependencies"]
    home = tmp_path / "home"
    write_tree(home, {".npmrc": had} if had else {"other": ""})

    env = {"HOME": str(home), "PATH": os.environ["PATH"], "BUILD_NPMRC": value}
    done = subprocess.run([shell, "-ec", run], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    seen = had or (f"{value}\n600\n" if value else "")
    assert (done.returncode, done.stdout.startswith(seen)) == (3, True)
    assert (home / ".npmrc").exists() is bool(had)


def test_a_folder_with_a_slip_of_the_pen_deletes_nothing(tmp_path: Path) -> None:
    written(tmp_path, "runtime: {name: node}\n")
    spec = HEADER.decode() + "runtime: {name: node, folder: services/nope}\n"
    (tmp_path / "gitopsgen.yaml").write_text(spec)

    outcome = generate(str(tmp_path))

    assert [found.code for found in outcome.diagnostics if found.severity == "error"] == ["runtime.folder-missing"]
    assert (tmp_path / "Dockerfile").is_file()
    (tmp_path / "services/nope").mkdir(parents=True)
    assert generate(str(tmp_path)).exit_code == 0
    assert not (tmp_path / "Dockerfile").exists()
