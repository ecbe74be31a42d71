"""A unified diff of exactly what generate would do, in git's form: `git apply` on it gives the same result."""

from collections.abc import Iterable
from typing import NamedTuple

from gitopsgen.repo.change import Change

_NO_END = b"\\ No newline at end of file\n"
_BAR = 40


class _FileDiff(NamedTuple):
    change: Change
    hunks: list[bytes]

    @property
    def added(self) -> int:
        return sum(line.startswith(b"+") for line in self.hunks)

    @property
    def removed(self) -> int:
        return sum(line.startswith(b"-") for line in self.hunks)


def diff_bytes(changes: Iterable[Change], *, taken: bool = False) -> bytes:
    """Return the diff of what would be written; with `taken` also what `--take` would do with each conflict.

    Bytes, because the files are: a diff that was decoded would not give them back.
    """
    return b"".join(
        _header(file.change, bool(file.hunks)) + b"".join(file.hunks) for file in _files(changes, taken=taken)
    )


def stat_text(changes: Iterable[Change]) -> str:
    """Return the diff as numbers: a line for each file, then the sum, as `git diff --stat` does."""
    files = _files(changes, taken=False)
    if not files:
        return ""
    longest = max(len(file.change.path) for file in files)
    most = max(file.added + file.removed for file in files)
    lines = [f" {file.change.path:{longest}} | {_bar(file, most, len(str(most)))}\n" for file in files]
    total = f" {len(files)} {'file' if len(files) == 1 else 'files'} changed"
    for number, name, sign in (
        (sum(file.added for file in files), "insertion", "+"),
        (sum(file.removed for file in files), "deletion", "-"),
    ):
        total += f", {number} {name}{'' if number == 1 else 's'}({sign})" if number else ""
    return "".join(lines) + total + "\n"


def _files(changes: Iterable[Change], *, taken: bool) -> list[_FileDiff]:
    wanted = (change for change in changes if change.is_write or (taken and change.is_conflict))
    return [_FileDiff(change, _hunks(change.before, change.after)) for change in wanted]


def _header(change: Change, has_hunks: bool) -> bytes:
    old, new = f"a/{change.path}", f"b/{change.path}"
    lines = [f"diff --git {old} {new}"]
    if change.before is None:
        lines.append(f"new file mode {_git_mode(change.mode_after)}")
        old = "/dev/null"
    elif change.after is None:
        lines.append(f"deleted file mode {_git_mode(change.mode_before)}")
        new = "/dev/null"
    elif _git_mode(change.mode_before) != _git_mode(change.mode_after):
        lines += [f"old mode {_git_mode(change.mode_before)}", f"new mode {_git_mode(change.mode_after)}"]
    if has_hunks:
        # The tab ends a name that holds a space.
        tab = "\t" if " " in change.path else ""
        lines += [f"--- {old}{tab if old != '/dev/null' else ''}", f"+++ {new}{tab if new != '/dev/null' else ''}"]
    return "".join(f"{line}\n" for line in lines).encode()


def _hunks(before: bytes | None, after: bytes | None) -> list[bytes]:
    """Return the hunks line by line; a line is what ends with LF, so a CR stays where it is."""
    import difflib

    lines = difflib.unified_diff(_lines(before), _lines(after))
    hunks = [line.encode("latin-1") for line in lines][2:]
    return [line if line.endswith(b"\n") else line + b"\n" + _NO_END for line in hunks]


def _lines(raw: bytes | None) -> list[str]:
    # Latin-1 gives each byte a character, and back; difflib's own bytes functions refuse half of them.
    lines = (raw or b"").decode("latin-1").split("\n")
    return [line + "\n" for line in lines[:-1]] + lines[-1:] * bool(lines[-1])


def _git_mode(mode: int) -> str:
    return "100755" if mode & 0o100 else "100644"


def _bar(file: _FileDiff, most: int, digits: int) -> str:
    number = file.added + file.removed
    scale = min(1.0, _BAR / most) if most else 0
    plus, minus = (max(1, round(count * scale)) if count else 0 for count in (file.added, file.removed))
    return f"{number:{digits}} {'+' * plus}{'-' * minus}".rstrip()
