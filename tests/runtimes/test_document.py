"""docs/runtimes.md tells of the runtimes that there are."""

import importlib.util
import sys

from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.runtimes.golden import FOLDER

ROOT = FOLDER.parents[2]


def test_the_table_is_what_the_packs_say() -> None:
    spec = importlib.util.spec_from_file_location("runtimes", ROOT / "tools/runtimes.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    text = module.DOCUMENT.read_text(encoding="utf-8")

    assert text == module.with_table(text), "run `python tools/runtimes.py`, and commit docs/runtimes.md"
    assert all(f"| `{name}` |" in text for name in Catalogue((BUILT_IN,)).names("runtime"))
