"""The table of docs/upgrading.md, made from the steps; `python -m tests.upgrade.table` writes it."""

import re
from pathlib import Path

from gitopsgen.spec.upgrade_steps import Step, Version, shipped_versions

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "upgrading.md"


def table(version: Version) -> str:
    """Return the steps of a version, a line each."""
    head = f"| `{version.name}` | `{version.following}` | why |\n| --- | --- | --- |\n"
    return head + "".join(
        f"| {before} | {after} | {step.because} |\n" for step in version.steps for before, after in rows(step)
    )


def rows(step: Step) -> list[tuple[str, str]]:
    at, to = ".".join(step.at), ".".join(step.to)
    if step.kind == "values":
        return [(f"`{at}: {old}`", f"`{at}: {new}`") for old, new in step.words.items()]
    if step.kind == "wrap":
        return [(f"`{at}: x`", f"`{at}: {'[x]' if step.form == 'list' else '{x: {}}'}`")]
    if step.kind == "unwrap":
        return [(f"`{at}: [x]`", f"`{at}: x`")]
    return [(f"`{at}`", f"`{to}`" if to else "gone")]


def with_tables(text: str) -> str:
    """Return the document with the table of each version in its place."""
    for version in shipped_versions().older:
        old = re.search(rf"(?m)^\| `{re.escape(version.name)}` \|.*\n(\|.*\n)*", text)
        if old is None:
            raise ValueError(f"{DOCUMENT} has no table that starts with {version.name}")
        text = text.replace(old[0], table(version))
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
