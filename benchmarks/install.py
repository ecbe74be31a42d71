"""Fresh environments: gitopsgen from a wheel of this checkout, copier as pinned."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def install_ours(folder: Path) -> Path:
    """Build the wheel and install it like a user would; return the environment's `bin`."""
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder / "dist", ROOT]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    [wheel] = (folder / "dist").glob("*.whl")
    return _environment(folder / "ours", str(wheel))


def install_copier(folder: Path) -> Path:
    """Install the pinned copier; return the environment's `bin`."""
    return _environment(folder / "copier", "--requirement", str(ROOT / "benchmarks" / "requirements.txt"))


def versions(bin_folder: Path) -> dict[str, str]:
    """Return the version of every package in an environment."""
    list_command = [bin_folder / "python", "-m", "pip", "--disable-pip-version-check", "freeze", "--all"]
    text = subprocess.run(list_command, check=True, capture_output=True, text=True).stdout
    found = {name: version for name, _, version in (line.partition("==") for line in text.splitlines()) if version}
    ours = [bin_folder / "python", "-c", "import platform; print(platform.python_version())"]
    return {"python": subprocess.run(ours, check=True, capture_output=True, text=True).stdout.strip(), **found}


def _environment(folder: Path, *requirements: str) -> Path:
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*install, *requirements], check=True)
    subprocess.run([folder / "bin" / "python", "-m", "compileall", "-q", folder / "lib"], check=False)
    return folder / "bin"
