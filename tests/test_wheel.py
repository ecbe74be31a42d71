"""What people install: the wheel, built from the sdist, in a virtual environment where no source is near."""

import ast
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from gitopsgen import __version__
from gitopsgen.project import SPEC_NAME
from tests.imports_of import imports_of, packages
from tests.runtimes.golden import FOLDER, HEADER, names

ROOT = Path(__file__).parents[1]
FROM_SOURCE = "import sys; from gitopsgen.entry import main; sys.exit(main())"
SPEC = """\
apiVersion: gitopsgen/v1
name: storefront
mode: {mode}
image: docker.io/acme/storefront
repository: https://github.com/acme/storefront.git
runtime: node
port: 3000
"""
# Prints how many of the specs that it reads were compiled.
COMPILE = """
import sys
from gitopsgen.compiler import compiler_for
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
made = [compiler_for(".").compile(spec, Root("/nonexistent")) for spec in sys.stdin.buffer.read().split(b"\\0")]
print(sum(isinstance(one, Compiled) for one in made))
"""
APP = ("package.json", "package-lock.json", "app.js")
CLUSTER = "cluster: {type: aks, resourceGroup: rg, name: prod}\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    [found] = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `bin` of an environment with the wheel; its dependencies are those that the tests run with."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    install = ["-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    [site] = folder.glob("lib/*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


@pytest.fixture(scope="module", params=["push", "pull"])
def delivered(request: pytest.FixtureRequest, installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    spec = SPEC.format(mode=request.param) + (CLUSTER if request.param == "push" else "")
    (folder / "gitopsgen.yaml").write_text(spec)
    for name in APP:
        (folder / name).write_text("{}\n")
    run = subprocess.run([installed / "gitopsgen", "generate"], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return folder


def output(*command: Path | str, cwd: Path) -> str:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


def test_it_holds_every_template_and_schema_and_no_test(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    data = {f"gitopsgen/_data/{path.relative_to(ROOT)}" for kind in ("templates", "schemas") for path in _files(kind)}
    compiled = {name for name in names if name.startswith("gitopsgen/_data/compiled/")}
    assert {name for name in names if "/_data/" in name} - compiled == data
    assert {f"{path.relative_to(ROOT)}" for path in _files("gitopsgen") if path.suffix == ".py"} <= names
    assert {name.split("/")[0] for name in names} == {"gitopsgen", f"gitopsgen-{__version__}.dist-info"}


def _files(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"]


def test_it_asks_for_every_package_that_it_imports(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"gitopsgen-{__version__}.dist-info/METADATA").decode()
        sources = [archive.read(name) for name in archive.namelist() if name.endswith(".py")]
    asked = {line.partition(">")[0].lower() for line in Parser().parsestr(metadata).get_all("Requires-Dist", [])}
    imported = {name for source in sources for name in _imported(source)}
    named = {name.replace("_", "-") for name in imported - sys.stdlib_module_names - {"gitopsgen", "_sha2", "_sha256"}}
    assert {"pyyaml" if name == "yaml" else name for name in named} == asked


def _imported(source: bytes) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "files":
            # importlib.resources: a package of data
            names |= {str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)}
    return names


def test_it_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    place = output(installed / "python", "-c", "import gitopsgen; print(gitopsgen.__file__)", cwd=tmp_path)
    assert Path(place.strip()).is_relative_to(installed.parent)


def test_no_first_run_compiles_a_template(installed: Path, tmp_path: Path) -> None:
    """The wheel has the code of each template, in each escaping that it is rendered in."""
    specs = [
        path.read_bytes() for folder in ("push", "pull", "*/*") for path in ROOT.glob(f"examples/{folder}/{SPEC_NAME}")
    ]
    specs += [HEADER + (FOLDER / name / "spec.yaml").read_bytes() for name in names()]
    places = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [str(installed / "python"), "-c", COMPILE]
    run = subprocess.run(command, cwd=tmp_path, env=places, input=b"\0".join(specs), check=True, capture_output=True)
    assert int(run.stdout) == len(specs)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_both_commands_tell_the_version(installed: Path, tmp_path: Path) -> None:
    expected = f"gitopsgen {__version__}\n"
    assert output(installed / "gitopsgen", "--version", cwd=tmp_path) == expected
    assert output(installed / "python", "-m", "gitopsgen", "--version", cwd=tmp_path) == expected


def test_what_it_generates_is_what_the_source_generates(delivered: Path, tmp_path: Path) -> None:
    for name in ("gitopsgen.yaml", *APP):
        (tmp_path / name).write_bytes((delivered / name).read_bytes())
    output(sys.executable, "-c", FROM_SOURCE, "generate", cwd=tmp_path)
    assert _tree(delivered) == _tree(tmp_path)
    assert len(_tree(delivered)) > 15


def _tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode) for path in files}


def test_the_lock_vouches_and_a_full_check_agrees(installed: Path, delivered: Path) -> None:
    assert output(installed / "gitopsgen", "check", cwd=delivered) == "gitopsgen: nothing to do\n"
    assert output(installed / "gitopsgen", "check", "--full", cwd=delivered) == "gitopsgen: nothing to do\n"


@pytest.mark.parametrize("command", ["check", "generate"])
def test_nothing_to_do_imports_nothing(installed: Path, delivered: Path, command: str) -> None:
    bare = imports_of(installed / "python", ["-c", "import re"], delivered)
    ours = imports_of(installed / "python", [str(installed / "gitopsgen"), command], delivered) - bare
    assert ours - {"_sha2", "_sha256"} == {"gitopsgen", "gitopsgen.entry", "gitopsgen.unchanged"}


def test_a_good_spec_is_compiled_without_the_models(installed: Path, delivered: Path, tmp_path: Path) -> None:
    (tmp_path / "gitopsgen.yaml").write_bytes((delivered / "gitopsgen.yaml").read_bytes())
    ours = packages(imports_of(installed / "python", [str(installed / "gitopsgen"), "generate"], tmp_path))
    assert not ours & {"click", "pydantic", "jsonschema", "ruamel", "subprocess"}
    assert {"jinja2", "jsonschema_rs", "ryaml"} <= ours
