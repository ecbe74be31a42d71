"""A pack of the repository's own, as small as one can be."""

from pathlib import Path

from tests.trees import OVERRIDES, SMALLEST, write_tree

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

STEPS = ("checkout", "setup-runtime", "test", "script")
OWN = """\
kind: ci
name: mine
title: Mine
summary: a CI of the test's own
"""


def own_pack(root: Path, rest: str, **templates: str) -> Path:
    """Lay out a repository whose CI is a pack of its own; it has nothing but what `rest` says."""
    folder = f"{OVERRIDES}/ci/mine"
    steps = {f"{folder}/steps/{kind}.yaml": "- a\n" for kind in STEPS}
    texts = {f"{folder}/{name}": text for name, text in templates.items()}
    spec = {"gitopsgen.yaml": SMALLEST + "ci: mine\n", f"{folder}/pack.yaml": OWN + rest}
    return write_tree(root, {**steps, **texts, **spec})
