"""Write down in tools/pins/ the newest versions, of everything, that the gates may use together.

Usage: python tools/pins.py

`make` and tools/install.py install those and no others, so that a release of somebody else's cannot turn a gate red.
What gitopsgen itself needs keeps its ranges in pyproject.toml.
"""

import subprocess
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = str(HERE.parent)
SETS = {
    "development": ["pip", "--editable", PROJECT, "--group", "test", "--group", "lint"],
    "validators": ["-r", str(HERE / "requirements-validators.txt")],
    "checkov": ["-r", str(HERE / "requirements-checkov.txt")],
}
HEAD = "# Made by `make pins`: every version that these gates run with.\n"


def newest(arguments: list[str]) -> str:
    """Return what pip installs for `arguments` in an empty environment, a version a line.

    Raises subprocess.CalledProcessError when pip fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        pip = f"{folder}/bin/pip"
        subprocess.run([pip, "install", "--quiet", "--upgrade", "pip"], check=True)
        subprocess.run([pip, "install", "--quiet", "--upgrade", *arguments], cwd=PROJECT, check=True)
        everything = ["--all"] if "pip" in arguments else []
        listed = [pip, "freeze", "--exclude-editable", "--exclude", "setuptools", *everything]
        return subprocess.run(listed, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Write every set anew."""
    for name, arguments in SETS.items():
        (HERE / "pins" / f"{name}.txt").write_text(HEAD + newest(arguments), encoding="utf-8")


if __name__ == "__main__":
    main()
