"""Whether a POSIX shell can read a script: asked of the shell itself, which reads it and runs nothing of it."""

import re
import subprocess

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.files import RenderedFile

_SECONDS = 10
_LINE = re.compile(r"(?:line )?([0-9]+): *(.*)")


def shell_problems(file: RenderedFile) -> list[Diagnostic]:
    """Return what the shell of this machine says about a script, or that there is none to ask."""
    try:
        asked = subprocess.run(
            ["sh", "-n"],  # noqa: S607 - whatever shell the person has
            input=file.text.encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"no shell has read this script: {type(error).__name__}"
        cure = f"run `sh -n {file.path}` where there is a shell"
        return [Diagnostic("output.not-shell", message, cure, file.path, severity="warning")]
    if asked.returncode == 0:
        return []
    said = asked.stderr.decode("utf-8", "replace").strip().split("\n")[0]
    found, lines = _LINE.search(said), file.text.split("\n")
    line = min(int(found[1]), len(lines)) if found else 1
    message = f"a shell cannot read this: {found[2] if found else said}"
    cure = f"mend the template {file.template}"
    return [Diagnostic("output.not-shell", message, cure, file.path, Position(line, 1), lines[line - 1])]
