"""The one door out: every exception, and every signal to end, becomes a message and the exit code of its class."""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO

from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.errors import UnsafePathError, WriteError

_ENDING = (signal.SIGTERM, signal.SIGHUP)


class OutputError(Exception):
    """What was found cannot be printed; `exit_code` is what the command came to."""

    def __init__(self, cause: OSError, exit_code: int) -> None:
        super().__init__(str(cause))
        self.cause, self.exit_code = cause, exit_code


class _EndedError(BaseException):
    """A signal asked us to end; like KeyboardInterrupt, so that a run undoes what it began."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextmanager
def printing(exit_code: int) -> Iterator[None]:
    """Print inside of this, when the exit code is known: a reader that left does not change it. Raises OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(error, exit_code) from error


def guarded(command: Callable[[], int]) -> int:
    """Run a command and return its exit code. Only click's own exceptions pass through."""
    _open_streams()
    with _signals():
        return _run(command)


def _run(command: Callable[[], int]) -> int:
    stdout = sys.stdout
    try:
        return command()
    except (KeyboardInterrupt, _EndedError) as error:
        return _ended(error)
    except OutputError as error:
        return _unprinted(error.cause, error.exit_code)
    except SystemExit:
        # The answer of click to a broken pipe: it wraps the stream, and leaves with 1, which is drift here.
        if sys.stdout is stdout:
            raise
        return _PIPE_BROKEN
    except (WriteError, UnsafePathError, OSError) as error:
        return _refused(error)
    except Exception as error:  # noqa: BLE001 - this is the door
        return _bug(error)


def _ended(error: KeyboardInterrupt | _EndedError) -> int:
    if isinstance(error, KeyboardInterrupt):
        return _say("gitopsgen: interrupted\n", errors.INTERRUPTED)
    return _say(f"gitopsgen: ended by {error}\n", 128 + error.number)


_PIPE_BROKEN = 128 + signal.SIGPIPE


def _open_streams() -> None:
    """Where a stream was closed before we started, open one that refuses what is written, or takes and drops it."""
    if sys.stdout is None:
        sys.stdout = _null(os.O_RDONLY)
    if sys.stderr is None:
        sys.stderr = _null(os.O_WRONLY)


def _null(flags: int) -> TextIO:
    return open(os.open(os.devnull, flags), "w", encoding="utf-8")


@contextmanager
def _signals() -> Iterator[None]:
    """Make signals to end exceptions. One that is ignored, as below nohup, stays so."""
    before = {number: signal.getsignal(number) for number in _ENDING}
    changed = [number for number in _ENDING if before[number] is signal.SIG_DFL]
    # Only the main thread may; elsewhere whoever runs us looks after signals.
    with suppress(ValueError):
        for number in changed:
            signal.signal(number, _end)
    try:
        yield
    finally:
        with suppress(ValueError):
            for number in changed:
                signal.signal(number, signal.SIG_DFL)


def _end(number: int, _: FrameType | None) -> None:
    # A second one must not stop the undoing.
    for other in _ENDING:
        signal.signal(other, signal.SIG_IGN)
    raise _EndedError(number)


def _unprinted(error: OSError, exit_code: int) -> int:
    # What is left in the buffer would fail once more, and louder, when the interpreter ends.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has left: nobody is there to be told.
        return exit_code
    return _say(f"gitopsgen: the output cannot be written: {_why(error)}\n", errors.CONFLICT)


def _why(error: OSError) -> str:
    return error.strerror or str(error)


def _refused(error: WriteError | UnsafePathError | OSError) -> int:
    # Without a name it is no file that was refused but what we print.
    if isinstance(error, OSError) and error.filename is None:
        return _unprinted(error, _PIPE_BROKEN)
    return _found([_diagnostic(error)], errors.CONFLICT)


def _diagnostic(error: WriteError | UnsafePathError | OSError) -> Diagnostic:
    if isinstance(error, OSError):
        return Diagnostic("file.refused", _why(error), "mend the cause and run again", os.fsdecode(error.filename))
    if isinstance(error, WriteError):
        state = "the run is half done, and the next one completes it" if error.is_begun else "the tree is as it was"
        return Diagnostic("write.failed", error.reason, f"{state}; mend the cause and run again", error.path)
    return Diagnostic("path.unsafe", str(error), "nothing was written; mend the path and run again", "")


def _found(diagnostics: Iterable[Diagnostic], exit_code: int) -> int:
    from gitopsgen.report.text import diagnostics_text

    return _say(diagnostics_text(list(diagnostics)), exit_code)


def _say(text: str, exit_code: int) -> int:
    from gitopsgen.report.out import emit

    try:
        emit(text, sys.stderr)
    except OSError:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    return exit_code


def _bug(error: Exception) -> int:
    """Tell of what nobody expected; a mistake in a pack that a command met outside of compiling is none of ours."""
    if any(kind.__module__.startswith("click") for kind in type(error).__mro__):
        raise error
    from gitopsgen.packs.catalogue import PackError
    from gitopsgen.render.renderer import TemplateError

    if isinstance(error, PackError):
        return _found(error.diagnostics, errors.SPEC_INVALID)
    if isinstance(error, TemplateError):
        return _found([error.diagnostic], errors.OUTPUT_INVALID)
    if os.environ.get("GITOPSGEN_DEBUG"):
        import traceback

        _say(traceback.format_exc(), errors.BUG)
    return _say(
        f"gitopsgen: this is a bug of gitopsgen, not of yours: {type(error).__name__}: {error}\n"
        "  run it again with GITOPSGEN_DEBUG=1 and report what it prints\n",
        errors.BUG,
    )
