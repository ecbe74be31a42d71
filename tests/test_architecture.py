"""The rules of the house: imports in one direction, no system's name in Python, nothing grown too large."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "gitopsgen"
MODULES = sorted(PACKAGE.rglob("*.py"))

# A module may import from its own layer and from those before it.
LAYERS = (
    ("core",),
    ("spec",),
    ("packs",),
    ("pins",),
    ("detect",),
    ("plan",),
    ("render",),
    ("patch",),
    ("edits",),
    ("verify",),
    ("repo",),
    ("report",),
    ("judge", "whose"),
    ("outcome",),
    ("project", "workspace"),
    ("enclosing",),
    ("leaving", "unrecorded", "checkout", "former", "due"),
    ("recorded", "verdict"),
    ("compiler",),
    ("scaffold",),
    ("many", "besides", "setup", "handover", "hook", "repin", "config_tree", "unserved"),
    ("explain", "setup_check"),
    ("unchanged", "fleet"),
    ("entry", "cli", "__main__"),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}

LONGEST_FILE = 320
LONGEST_FUNCTION = 50


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports_of(path: Path) -> set[str]:
    """Return the layers that a module imports, wherever in its text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("gitopsgen."):
            names.add(node.module.split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "gitopsgen":
            names.update(alias.name for alias in node.names if alias.name != "__version__")
        elif isinstance(node, ast.Import):
            names.update(alias.name.split(".")[1] for alias in node.names if alias.name.startswith("gitopsgen."))
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    here = layer_of(path)
    if here == "__init__":
        assert imports_of(path) == set()
        return
    later = {name for name in imports_of(path) if RANK[name] > RANK[here]}
    assert not later, f"{here} may not import {sorted(later)}"


OWN_WORDS = {"git", "go", "node", "static", "dockerfile", "python", "other"}


def pack_names() -> set[str]:
    return {path.parent.name for path in (ROOT / "templates").glob("*/*/pack.yaml")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_pack_is_named_in_python(path: Path) -> None:
    """A new system is one folder; code that knew one by name would have to know them all."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    # An example in help text or in a field's `examples` teaches; everything else decides.
    teaching = {
        leaf
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in ("examples", "help", "description")
        for leaf in ast.walk(node)
    }
    # `git`, `go`, `node`, `static`, `dockerfile` and `other` are words of their own, and `python` is what we run on.
    words = re.compile(rf"\b({'|'.join(sorted(pack_names() - OWN_WORDS))})\b")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documentation | teaching:
            assert not words.search(node.value), f"line {node.lineno}: {node.value!r}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{node.name} is too long"


def test_only_report_and_the_doors_print() -> None:
    printing = re.compile(r"\bprint\(|sys\.(stdout|stderr)\.write\(|click\.echo\(")
    allowed = {"entry.py", "cli/main.py", "report/out.py"}
    found = {
        path.relative_to(PACKAGE).as_posix() for path in MODULES if printing.search(path.read_text(encoding="utf-8"))
    }
    assert found <= allowed
