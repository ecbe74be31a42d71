"""Writes docs/systems.md and a page for each system, from its pack and from what a sample of it compiles to.

tools/pages.py                          all built-in packs, into docs/
tools/pages.py --check                  say which pages are stale
tools/pages.py --of REPOSITORY          the packs under REPOSITORY/.gitopsgen/templates, into REPOSITORY/docs/
"""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2
from page_facts import FORMS, KINDS, Facts, cell, heading

from gitopsgen.packs.catalogue import BUILT_IN, Catalogue, Pack, repository_layer
from gitopsgen.plan.access import choose_access

ROOT = Path(__file__).resolve().parents[1]
INDEX = "systems.md"


def pages(catalogue: Catalogue) -> dict[str, str]:
    """Return the page of each pack that the top layer of the catalogue brings, and their index, by path below docs/."""
    environment = _environment()
    facts = Facts(catalogue)
    top = catalogue.layers[-1]
    made = {
        _path(pack): _tidy(environment.get_template("page.md").render(facts.of(pack)))
        for kind in KINDS
        for pack in catalogue.all(kind)
        if (Path(top.folder) / pack.id / "pack.yaml").is_file()
    }
    return made | {INDEX: environment.get_template("index.md").render(_index(catalogue, set(made)))}


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 # Markdown, of packs that we or the caller wrote
    )


def _tidy(text: str) -> str:
    """Return the text without the blank lines that parts which are left out leave behind."""
    return re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"


def _path(pack: Pack) -> str:
    return f"{KINDS[pack.kind].folder}/{pack.name}.md"


def _index(catalogue: Catalogue, made: set[str]) -> Mapping[str, Any]:
    cis = list(catalogue.all("ci"))
    return {
        "kinds": [
            {
                "heading": words.heading,
                "chosen": words.chosen,
                "packs": [
                    {
                        "name": pack.name,
                        "link": _path(pack),
                        "title": heading(pack),
                        "summary": cell(pack.get("summary", "")),
                    }
                    for pack in catalogue.all(kind)
                    if _path(pack) in made
                ],
            }
            for kind, words in KINDS.items()
        ],
        "cis": [heading(ci) for ci in cis],
        "rows": list(_rows(catalogue, cis, made)),
    }


def _rows(catalogue: Catalogue, cis: list[Pack], made: set[str]) -> Iterator[Mapping[str, Any]]:
    for kind in KINDS:
        for pack in catalogue.all(kind):
            if "login" in pack.manifest and _path(pack) in made:
                ways = [choose_access(pack.manifest["login"]["access"], ci) for ci in cis]
                yield {"link": f"[{heading(pack)}]({_path(pack)})", "forms": [FORMS[way.form] for way in ways]}


def main() -> int:
    """Write the pages, or say which are stale."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--of", metavar="REPOSITORY", type=Path)
    asked = parser.parse_args()
    layer = repository_layer(str(asked.of)) if asked.of else None
    if asked.of and layer is None:
        parser.error(f"{asked.of} has no packs of its own")
    made = pages(Catalogue((BUILT_IN, layer) if layer else (BUILT_IN,)))
    docs = (asked.of or ROOT) / "docs"
    stale = sorted(name for name, text in made.items() if not _is(docs / name, text))
    left = [] if asked.of else sorted(_pages_there(docs) - set(made))
    for name in [] if asked.check else stale:
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(made[name], encoding="utf-8")
    for name in [] if asked.check else left:
        (docs / name).unlink()
    for name in stale + left:
        sys.stdout.write(f"{docs / name} {'is stale' if asked.check else 'written' if name in made else 'removed'}\n")
    return 1 if asked.check and (stale or left) else 0


def _pages_there(docs: Path) -> set[str]:
    return {path.relative_to(docs).as_posix() for kind in KINDS.values() for path in docs.glob(f"{kind.folder}/*.md")}


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    raise SystemExit(main())
