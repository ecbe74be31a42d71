"""The one door out: every exception becomes a message and the exit code of its class."""

import os
import sys
from collections.abc import Callable

from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.errors import UnsafePathError, WriteError


def guarded(command: Callable[[], int]) -> int:
    """Run a command and return its exit code. Only click's own exceptions pass through."""
    from gitopsgen.report.out import emit
    from gitopsgen.report.text import diagnostics_text

    try:
        return command()
    except KeyboardInterrupt:
        emit("gitopsgen: interrupted\n", sys.stderr)
        return errors.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has left: nobody is there to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return errors.OK
    except (WriteError, UnsafePathError, PermissionError) as error:
        emit(diagnostics_text([_refused(error)]), sys.stderr)
        return errors.CONFLICT
    except Exception as error:  # noqa: BLE001 - this is the door
        return _bug(error)


def _refused(error: Exception) -> Diagnostic:
    if isinstance(error, WriteError):
        return Diagnostic(
            "write.failed", error.reason, "the tree is as it was; mend the cause and run again", error.path
        )
    return Diagnostic("path.unsafe", str(error), "nothing was written; mend the path and run again", "")


def _bug(error: Exception) -> int:
    if type(error).__module__.startswith("click"):
        raise error
    from gitopsgen.report.out import emit

    if os.environ.get("GITOPSGEN_DEBUG"):
        import traceback

        emit(traceback.format_exc(), sys.stderr)
    emit(
        f"gitopsgen: this is a bug of gitopsgen, not of yours: {type(error).__name__}: {error}\n"
        "  run it again with GITOPSGEN_DEBUG=1 and report what it prints\n",
        sys.stderr,
    )
    return errors.BUG
