"""The console script: two doors.

`check` and `generate` with plain arguments first ask the lock whether anything changed, and import nothing for that;
everything else, and every argument this module does not know, goes to click. A test holds both doors to one behaviour.
"""

import os
import sys

from gitopsgen import __version__

NOTHING_TO_DO = "gitopsgen: nothing to do\n"
_IS_INSTALLED = os.path.isdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "_data"))


def main() -> int:
    """Run the command line and return its exit code."""
    if _is_idle_hook(sys.argv[1:]):
        return 0
    plain = _plain(sys.argv[1:]) if "_GITOPSGEN_COMPLETE" not in os.environ else None
    if plain is None:
        from gitopsgen.cli.main import run_cli

        return run_cli()
    command, roots, quiet = plain
    if len(roots) == 1 and is_unchanged(roots[0]):
        try:
            sys.stdout.write("" if quiet else NOTHING_TO_DO)
            sys.stdout.flush()
        except (OSError, AttributeError):
            pass  # the long way says what is wrong with the output
        else:
            return 0
    import gc

    if len(roots) == 1:
        # The whole run is over before garbage could matter, and every collection would go over all that was imported.
        gc.disable()
    from gitopsgen.cli.guard import guarded
    from gitopsgen.cli.run import Request, run

    code = guarded(lambda: run(Request(command, tuple(roots), quiet=quiet)))
    # Nor does it matter when the interpreter ends, which would go over all of it again.
    gc.freeze()
    return code


def is_unchanged(root: str) -> bool:
    """Whether the lock vouches for the repository at `root`.

    Never in a source checkout, where templates and code change under one version number.
    """
    from gitopsgen.unchanged import unchanged

    return _IS_INSTALLED and unchanged(root, __version__)


def _is_idle_hook(words: list[str]) -> bool:
    """Whether this is `hook run [DIR]...` and nothing that is staged concerns us, as for nearly every commit."""
    if words[:2] != ["hook", "run"] or any(word.startswith("-") for word in words):
        return False
    from gitopsgen.hook.quick import concerned

    return not concerned(".", words[2:] or ["."])


def _plain(words: list[str]) -> tuple[str, list[str], bool] | None:
    """Return command, roots and quiet for `check|generate [-q] [-C DIR] [DIR...]`, None for anything else."""
    if not words or words[0] not in ("check", "generate"):
        return None
    roots, quiet, base = [], False, "."
    rest = iter(words[1:])
    for word in rest:
        if word in ("-q", "--quiet"):
            quiet = True
        elif word == "-C":
            base = next(rest, "")
        elif word.startswith("-"):
            return None
        else:
            roots.append(word)
    if not os.path.isdir(base):
        return None
    return words[0], [os.path.join(base, root) for root in roots] or [base], quiet
