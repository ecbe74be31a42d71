"""Random edits of YAML texts, made on lines and by indentation alone, as a person with an editor makes them."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_ENTRY = re.compile(r"( *)((?:- )*)(\"[^\"]*\"|[\w./-]+):( .*)?\Z")
_PLAIN = re.compile(r"[\w./-]+\Z")

Lines = list[str]


def real_outputs() -> list[Path]:
    """Every YAML file in the examples."""
    return sorted(path for path in EXAMPLES.rglob("*.yaml") if path.name != "gitopsgen.yaml")


def places(lines: Lines) -> list[int]:
    """Return the lines that start an entry of a mapping."""
    found: list[int] = []
    skip_deeper_than = -1
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" "))
        if skip_deeper_than >= 0 and (not line.strip() or indent > skip_deeper_than):
            continue
        skip_deeper_than = -1
        match = _ENTRY.match(line)
        if match and not line.lstrip().startswith("#"):
            found.append(number)
            if re.search(r"[|>][-+]?( +#.*)?\Z", line):
                skip_deeper_than = len(match[1])
    return found


def extent(lines: Lines, start: int) -> int:
    """Return the line after the entry that starts at `start`."""
    first = lines[start]
    indent = len(first) - len(first.lstrip(" "))
    stop = end = start + 1
    is_item = first.lstrip().startswith("- ")
    while stop < len(lines):
        line = lines[stop]
        now = len(line) - len(line.lstrip(" "))
        below = now == indent and not is_item and line.lstrip().startswith("- ") and not line.lstrip().startswith("---")
        if line.strip() and now <= indent and not below:
            break
        stop += 1
        if line.strip() and not line.lstrip().startswith("#"):
            end = stop
    return end


def set_value(lines: Lines, at: int, random: Random) -> None:
    match = _ENTRY.match(lines[at])
    if match and match[4] and _PLAIN.match(match[4].split(" #")[0].strip()):
        value = match[4].split(" #")[0]
        lines[at] = lines[at].replace(f":{value}", f":{value}{random.randint(1, 99)}", 1)


def comment_above(lines: Lines, at: int, random: Random) -> None:
    indent = len(lines[at]) - len(lines[at].lstrip(" "))
    lines.insert(at, " " * indent + f"# a note {random.randint(1, 999)}")


def comment_behind(lines: Lines, at: int, random: Random) -> None:
    if not re.search(r"[|>\"'#]", lines[at]):
        lines[at] += f"  # beside {random.randint(1, 999)}"


def remove(lines: Lines, at: int, random: Random) -> None:
    if not lines[at].lstrip().startswith("- "):
        del lines[at : extent(lines, at)]


def add_key(lines: Lines, at: int, random: Random) -> None:
    match = _ENTRY.match(lines[at])
    if match:
        indent = " " * len(match[1] + match[2])
        end = extent(lines, at) if not match[2] else at + 1
        if not match[2] or (match[4] and _PLAIN.match(match[4].strip())):
            lines.insert(end, f"{indent}added{random.randint(1, 999)}: {random.choice(['1', 'text', '[a, b]'])}")


def add_item(lines: Lines, at: int, random: Random) -> None:
    match = _ENTRY.match(lines[at])
    if match and match[2] == "- ":
        number = random.randint(1, 999)
        new = [f"{match[1]}- name: added{number}", f"{match[1]}  value: {number}"]
        end = extent(lines, at)
        lines[end:end] = new


def reorder(lines: Lines, at: int, random: Random) -> None:
    end = extent(lines, at)
    if end < len(lines) and end in places(lines):
        one, other = _ENTRY.match(lines[at]), _ENTRY.match(lines[end])
        if one and other and one[1] == other[1] and one[2] == other[2]:
            stop = extent(lines, end)
            lines[at:stop] = lines[end:stop] + lines[at:end]


EDITS: tuple[Callable[[Lines, int, Random], None], ...] = (
    set_value,
    comment_above,
    comment_behind,
    remove,
    add_key,
    add_item,
    reorder,
)


def edited(text: str, random: Random, times: int = 1) -> str:
    """Return `text` after some random edits."""
    lines = text.split("\n")[:-1]
    for _ in range(times):
        found = places(lines)
        if found:
            random.choice(EDITS)(lines, random.choice(found), random)
    return "".join(f"{line}\n" for line in lines)


def merged_by_git(folder: Path, one: str, base: str, other: str) -> str | None:
    """Merge two edits of a text as git does, None for a conflict."""
    for name, text in (("one", one), ("base", base), ("other", other)):
        (folder / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["git", "merge-file", "-p", "one", "base", "other"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else None
