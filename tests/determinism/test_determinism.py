"""The same spec gives the same bytes: whatever the machine, the person, the place, the Python and the cache."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ("pull", "push")
VERSIONS = ("3.11", "3.12", "3.13", "3.14")

_PUSH = "cluster: {type: aks, resourceGroup: rg, name: prod}\n"
_SPEC = """\
apiVersion: gitopsgen/v1
name: iris
mode: {mode}
image: docker.io/acme/iris
repository: https://github.com/acme/iris.git
runtime: {{name: node, build: npm run build}}
registry: {{pullSecret: pull}}
env:
  ZULU: "\\u0131 \\u0130 ß ǆ"
  ALPHA: "$(PORT) ${{{{ x }}}}"
  I: "1"
"""

# Compiles each spec named on the command line in this process: one start of Python for all of them.
_COMPILE = """
import sys
from gitopsgen.cli.main import cli
for root in sys.argv[1:]:
    for words in (["generate", "-q", root], ["setup", "-C", root], ["explain", "-C", root], ["schema", "-C", root]):
        assert not cli.main(words, standalone_mode=False)
"""


def plant(folder: Path) -> list[Path]:
    """Write the sample specs below `folder`, and return where."""
    roots = []
    for mode in SAMPLES:
        root = folder / mode
        root.mkdir(parents=True)
        text = _SPEC.format(mode=mode) + (_PUSH if mode == "push" else "")
        (root / "gitopsgen.yaml").write_text(text, encoding="utf-8", newline="\n")
        roots.append(root)
    return roots


def compile_in(
    folder: Path, *, python: str = sys.executable, cwd: Path | None = None, **environment: str
) -> dict[str, str]:
    """Compile the samples below `folder`; return digests of every file and of what was printed."""
    roots = plant(folder)
    clean = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "c"),
    }
    run = subprocess.run(
        [python, "-c", _COMPILE, *(os.path.relpath(root, cwd) if cwd else str(root) for root in roots)],
        env={**clean, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        cwd=cwd or folder,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    found = {"printed": hashlib.sha256(run.stdout).hexdigest()}
    for root in roots:
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            kind = "x" if path.stat().st_mode & 0o100 else "-"
            found[f"{path.relative_to(folder)} {kind}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(found) > 40
    return found


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return compile_in(tmp_path_factory.mktemp("usual"), PYTHONHASHSEED="0", LC_ALL="C.UTF-8", TZ="UTC")


@pytest.mark.parametrize("seed", ["1", "2", "random"])
def test_hash_seed(seed: str, usual: dict[str, str], tmp_path: Path) -> None:
    assert compile_in(tmp_path, PYTHONHASHSEED=seed, LC_ALL="C.UTF-8") == usual


def locales() -> list[str]:
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split()
    # Turkish maps i and I otherwise than all the world; C has no character beyond ASCII.
    wanted = ["C", "POSIX", "tr_TR.utf8", "de_DE.utf8", "ja_JP.eucjp"]
    return [name for name in wanted if name in known]


@pytest.mark.parametrize("name", locales())
def test_locale(name: str, usual: dict[str, str], tmp_path: Path) -> None:
    # What is printed may be in the terminal's own encoding; what is written never is.
    assert {**compile_in(tmp_path, LC_ALL=name, LANG=name), "printed": ""} == {**usual, "printed": ""}


def test_ascii_mode(usual: dict[str, str], tmp_path: Path) -> None:
    """A Python told to speak ASCII writes UTF-8 files all the same."""
    found = compile_in(tmp_path, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii")
    assert {**found, "printed": ""} == {**usual, "printed": ""}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns"])
def test_time_zone(zone: str, usual: dict[str, str], tmp_path: Path) -> None:
    assert compile_in(tmp_path, TZ=zone, LC_ALL="C.UTF-8", SOURCE_DATE_EPOCH="0") == usual


@pytest.mark.parametrize("mask", [0o077, 0o000])
def test_umask(mask: int, usual: dict[str, str], tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        assert compile_in(tmp_path / "a", LC_ALL="C.UTF-8") == usual
    finally:
        os.umask(before)


def test_place_and_working_folder(usual: dict[str, str], tmp_path: Path) -> None:
    """Neither the absolute path nor where one stands is in the result; a name may hold anything."""
    folder = tmp_path / "a b" / "ü'$(id)" / "x"
    assert compile_in(folder, LC_ALL="C.UTF-8") == usual
    other = tmp_path / "elsewhere"
    other.mkdir()
    assert compile_in(tmp_path / "y", cwd=other, LC_ALL="C.UTF-8") == usual


def test_person_and_machine(usual: dict[str, str], tmp_path: Path) -> None:
    noise: dict[str, Any] = {
        "USER": "me",
        "LOGNAME": "me",
        "HOSTNAME": "here",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "COLUMNS": "40",
    }
    assert compile_in(tmp_path, LC_ALL="C.UTF-8", TERM="xterm-256color", NO_COLOR="1", **noise) == usual


def test_cache(usual: dict[str, str], tmp_path: Path) -> None:
    """A cold, a warm and a forbidden cache of templates are all the same to the result."""
    cache = tmp_path / "cache"
    for name in ("cold", "warm"):
        assert compile_in(tmp_path / name, XDG_CACHE_HOME=str(cache), LC_ALL="C.UTF-8") == usual
    assert any(path.is_file() for path in cache.rglob("*"))
    (tmp_path / "file").write_text("")
    assert compile_in(tmp_path / "forbidden", XDG_CACHE_HOME=str(tmp_path / "file"), LC_ALL="C.UTF-8") == usual


def test_damaged_cache(usual: dict[str, str], tmp_path: Path) -> None:
    """A cache that a crash cut off is as good as none."""
    cache = tmp_path / "cache"
    compile_in(tmp_path / "cold", XDG_CACHE_HOME=str(cache))
    for path in [path for path in cache.rglob("*") if path.is_file()]:
        path.write_bytes(path.read_bytes()[:20])
    assert compile_in(tmp_path / "damaged", XDG_CACHE_HOME=str(cache), LC_ALL="C.UTF-8") == usual


def test_again_and_again(usual: dict[str, str], tmp_path: Path) -> None:
    """One process that compiles many specs writes what one process for each writes."""
    roots = plant(tmp_path / "first") + plant(tmp_path / "second")
    code = _COMPILE + "assert len(sys.argv) == 5\n"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code, *map(str, roots)], env=environment, capture_output=True, check=True)
    for folder in ("first", "second"):
        for key, digest in usual.items():
            if key != "printed":
                assert hashlib.sha256((tmp_path / folder / key[:-2]).read_bytes()).hexdigest() == digest, key


def interpreter(version: str) -> str | None:
    """Return a Python of that version from pyenv or the PATH."""
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = sorted(home.glob(f"versions/{version}.*/bin/python"))
    for candidate in [*map(str, found), shutil.which(f"python{version}"), sys.executable]:
        if candidate and _version(candidate) == version:
            return candidate
    return None


def _version(python: str) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    run = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return run.stdout.strip()


def with_dependencies(version: str) -> Path | None:
    """Return a Python of that version with what gitopsgen needs; made once, and kept under .tools/."""
    folder = ROOT / ".tools" / f"python{version}"
    python = folder / "bin/python"
    if python.exists() and (folder / "ready").exists():
        return python
    base = interpreter(version)
    if base is None:
        return None
    subprocess.run([base, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_dependencies()]
    install += ["--constraint", str(ROOT / "tools/pins/development.txt")]
    if subprocess.run(install, capture_output=True, check=False).returncode:
        return None
    (folder / "ready").touch()
    return python


def _dependencies() -> list[str]:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed: list[str] = project["dependencies"]
    return needed


@pytest.mark.parametrize("version", VERSIONS)
def test_python_version(version: str, usual: dict[str, str], tmp_path: Path) -> None:
    python = with_dependencies(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here, or its packages cannot be installed")
    assert compile_in(tmp_path, python=str(python), LC_ALL="C.UTF-8") == usual
