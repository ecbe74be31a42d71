"""The command line on a terminal, as a person sees it."""

import os
import pty
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def talk(words: Sequence[str], cwd: Path, answers: Sequence[str], code: int = 0) -> str:
    """Run the command line on a terminal of its own; give the next answer whenever it waits at a colon."""
    terminal, side = pty.openpty()
    program = [sys.executable, "-m", "gitopsgen", *words]
    child = subprocess.Popen(program, cwd=cwd, stdin=side, stdout=side, stderr=side, close_fds=True)
    os.close(side)
    screen, asked, left = "", 0, list(answers)
    while select.select([terminal], [], [], 60)[0]:
        try:
            read = os.read(terminal, 4096)
        except OSError:
            break
        if not read:
            break
        screen += read.decode(errors="replace")
        if left and screen[asked:].rstrip(" ").endswith(":"):
            asked = len(screen)
            os.write(terminal, f"{left.pop(0)}\n".encode())
    assert child.wait(timeout=60) == code, screen
    os.close(terminal)
    return screen
