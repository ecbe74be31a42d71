"""Exit codes, and the exceptions that mean "this is not the user's mistake"."""

OK = 0
DRIFT = 1
USAGE = 2
SPEC_INVALID = 3
CONFLICT = 4
OUTPUT_INVALID = 5
LOCK_UNREADABLE = 6
BUG = 70
INTERRUPTED = 130


class UnsafePathError(ValueError):
    """A path that would leave the repository root, or that no repository can hold."""


class WriteError(Exception):
    """The file system refused a write; the tree is as it was before, or `is_begun`, and the next run completes it."""

    is_begun = False

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
