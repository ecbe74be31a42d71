"""A template for copier that does equal work: it is made from our own output, by replacing the values."""

import shutil
from pathlib import Path

from apps import ANSWERS, SOURCES

_SETTINGS = """\
_subdirectory: template
_templates_suffix: .jinja
_envops:
  block_start_string: "<%"
  block_end_string: "%>"
  variable_start_string: "<%="
  variable_end_string: "%>"
  comment_start_string: "<%#"
  comment_end_string: "%>"
  keep_trailing_newline: true
name: {type: str}
owner: {type: str}
port: {type: int}
"""


def make_template(delivered: Path, folder: Path) -> None:
    """Turn what we wrote into a template for copier."""
    folder.mkdir()
    (folder / "copier.yml").write_text(_SETTINGS)
    (folder.parent / "answers.yaml").write_text("".join(f"{name}: {value}\n" for name, value in ANSWERS.items()))
    for path, source in outputs(delivered).items():
        text = source.read_text()
        if "<%" in text:
            raise ValueError(f"{path} holds a mark of the template language")
        holes = _with_holes(text)
        target = folder / "template" / (_with_holes(path) + (".jinja" if holes != text else ""))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(holes)
        shutil.copymode(source, target)


def check_equal(ours: Path, theirs: Path) -> int:
    """Return how many files both wrote. Raises ValueError when a byte or a mode differs."""
    one, other = ({path: _content(file) for path, file in outputs(tree).items()} for tree in (ours, theirs))
    if one != other:
        raise ValueError(f"copier wrote something else: {sorted(one.items() ^ other.items())[:1]}")
    return len(one)


def outputs(folder: Path) -> dict[str, Path]:
    """Return all files below a folder but the app's own, by relative path."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {path: file for path, file in found.items() if path not in SOURCES}


def _content(file: Path) -> tuple[bytes, int]:
    return file.read_bytes(), file.stat().st_mode & 0o111


def _with_holes(text: str) -> str:
    for name, value in ANSWERS.items():
        text = text.replace(value, f"<%= {name} %>")
    return text
