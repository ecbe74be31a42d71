"""docs/runtimes.md tells of the runtimes that there are."""

import importlib.util
import re
import sys

import pytest

from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.runtimes.golden import COMPILER, FOLDER, HEADER

ROOT = FOLDER.parents[2]
# The folders of `template/dockerfiles` of Azure/draft, July 2026.
DRAFT = (
    "clojure", "csharp", "erlang", "go", "gomodule", "gradle", "gradlew", "java", "javascript", "php", "python", "ruby",
    "rust", "swift", "tomcat",
)  # fmt: skip


def test_the_table_is_what_the_packs_say() -> None:
    spec = importlib.util.spec_from_file_location("runtimes", ROOT / "tools/runtimes.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    text = module.DOCUMENT.read_text(encoding="utf-8")

    assert text == module.with_table(text), "run `python tools/runtimes.py`, and commit docs/runtimes.md"
    assert all(f"| `{name}` |" in text for name in Catalogue((BUILT_IN,)).names("runtime"))


@pytest.mark.parametrize("template", DRAFT)
def test_every_template_of_draft_has_its_row_and_what_it_says_compiles(template: str) -> None:
    rows = re.findall(
        r"^\| ([a-z, ]+) \| `(runtime: .+)` \|$", (ROOT / "docs/runtimes.md").read_text("utf-8"), re.MULTILINE
    )
    [section] = [section for names, section in rows if template in names.split(", ")]
    compiled = COMPILER.compile(HEADER + f"{section}\n".encode(), Root("/nonexistent"))
    assert isinstance(compiled, Compiled), compiled
    [dockerfile] = [file.text for file in compiled.files if file.language == "dockerfile"]
    assert re.search(r"^USER [1-9]", dockerfile, re.MULTILINE)
