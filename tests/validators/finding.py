"""What a validator finds, and how the validators are called."""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from .subject import TOOLS


class Finding(NamedTuple):
    """One complaint of one validator."""

    validator: str
    place: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.validator}: {self.place}: {self.rule}: {self.message}"


class ValidatorFailedError(Exception):
    """A validator did not do its work: a matter of the installation, not of the tree."""


def output(kind: str, program: str, *arguments: str, cwd: Path, stdin: str = "", fine: tuple[int, ...] = (0, 1)) -> str:
    """Run an installed validator and return what it printed.

    Raises ValidatorFailedError when its exit status is none of those by which it says "clean" or "findings".
    """
    command = [str(TOOLS / kind / "bin" / program), *arguments]
    done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, check=False)
    # What cannot even start ends with 1 as well, and says nothing where findings would stand.
    if done.returncode not in fine or (done.returncode and not done.stdout):
        raise ValidatorFailedError(f"{program} ended with {done.returncode}: {done.stderr or done.stdout}")
    return done.stdout


def json_output(kind: str, program: str, *arguments: str, cwd: Path, fine: tuple[int, ...] = (0, 1)) -> Any:
    """Run an installed validator that prints JSON and return what it printed.

    Raises ValidatorFailedError when it printed something else.
    """
    text = output(kind, program, *arguments, cwd=cwd, fine=fine)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValidatorFailedError(f"{program} did not print JSON: {text[:500]}") from error
